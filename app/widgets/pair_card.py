"""PairCard: two pictures side by side, what they are to each other, and their cosine on a scale from -1 to 1."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, pixels, type_face
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme


class PairCard(QWidget):
    """Shows one pair, or a word on how to choose one."""

    def __init__(self, hint: str = "Click an entry of the matrix to see its two pictures.",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._theme, self._hint = LIGHT, hint
        self.images: tuple[NDArray[Any], ...] = ()
        self._pictures: tuple[QImage, ...] = ()
        self.names: tuple[str, str] = ("", "")
        self.cosine, self.relation = float("nan"), ""
        self.setMinimumSize(90, 90)

    def set_pair(self, left: NDArray[Any], right: NDArray[Any], names: tuple[str, str], cosine: float,
                 relation: str) -> None:  # fmt: skip
        """Two pictures (h, w, 3) uint8 with their names, their cosine, and how they belong together ("partners")."""
        self.images, self.names, self.cosine, self.relation = (left, right), names, cosine, relation
        self._pictures = (image_of(left), image_of(right))
        self.setAccessibleName(f"{names[0]} and {names[1]}: {self.sentence()}")
        self.update()

    def clear(self) -> None:
        """Back to the hint."""
        self.images = self._pictures = ()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def sentence(self) -> str:
        """Relation and cosine, as under the pictures."""
        return f"{self.relation}: cosine {self.cosine:.3f}"

    def sizeHint(self) -> QSize:
        return QSize(round(240 * self._theme.scale), round(200 * self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.muted))
        if self._pictures:
            self._pair(painter)
        else:
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 0, -8, 0), wrap, self._hint)
        painter.end()

    def _pair(self, painter: QPainter) -> None:
        line = pixels(self._theme, "small") * 1.5
        foot = 3.4 * line
        side = max(min((self.width() - 14) / 2, self.height() - line - foot), 10.0)
        left = (self.width() - 2 * side - 10) / 2
        top = max((self.height() - side - line - foot) / 2, 0.0)
        for k, picture in enumerate(self._pictures):
            box = QRectF(left + k * (side + 10), top, side, side)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > side)
            painter.drawImage(box, picture)
            painter.setPen(QPen(colour(self._theme.border), 1))
            painter.drawRect(box)
            painter.setPen(colour(self._theme.muted))
            painter.drawText(
                QRectF(box.x() - 5, box.bottom(), side + 10, line), Qt.AlignmentFlag.AlignCenter, self.names[k]
            )
        painter.setPen(colour(self._theme.text))
        painter.setFont(type_face(self._theme, "title", bold=True))
        words = QRectF(0, top + side + line, self.width(), line * 1.2)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.sentence())
        self._scale(painter, words.bottom() + 0.35 * line, line)

    def _scale(self, painter: QPainter, y: float, line: float) -> None:
        wide = min(self.width() * 0.8, 15 * line)
        left = (self.width() - wide) / 2
        painter.setPen(QPen(colour(self._theme.muted), 1.5))
        painter.drawLine(QPointF(left, y), QPointF(left + wide, y))
        painter.setFont(type_face(self._theme, "tiny"))
        for value, text in ((-1, "−1 opposite"), (0, "0"), (1, "alike 1")):
            x = left + (value + 1) / 2 * wide
            painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 3))
            flag = {-1: Qt.AlignmentFlag.AlignLeft, 0: Qt.AlignmentFlag.AlignHCenter, 1: Qt.AlignmentFlag.AlignRight}[
                value
            ]
            painter.drawText(QRectF(left, y + 4, wide, line), flag, text)
        painter.setBrush(colour(self._theme.series[1]))
        painter.setPen(QPen(colour(self._theme.text), 1))
        radius = 5 * self._theme.scale
        painter.drawEllipse(QPointF(left + (min(max(self.cosine, -1.0), 1.0) + 1) / 2 * wide, y), radius, radius)


def example() -> PairCard:
    """Two random pictures."""
    import numpy as np

    rng = np.random.default_rng(0)
    card = PairCard()
    left, right = (rng.integers(0, 255, (8, 8, 3), np.uint8) for _ in range(2))
    card.set_pair(left, right, ("view 1 of image 3", "view 2 of image 3"), 0.834, "partners")
    return card


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
