"""Messaged: a widget that says a sentence in place of what it draws."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, type_face
from app.widgets.theme import Theme


class Messaged(QWidget):
    """Whoever derives from it calls `_paint_message` instead of drawing while there is a message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = ""

    def set_message(self, text: str) -> None:
        """Show a sentence in place of what was set last; "" shows that again."""
        self._message = text
        self.setAccessibleDescription(text)
        self.update()

    @property
    def message(self) -> str:
        """The sentence that is shown; "" while there is none."""
        return self._message

    def _paint_message(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(type_face(theme, "title"))
        painter.setPen(colour(theme.muted))
        room = QRectF(self.rect()).adjusted(16, 8, -16, -8)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
