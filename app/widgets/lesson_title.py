"""LessonTitle: one line in large letters, cut with an ellipsis where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.ink import colour
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme


class LessonTitle(QWidget):
    """As wide as there is room; the whole text is in its tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.text = LIGHT, ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.say(text)

    def say(self, text: str) -> None:
        """Another text."""
        self.text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def shown(self) -> str:
        """What there is room for."""
        metrics = QFontMetrics(lesson_face(self._theme, "title", bold=True))
        return metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(lesson_face(self._theme, "title", bold=True))
        return QSize(metrics.horizontalAdvance(self.text), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(lesson_face(self._theme, "title", bold=True))
        painter.setPen(colour(self._theme.text))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.shown())
        painter.end()


def example() -> LessonTitle:
    """A question."""
    return LessonTitle("1 · What do augmentations teach?")


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 50)
