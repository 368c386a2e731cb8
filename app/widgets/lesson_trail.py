"""StepTrail: the steps of a lesson in a row: what is behind, where one stands, what is locked. A click goes there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.widgets.ink import colour, mixed
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme

TICK = "✓"


class StepButton(QAbstractButton):
    """One step: a disc with its number or a tick, and its name below where there is room."""

    def __init__(self, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number, self.title = number, title
        self.is_here = self.is_done = self.is_named = False
        self.is_first = self.is_last = False
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.setFont(lesson_face(theme, "label"))
        self.updateGeometry()
        self.update()

    def _radius(self) -> float:
        return 12.0 * self._theme.scale

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(lesson_face(self._theme, "label", bold=True))
        wide = max(metrics.horizontalAdvance(self.title) + 14, 3 * self._radius())
        return QSize(round(wide), round(2 * self._radius() + metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(2.4 * self._radius()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme, radius = self._theme, self._radius()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, radius + 2)
        self._paint_line(painter, middle)
        reached = self.is_here or self.is_done
        ink = theme.accent if reached else theme.border if not self.isEnabled() else theme.muted
        painter.setPen(QPen(colour(ink), max(1.5, 1.5 * theme.scale)))
        painter.setBrush(colour(theme.accent if self.is_here else theme.panel))
        painter.drawEllipse(middle, radius - 1, radius - 1)
        painter.setFont(lesson_face(theme, "label", bold=True))
        painter.setPen(colour(theme.accent_text if self.is_here else ink if self.isEnabled() else theme.muted))
        box = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(
            box, Qt.AlignmentFlag.AlignCenter, TICK if self.is_done and not self.is_here else str(self.number)
        )
        if self.is_named:
            self._paint_name(painter, 2 * radius + 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(theme.text), 1.5, Qt.PenStyle.DotLine))
            painter.drawEllipse(middle, radius + 1, radius + 1)
        painter.end()

    def _paint_line(self, painter: QPainter, middle: QPointF) -> None:
        theme, y = self._theme, middle.y()
        painter.setPen(QPen(colour(mixed(theme.muted, theme.window, 0.45)), max(1.0, theme.scale)))
        gap = self._radius() + 3
        if not self.is_first:
            painter.drawLine(QPointF(0, y), QPointF(middle.x() - gap, y))
        if not self.is_last:
            painter.drawLine(QPointF(middle.x() + gap, y), QPointF(self.width(), y))

    def _paint_name(self, painter: QPainter, top: float) -> None:
        theme = self._theme
        painter.setFont(lesson_face(theme, "label", bold=self.is_here))
        painter.setPen(
            colour(
                theme.text
                if self.is_here
                else theme.muted
                if self.isEnabled()
                else mixed(theme.muted, theme.window, 0.7)
            )
        )
        painter.drawText(
            QRectF(-20, top, self.width() + 40, self.height() - top), Qt.AlignmentFlag.AlignHCenter, self.title
        )


class StepTrail(QWidget):
    """`chosen` carries the place of the step that was clicked; locked ones cannot be."""

    chosen = Signal(int)

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setAccessibleName("Steps of the lesson")
        self.buttons = [StepButton(k + 1, title, self) for k, title in enumerate(titles)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for k, button in enumerate(self.buttons):
            button.is_first, button.is_last = k == 0, k == len(titles) - 1
            button.clicked.connect(lambda _checked, k=k: self.chosen.emit(k))
            row.addWidget(button)

    def show_state(self, here: int, done: Sequence[bool], locked: Sequence[str]) -> None:
        """Where one stands, what is behind, and why a step is locked ("": it is not)."""
        for k, button in enumerate(self.buttons):
            button.is_here, button.is_done = k == here, done[k]
            button.setEnabled(not locked[k])
            words = locked[k] or ("You are here" if k == here else "Done" if done[k] else "Go there")
            button.setToolTip(f"{button.title}: {words}")
            button.setAccessibleName(f"Step {button.number}, {button.title}: {words}")
        self._name()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for button in self.buttons:
            button.set_theme(theme)
        self._name()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name()

    def _name(self) -> None:
        """All names where they fit; else that of the step one stands at."""
        roomy = sum(button.sizeHint().width() for button in self.buttons) <= max(self.width(), 1)
        for button in self.buttons:
            button.is_named = roomy or button.is_here
            button.update()


STEPS = ("Question", "Set-up", "Predict", "Run", "Reveal", "Why", "Limits")


def example() -> StepTrail:
    """Half way through."""
    trail = StepTrail(STEPS)
    trail.show_state(2, [True, True, *[False] * 5], ["", "", "", *["First predict."] * 4])
    return trail


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 720, 60)
