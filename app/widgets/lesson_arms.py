"""ArmRows: the runs of an experiment below each other: what each is, what differs in it, how far it is, and a way to look at it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from app.widgets.ink import colour
from app.widgets.lesson_text import LessonText
from app.widgets.lesson_type import lesson_face, lesson_pixels
from app.widgets.plot_face import GLYPHS
from app.widgets.progress_line import ProgressLine
from app.widgets.theme import LIGHT, Theme

MOST = 400
"""Lines of the grid, at most."""


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One run. `share` in [0, 1] of its way, NaN for work of unknown length, -1: no bar; `folder` "" : nothing to open yet."""

    name: str
    title: str
    detail: str
    share: float = -1.0
    state: str = ""
    folder: str = ""
    trouble: bool = False


class _Glyph(QWidget):
    """The mark of a run, as its curve and its bar have it."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self._k, self._theme = k, LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = round(1.5 * lesson_pixels(self._theme))
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(lesson_face(self._theme, "lead"))
        painter.setPen(colour(self._theme.series[self._k % len(self._theme.series)]))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, GLYPHS[self._k % len(GLYPHS)])
        painter.end()


class _Row:
    """The widgets of one run, in two lines of the grid."""

    def __init__(self, grid: QGridLayout, k: int) -> None:
        self.glyph, self.title = _Glyph(k), LessonText(bold=True)
        self.state, self.detail = LessonText(size="label"), LessonText(size="label", quiet=True)
        self.line, self.show = ProgressLine("Progress"), QToolButton()
        self.show.setText("Show")
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.glyph, 5 * k, 0, top)
        grid.addWidget(self.title, 5 * k, 1)
        grid.addWidget(self.show, 5 * k, 2, top)
        grid.addWidget(self.detail, 5 * k + 1, 1, 1, 2)
        grid.addWidget(self.line, 5 * k + 2, 1, 1, 2)
        grid.addWidget(self.state, 5 * k + 3, 1, 1, 2)

    def parts(self) -> tuple[QWidget, ...]:
        return self.glyph, self.title, self.state, self.detail, self.line, self.show

    def fill(self, row: ArmRow, theme: Theme) -> None:
        self.title.say(row.title)
        self.detail.say(row.detail)
        self.state.say(row.state)
        self.state.setStyleSheet(f"color: {theme.warning if row.trouble else theme.text};")
        barred = math.isnan(row.share) or row.share >= 0
        self.line.setVisible(barred)
        if barred:
            self.line.show_share(row.share)
        self.show.setVisible(bool(row.folder))
        self.show.setToolTip(f"Show the run “{row.title}” in every view of the window")
        self.show.setAccessibleName(self.show.toolTip())

    def set_theme(self, theme: Theme) -> None:
        for part in (self.glyph, self.title, self.state, self.detail, self.line):
            part.set_theme(theme)
        self.show.setFont(lesson_face(theme, "label"))


class ArmRows(QWidget):
    """`shown` carries the folder of the run that the user wants to look at."""

    shown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.rows: tuple[ArmRow, ...] = ()
        self._made: list[_Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setRowStretch(MOST, 1)
        self.set_theme(LIGHT)

    def show_rows(self, rows: Sequence[ArmRow]) -> None:
        """These runs; nothing is touched where they stand so already."""
        if tuple(rows) == self.rows:
            return
        self.rows = tuple(rows)
        while len(self._made) < len(rows):
            made = _Row(self._grid, k := len(self._made))
            made.set_theme(self._theme)
            made.show.clicked.connect(lambda _checked, k=k: self.shown.emit(self.rows[k].folder))
            self._made.append(made)
        for k, made in enumerate(self._made):
            for part in made.parts():
                part.setVisible(k < len(rows))
            if k < len(rows):
                made.fill(rows[k], self._theme)
        self._space()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._grid.setHorizontalSpacing(round(6 * theme.scale))
        self._grid.setVerticalSpacing(round(2 * theme.scale))
        for k, made in enumerate(self._made):
            made.set_theme(theme)
            if k < len(self.rows):
                made.fill(self.rows[k], theme)
        self._space()

    def _space(self) -> None:
        """Room between two runs."""
        for k in range(len(self._made)):
            self._grid.setRowMinimumHeight(5 * k + 4, round((9 if k < len(self.rows) - 1 else 0) * self._theme.scale))


def example() -> ArmRows:
    """One is done, one trains, one waits."""
    rows = ArmRows()
    rows.show_rows([ArmRow("crop", "Crops only", "crop on, colour jitter 0", 1.0, "done in 31 s", "runs/1"),
                    ArmRow("colour", "Colour only", "crop off, colour jitter 0.5", 0.4, "step 96 of 240", "runs/2"),
                    ArmRow("both", "Crops and colour", "crop on, colour jitter 0.5", 0.0, "waits")])  # fmt: skip
    return rows


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 260)
