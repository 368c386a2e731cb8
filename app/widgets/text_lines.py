"""TextLines: a few lines of text that change all the time, in a widget that asks for a new layout only when their number changes.

A QLabel asks for one at every new text, up to the window; a tab widget on the way then paints all that it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.ink import Size, colour, type_face
from app.widgets.theme import LIGHT, Theme

Part = tuple[str, str]
"""A text, and its colour such as "#0072b2"; "" is the colour of the widget."""
GAP = "   "
"""Between what stands side by side, for those who put parts together."""


class TextLines(QWidget):
    """As wide as there is room, and as high as its lines; what does not fit in width ends in an ellipsis."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._lines: tuple[tuple[Part, ...], ...] = ()
        self._ink = LIGHT.text
        self.say(text)

    def say(self, text: str) -> None:
        """Lines parted by newlines, in the colour of the widget."""
        self.say_parts(*([(line, "")] for line in text.split("\n")))

    def say_parts(self, *lines: Sequence[Part]) -> None:
        """Lines of texts with colours of their own, one right after the other."""
        known, self._lines = self._lines, tuple(tuple(line) for line in lines)
        if self._lines == known:
            return
        self.setAccessibleName(self.text())
        if len(self._lines) != len(known):
            self.updateGeometry()
        self.update()

    def text(self) -> str:
        """What it says, without colours."""
        return "\n".join("".join(text for text, _ in line) for line in self._lines)

    def set_theme(self, theme: Theme, size: Size = "small", *, bold: bool = False, quiet: bool = False) -> None:
        """Type, and its colour; `quiet` is that of what matters less."""
        self._ink = theme.muted if quiet else theme.text
        self.setFont(type_face(theme, size, bold=bold))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        wide = max((metrics.horizontalAdvance(line) for line in self.text().split("\n")), default=0.0)
        return QSize(round(wide), round(metrics.lineSpacing() * len(self._lines)))

    def minimumSizeHint(self) -> QSize:
        return QSize(10, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for k, line in enumerate(self._lines):
            x, y = 0.0, metrics.ascent() + k * metrics.lineSpacing()
            for text, ink in reversed(line) if right else line:
                painter.setPen(colour(ink or self._ink))
                painter.drawText(QPointF(x, y), fitting(text, metrics, self.width() - x))
                x += metrics.horizontalAdvance(text)
        painter.end()


def fitting(text: str, metrics: QFontMetricsF, room: float) -> str:
    """The text, or its beginning and an ellipsis; spaces at its end need no room."""
    if metrics.horizontalAdvance(text.rstrip()) <= room:
        return text
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0.0))


def example() -> TextLines:
    """The legend of two curves."""
    lines = TextLines()
    lines.say_parts([("●", LIGHT.series[0]), (f" loss 4.41{GAP}", ""), ("■", LIGHT.series[1]), (" held out 4.52", "")])
    return lines


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, height=60)
