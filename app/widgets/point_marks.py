"""What is drawn over the dots of a map: pictures in place of points, and rings around the one that is chosen or under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from app.widgets.ink import colour
from app.widgets.point_groups import draw_inside
from app.widgets.theme import Theme

RIM = 2.0


def square(x: float, y: float, side: float) -> QRectF:
    """Around a place."""
    return QRectF(x - side / 2, y - side / 2, side, side)


def picture(painter: QPainter, image: QImage, box: QRectF, ink: str, theme: Theme, *, marked: bool) -> None:
    """A picture with a rim in the colour of its point, and another around that where the point is marked."""
    if marked:
        painter.fillRect(box.adjusted(-RIM, -RIM, RIM, RIM), colour(theme.text))
    painter.fillRect(box, colour(ink))
    draw_inside(painter, image, box.adjusted(RIM, RIM, -RIM, -RIM))


def ring(painter: QPainter, box: QRectF, theme: Theme, ink: str, width: float, *, is_round: bool = False) -> None:
    """Around a point or its picture, with a rim that sets it off from whatever lies below."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for name, wide in ((theme.plot, width + 2), (ink, width)):
        painter.setPen(QPen(colour(name), wide * theme.scale))
        if is_round:
            painter.drawEllipse(box)
        else:
            painter.drawRect(box)
