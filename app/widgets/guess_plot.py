"""GuessPlot: a value for each of a few runs, guessed first, then shown: bars grow in, what was guessed stays drawn over them.

Until `reveal` there is nothing to see but the axis and a marker for each run, to be dragged, or moved by the arrow keys.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.widgets.guess_ink import Column, Field, height_of_names, paint
from app.widgets.guess_scale import GuessScale
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme

GROW_MS = 700
LEAST = (260, 210)


@dataclass(frozen=True, slots=True)
class Guessed:
    """What came of one run: its value (NaN: none), and that of each seed of the record."""

    arm: str
    value: float
    seeds: tuple[float, ...] = ()


class GuessPlot(QWidget):
    """`guessed` carries the name of a run and the value that the user says it will have."""

    guessed = Signal(str, float)
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.scale, self.arms = GuessScale(), tuple[tuple[str, str], ...]()
        self.guesses: dict[str, float] = {}
        self.outcome: dict[str, Guessed] | None = None
        self.lines: tuple[tuple[str, float], ...] = ()
        self.here = 0  # the run that the keys move
        self.words = ""  # what the bars are, for the legend: "this run, seed 3"
        self._dragged = -1
        self._grow = QVariantAnimation(self, duration=GROW_MS, startValue=0.0, endValue=1.0)
        self._grow.valueChanged.connect(lambda _: self.update())
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*LEAST)

    # What is shown -------------------------------------------------------------------------------------------------

    def ask(self, arms: Sequence[tuple[str, str]], scale: GuessScale, guesses: Mapping[str, float]) -> None:
        """Guesses are wanted: (name, title) of each run; those in `guesses` are in already."""
        self.arms, self.scale, self.outcome, self.lines = tuple(arms), scale, None, ()
        self.guesses = {name: guesses[name] for name, _ in self.arms if name in guesses}
        self.here = min(self.here, max(len(self.arms) - 1, 0))
        self._grow.stop()
        self._tell()

    def reveal(
        self, outcome: Sequence[Guessed], lines: Sequence[tuple[str, float]], words: str, *, grow: bool = False
    ) -> None:
        """Show what came of it, beside horizontal lines (label, value); `words` says what the bars are. `grow`: they rise."""
        self.outcome, self.lines = {each.arm: each for each in outcome}, tuple(lines)
        self.words = words
        self._grow.stop()
        if grow and self.isVisible():
            self._grow.start()
        self._tell()

    @property
    def is_complete(self) -> bool:
        """Whether every run has its guess."""
        return bool(self.arms) and len(self.guesses) == len(self.arms)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.setMinimumSize(*(round(side * min(theme.scale, 1.3)) for side in LEAST))
        self.updateGeometry()
        self.update()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """A line for each run: guess, value, the value of each recorded seed."""
        found = self.outcome or {}
        count = max((len(each.seeds) for each in found.values()), default=0)
        rows: list[list[float | str]] = []
        for name, title in self.arms:
            each = found.get(name, Guessed(name, math.nan))
            seeds = [*each.seeds, *[math.nan] * (count - len(each.seeds))]
            rows.append([title, self.guesses.get(name, math.nan), each.value, *seeds])
        return ["run", "guess", "value", *(f"recorded seed {k + 1}" for k in range(count))], rows

    def sizeHint(self) -> QSize:
        return QSize(round(520 * self._theme.scale), round(360 * self._theme.scale))

    def _tell(self) -> None:
        """For those who do not see it."""
        said = [f"{title}: guess {self.scale.say(self.guesses.get(name, math.nan))}" for name, title in self.arms]
        if self.outcome is not None:
            found = self.outcome
            said = [f"{words}, value {self.scale.say(found[name].value) if name in found else '–'}"
                    for words, (name, _) in zip(said, self.arms, strict=True)]  # fmt: skip
        self.setAccessibleName(self.scale.label)
        self.setAccessibleDescription("; ".join(said))
        self.update()

    # Painting ------------------------------------------------------------------------------------------------------

    def field(self) -> Field:
        """Where things stand in the size of now."""
        scale, face = self._theme.scale, QFontMetricsF(lesson_face(self._theme, "label"))
        left = (
            max((face.horizontalAdvance(self.scale.say(tick)) for tick in self.scale.ticks()), default=0.0) + 12 * scale
        )
        beside = max((face.horizontalAdvance(label) for label, _ in self.lines), default=0.0)
        right = min(beside + 10 * scale, 0.3 * self.width()) if beside else 8 * scale
        wide = max(self.width() - left - right, 1.0)
        names = height_of_names(self._theme, [title for _, title in self.arms], wide / max(len(self.arms), 1))
        guess = 1.1 * face.height() if self.outcome is not None and self.guesses else 0.0
        top, foot = 1.1 * face.height() + 16 * scale, names + guess + 8 * scale
        plot = QRectF(left, top, wide, max(self.height() - top - foot, 1.0))
        return Field(plot, self.scale, len(self.arms), face.height(), names)

    def columns(self) -> list[Column]:
        """What is drawn for each run."""
        found = self.outcome
        columns = []
        for k, (name, title) in enumerate(self.arms):
            each = found.get(name, Guessed(name, math.nan)) if found is not None else None
            marked = found is None and k == self.here and self.hasFocus()
            columns.append(Column(title, self.guesses.get(name, math.nan), each.value if each else math.nan,
                                  each.seeds if each else (), each is not None, marked))  # fmt: skip
        return columns

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        grown = self._grow.currentValue() if self._grow.state() == QVariantAnimation.State.Running else 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(painter, self._theme, self.field(), self.columns(), self.lines, self.words, float(grown))
        painter.end()

    # Guessing ------------------------------------------------------------------------------------------------------

    def guess(self, arm: str, value: float) -> None:
        """As if the marker of a run were put to a value; nothing once the outcome is shown."""
        if self.outcome is None:
            self.guesses[arm] = self.scale.value(self.scale.share(value))
            self._tell()
            self.guessed.emit(arm, self.guesses[arm])

    def _guess_at(self, k: int, where: QPointF) -> None:
        plot = self.field().plot
        self.guess(self.arms[k][0], self.scale.value((plot.bottom() - where.y()) / plot.height()))

    def _arm_at(self, where: QPointF) -> int:
        field = self.field()
        inside = field.plot.left() <= where.x() <= field.plot.right()
        return (
            min(int((where.x() - field.plot.left()) / field.width), len(self.arms) - 1) if inside and self.arms else -1
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The marker of the column comes to the pointer, and follows it while the button is down."""
        self._dragged = self._arm_at(event.position()) if self.outcome is None else -1
        if self._dragged >= 0:
            self.here = self._dragged
            self._guess_at(self._dragged, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging; a hand over what can be dragged."""
        if self._dragged >= 0:
            self._guess_at(self._dragged, event.position())
        over = self.outcome is None and self._arm_at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        del event
        self._dragged = -1

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Large, or back, once there is nothing to drag."""
        if self.outcome is None:
            self.mousePressEvent(event)
        else:
            self.double_clicked.emit()

    def event(self, event: QEvent) -> bool:
        """While guesses are wanted the arrow keys are this widget's, whatever they do around it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        return self.outcome is None and event.key() in _ARROWS and bool(self.arms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose a run, up and down move its marker by a hundredth of the axis, with Shift by ten."""
        if not self._takes(event):
            super().keyPressEvent(event)
            return
        across, up = _ARROWS[Qt.Key(event.key())]
        if across:
            self.here = (self.here + across) % len(self.arms)
            self.update()
        else:
            name = self.arms[self.here][0]
            steps = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            before = self.guesses.get(name, self.scale.value(0.5))
            self.guess(name, self.scale.moved(before, up * steps))

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]  # a QFocusEvent, which the stubs name so
        self.update()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]  # the same
        self.update()


_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


def example() -> GuessPlot:
    """Three runs, guessed and shown."""
    plot = GuessPlot()
    arms = (("crop", "Crops only"), ("colour", "Colour only"), ("both", "Crops and colour"))
    scale = GuessScale("Shape, linear probe", 0.0, 1.0, "%", 100.0)
    plot.ask(arms, scale, {"crop": 0.7, "colour": 0.4, "both": 0.88})
    plot.reveal([Guessed("crop", 0.5, (0.49, 0.52, 0.5)), Guessed("colour", 0.84, (0.82, 0.84, 0.87)),
                 Guessed("both", 0.91, (0.9, 0.91, 0.94))], (("random weights", 0.62), ("raw pixels", 0.8)), "this run")  # fmt: skip
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
