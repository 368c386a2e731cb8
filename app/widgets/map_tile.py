"""MapTile: one map over a picture: its colours, the outline of what is kept of it, and the patch that it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from app.widgets.heat_colours import heat_image
from app.widgets.ink import colour
from app.widgets.outlines import outline
from app.widgets.raster import image_of

LEAST = 22.0
"""Pixels below which a tile is too small for its outline."""
LARGE = 110.0
"""Pixels from which on lines are drawn with an edge, so that they show on any colour."""


@dataclass(frozen=True, slots=True, eq=False)
class MapTile:
    """`values` (h, w) numbers, or (h, w, 3) uint8 colours; kept (h, w) bool, whose outline is drawn.

    `words`: what stands below, long to short: the longest that fits all tiles is taken.
    """

    name: str
    values: NDArray[Any]
    kept: NDArray[Any] | None = None
    words: tuple[str, ...] = ()
    strong: bool = False

    @property
    def is_colours(self) -> bool:
        """Whether the values are colours themselves."""
        return self.values.ndim == 3


class Painted:
    """A tile made ready to be drawn at any size."""

    def __init__(self, tile: MapTile, limits: tuple[float, float]) -> None:
        self.tile, self.limits = tile, limits
        self.image: QImage = image_of(tile.values) if tile.is_colours else heat_image(tile.values, *limits)
        self.lines: list[QLineF] = [] if tile.kept is None else outline(tile.kept)

    def draw(self, painter: QPainter, box: QRectF, ground: QPixmap | None, opacity: float, *, outlined: bool) -> None:
        """The picture below, the map over it, the outline on top."""
        if ground is not None:
            painter.drawPixmap(box, ground, QRectF(ground.rect()))
        painter.setOpacity(opacity if ground is not None else 1.0)
        painter.drawImage(box, self.image)
        painter.setOpacity(1.0)
        if outlined and self.lines and box.width() >= LEAST:
            self._outline(painter, box)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        rows, columns = self.tile.values.shape[:2]
        fine = abs(painter.deviceTransform().m11())
        painter.save()
        painter.translate(box.topLeft())
        painter.scale(box.width() / columns, box.height() / rows)
        large = box.width() >= LARGE
        for ink, width in (("#000000", 3.6), ("#ffffff", 1.8)) if large else (("#ffffff", 1.2),):
            pen = QPen(colour(ink, 0.75 if ink == "#000000" else 1.0), width * fine)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawLines(self.lines)
        painter.restore()


def patch_box(box: QRectF, grid: tuple[int, int], patch: int) -> QRectF:
    """The pixels of a patch, counted row by row, of a picture that fills `box`."""
    rows, columns = grid
    wide, high = box.width() / columns, box.height() / rows
    return QRectF(box.x() + patch % columns * wide, box.y() + patch // columns * high, wide, high)


def patch_at(box: QRectF, grid: tuple[int, int], x: float, y: float) -> int:
    """The patch under a place; -1 outside."""
    rows, columns = grid
    if not box.contains(x, y) or not rows * columns:
        return -1
    row = min(int((y - box.y()) / box.height() * rows), rows - 1)
    return row * columns + min(int((x - box.x()) / box.width() * columns), columns - 1)


def mark_patch(painter: QPainter, box: QRectF, grid: tuple[int, int], patch: int, width: float) -> None:
    """A frame around a patch that shows on any colour, never smaller than can be seen."""
    place = patch_box(box, grid, patch)
    width = min(width, max(0.35 * place.width(), 1.0))
    short = max(4 * width - min(place.width(), place.height()), 0.0) / 2
    place.adjust(-short, -short, short, short)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ink, pen in (("#000000", 2.2 * width), ("#ff2fd0", width)):
        frame = QPen(colour(ink), pen)
        frame.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(frame)
        painter.drawRect(place)
