"""What a scroll area shows only in part: PDF and SVG would draw it whole, over whatever stands beside the area.

Qt clips a widget's painting for pictures alone. In files of lines such parts are drawn as pixels, as they are seen; all else stays lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QGraphicsEffect, QGraphicsView, QScrollArea, QWidget

SCALE = 3.0
"""Pixels for each on screen."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A picture of the part of a widget that is seen, and where it belongs."""

    image: QImage
    place: QRect


class Unseen(QGraphicsEffect):
    """Draws nothing of what it is put on."""

    def draw(self, painter: QPainter) -> None:
        """Nothing."""


@contextmanager
def cut_off(figure: QWidget) -> Iterator[list[Cut]]:
    """Pictures of what is seen in part; meanwhile rendering `figure` leaves those widgets out."""
    found = list(_cut_widgets(figure))
    cuts = [_picture(figure, widget, part) for widget, part in found]
    with unseen([widget for widget, _ in found]):
        yield cuts


@contextmanager
def unseen(widgets: list[QWidget]) -> Iterator[None]:
    """Rendering leaves these out, and the room they take."""
    for widget in widgets:
        widget.setGraphicsEffect(Unseen(widget))
    try:
        yield
    finally:
        for widget in widgets:
            widget.setGraphicsEffect(None)  # type: ignore[arg-type]  # None takes it off


def _cut_widgets(figure: QWidget) -> Iterator[tuple[QWidget, QRect]]:
    """Each with the part of it that is seen."""
    own = [figure] if isinstance(figure, QAbstractScrollArea) else []
    for area in (*own, *figure.findChildren(QAbstractScrollArea)):
        if not area.isVisibleTo(figure) or isinstance(area, QGraphicsView):
            continue
        port = area.viewport()
        if not isinstance(area, QScrollArea):  # rows and lines are painted by the viewport itself
            if area.verticalScrollBar().maximum() > 0 or area.horizontalScrollBar().maximum() > 0:
                yield port, port.rect()
            continue
        for widget in port.findChildren(QWidget):
            part = QRect(widget.mapFrom(port, QPoint()), port.size()) & widget.rect()
            is_leaf = not any(isinstance(child, QWidget) and not child.isHidden() for child in widget.children())
            if is_leaf and widget.isVisibleTo(figure) and not part.isEmpty() and part != widget.rect():
                yield widget, part


def _picture(figure: QWidget, widget: QWidget, part: QRect) -> Cut:
    place = QRect(widget.mapTo(figure, part.topLeft()), part.size())
    image = QImage(part.size() * SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(SCALE)
    image.fill(0)
    opaque = QWidget.RenderFlag.DrawWindowBackground if widget.autoFillBackground() else QWidget.RenderFlag(0)
    widget.render(image, QPoint(), QRegion(part), opaque | QWidget.RenderFlag.DrawChildren)
    return Cut(image, place)
