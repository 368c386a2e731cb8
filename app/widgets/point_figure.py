"""Dots of a map on whatever is painted on: pixels at its own density, or round shapes in a drawing of lines such as SVG or PDF."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEngine, QPainter

from app.widgets.ink import colour
from app.widgets.plane_view import PlaneView
from app.widgets.point_picture import PointPicture

MOST_SHAPES = 3_000
"""Points in view up to which a drawing of lines gets each as a shape; of more it gets a picture, which is smaller."""
DENSE = 3.0
"""Pixels of that picture for each of the screen's."""
DENSEST = 6.0


def is_lines(painter: QPainter) -> bool:
    """Whether what is painted keeps shapes as shapes."""
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture)


def density(painter: QPainter) -> float:
    """Device pixels a pixel of the widget that is being painted, its own file's included."""
    ratio = abs(painter.deviceTransform().m11()) * painter.device().devicePixelRatioF()
    return min(max(ratio, DENSE if is_lines(painter) else 1.0), DENSEST)


def paint(painter: QPainter, picture: PointPicture, view: PlaneView) -> None:
    """The ground and all dots, as large as on screen."""
    if not is_lines(painter) or len(picture.points) > MOST_SHAPES:
        painter.drawImage(0, 0, picture.image(view, density(painter), most=0))
        return
    painter.fillRect(0, 0, round(view.width), round(view.height), colour(picture.theme.plot))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setClipRect(0, 0, round(view.width), round(view.height))
    for at, radius, inks in picture.layers(view):
        for (x, y), ink in zip(at.tolist(), inks, strict=True):
            painter.setBrush(colour(ink))
            painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.setClipping(False)
