"""PairGrid: the views of a batch as the model saw them, each image's views one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.ink import colour, pixels, type_face
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

GAP = 6.0
LEAST_SIDE = 40
"""Pixels at scale 1: where not all pictures fit so large, fewer are shown."""


class PairGrid(QWidget):
    """Columns of V pictures, as large as they fit; fewer where all would be tiny. Arrow keys and clicks choose an image."""

    chosen = Signal(int)  # its place in the batch, 0 to n - 1
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.images: NDArray[Any] = np.empty((0, 0, 0, 0, 3), np.uint8)
        self.names: tuple[str, ...] = ()
        self.choice = -1
        self._sheet = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    def set_views(self, images: NDArray[Any], names: Sequence[str] = ()) -> None:
        """Views (V, n, h, w, 3) uint8; `names` says for each image what its tooltip shows."""
        self.images, self.names = images, tuple(names)
        v, n = images.shape[:2]
        if v * n:  # one picture of all: views from top to bottom, images from left to right
            self._sheet = image_of(images.transpose(0, 2, 1, 3, 4).reshape(v * images.shape[2], -1, 3))
        self.choice = self.choice if self.choice < n else -1
        self.update()

    def clear(self) -> None:
        """No pictures."""
        self.set_views(np.empty((0, 0, 0, 0, 3), np.uint8))

    def choose(self, place: int) -> None:
        """Mark an image of the batch; -1 none."""
        self.choice = place
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(260 * self._theme.scale), round(220 * self._theme.scale))

    # Places --------------------------------------------------------------------------------------------------------

    def shown(self) -> int:
        """How many images of the batch there is room for."""
        return self._fit()[2]

    def _fit(self) -> tuple[int, float, int]:
        """Columns in a row, the side of a picture in pixels, and how many images are shown."""
        v, n = self.images.shape[:2]
        least = LEAST_SIDE * self._theme.scale
        return _arrangement(v, n, self.width(), self.height() - self._line(), least)

    def _line(self) -> float:
        return pixels(self._theme, "small") * 1.5

    def box(self, view: int, place: int) -> QRectF:
        """Where a picture is drawn."""
        v = self.images.shape[0]
        columns, side, shown = self._fit()
        rows = -(-shown // columns)
        spare_x = (self.width() - columns * (side + 6) - 6) / 2
        spare_y = (self.height() - self._line() - rows * (v * side + 6)) / 2
        x = spare_x + 6 + place % columns * (side + 6)
        return QRectF(x, self._line() + spare_y + place // columns * (v * side + 6) + view * side, side, side)

    def place_at(self, where: QPointF) -> int:
        """The image of the batch under a pixel, -1 where there is none."""
        v = self.images.shape[0]
        hits = (k for k in range(self.shown()) if self.box(0, k).united(self.box(v - 1, k)).contains(where))
        return next(hits, -1)

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.text))
        v, n = self.images.shape[:2]
        shown = self.shown()
        count = f"{n}" if shown == n else f"{shown} of {n}"
        words = f"{count} images, {v} views each" if v * n else "not seen yet"
        painter.drawText(QRectF(0, 0, self.width(), self._line()), Qt.AlignmentFlag.AlignVCenter, words)
        if v * n:
            high, wide = self.images.shape[2:4]
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._fit()[1] < wide)
            for k in range(shown):
                for view in range(v):
                    painter.drawImage(self.box(view, k), self._sheet, QRectF(k * wide, view * high, wide, high))
                self._frame(painter, k)
        painter.end()

    def _frame(self, painter: QPainter, k: int) -> None:
        box = self.box(0, k).united(self.box(len(self.images) - 1, k))
        picked = k == self.choice
        painter.setPen(QPen(colour(self._theme.accent if picked else self._theme.border), 3.0 if picked else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    # Choosing ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._take(place)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys choose the image beside."""
        columns, _, shown = self._fit()
        keys = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = keys.get(Qt.Key(event.key()))
        if step is None or not shown:
            super().keyPressEvent(event)
        else:
            self._take(min(max(self.choice + step, 0), shown - 1))

    def _take(self, place: int) -> None:
        self.choose(place)
        self.chosen.emit(place)

    def event(self, event: QEvent) -> bool:
        """Tooltips by image."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.names[place] if 0 <= place < len(self.names) else "", self)
            return True
        return super().event(event)


@lru_cache(maxsize=16)  # every picture of a grid asks for it at every paint
def _arrangement(v: int, n: int, width: float, height: float, least: float) -> tuple[int, float, int]:
    """Columns in a row, side in pixels, columns shown: all n columns of v pictures, or as many as fit with sides of `least`."""
    rows_of = {columns: -(-n // columns) for columns in range(1, n + 1)}
    side, columns = max(((_side(v, c, r, width, height), c) for c, r in rows_of.items()), default=(0.0, 1))
    if side >= least or not n:
        return columns, side, n
    wide = max(int((width - GAP) / (least + GAP)), 1)
    rows = max(int(height / (v * least + GAP)), 1)
    shown = min(wide * rows, n)
    return wide, max(_side(v, wide, -(-shown // wide), width, height), 1.0), shown


def _side(v: int, columns: int, rows: int, width: float, height: float) -> float:
    return min((width - GAP * (columns + 1)) / columns, (height / rows - GAP) / v)


def example() -> PairGrid:
    """Sixteen random pictures."""
    grid = PairGrid()
    grid.set_views(np.random.default_rng(0).integers(0, 255, (2, 16, 8, 8, 3), np.uint8))
    return grid


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
