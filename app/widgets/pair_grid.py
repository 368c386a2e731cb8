"""PairGrid: the views of a batch as the model saw them, each image's views one under the other.

Views of several sizes, as multi-crop makes them, keep their proportion: small ones stand side by side below the large ones.
"""

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
        self.groups: list[NDArray[Any]] = []
        self._sheets: list[QImage] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    def set_views(self, images: NDArray[Any], names: Sequence[str] = (), smaller: Sequence[NDArray[Any]] = ()) -> None:
        """Views (V, n, h, w, 3) uint8; `names` says for each image what its tooltip shows. `smaller`: views of other sizes."""
        self.images, self.names = images, tuple(names)
        self.groups = [group for group in (images, *smaller) if group.size]
        self._sheets = [_sheet(group) for group in self.groups]
        n = images.shape[1]
        self.choice = self.choice if self.choice < n else -1
        self.update()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The views of each size, (V, n, h, w, 3) uint8, and what is known of each image."""
        views = {f"views_{k}" if k else "views": group for k, group in enumerate(self.groups)}
        return {**views, "images": np.array(self.names, np.str_)}

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
        n = self.images.shape[1]
        least = LEAST_SIDE * self._theme.scale
        return _arrangement(self.tall(), n, self.width(), self.height() - self._line(), least)

    def tall(self) -> float:
        """Height of one image's views, in sides of its largest."""
        return sum(rows * side for _, rows, side in self._stack())

    def _stack(self) -> list[tuple[int, int, float]]:
        """For each size of views: pictures in a row, rows, and the side of one in sides of the largest."""
        stack = []
        for group in self.groups:
            side = min(group.shape[3] / self.images.shape[3], 1.0)
            across = max(int(1.0 / side + 1e-6), 1)
            stack.append((across, -(-len(group) // across), side))
        return stack

    def _line(self) -> float:
        return pixels(self._theme, "small") * 1.5

    def block(self, place: int) -> QRectF:
        """Where the views of an image are drawn."""
        columns, side, shown = self._fit()
        tall, rows = self.tall() * side, -(-shown // columns)
        spare_x = (self.width() - columns * (side + 6) - 6) / 2
        spare_y = (self.height() - self._line() - rows * (tall + 6)) / 2
        x = spare_x + 6 + place % columns * (side + 6)
        return QRectF(x, self._line() + spare_y + place // columns * (tall + 6), side, tall)

    def box(self, view: int, place: int, size: int = 0) -> QRectF:
        """Where view `view` of those of size number `size` is drawn."""
        block, stack = self.block(place), self._stack()
        across, _, share = stack[size]
        above = sum(rows * side for _, rows, side in stack[:size]) * block.width()
        side = share * block.width()
        return QRectF(block.x() + view % across * side, block.y() + above + view // across * side, side, side)

    def place_at(self, where: QPointF) -> int:
        """The image of the batch under a pixel, -1 where there is none."""
        return next((k for k in range(self.shown()) if self.block(k).contains(where)), -1)

    def sentence(self) -> str:
        """How many images and views are in sight."""
        n, shown = self.images.shape[1], self.shown()
        counts = [len(group) for group in self.groups]
        if not sum(counts):
            return "not seen yet"
        count = f"{n}" if shown == n else f"{shown} of {n}"
        views = "1 view" if sum(counts) == 1 else f"{counts[0]} views"
        sizes = "".join(f" + {k} of {group.shape[3]} px" for k, group in zip(counts[1:], self.groups[1:], strict=True))
        return f"{count} images, {views}{f' of {self.images.shape[3]} px' if sizes else ''}{sizes} each"

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.text))
        painter.drawText(QRectF(0, 0, self.width(), self._line()), Qt.AlignmentFlag.AlignVCenter, self.sentence())
        for place in range(self.shown()):
            for size in range(len(self.groups)):
                self._views(painter, place, size)
            self._frame(painter, place)
        painter.end()

    def _views(self, painter: QPainter, place: int, size: int) -> None:
        """All views of one size of one image."""
        count, _, high, wide = self.groups[size].shape[:4]
        for view in range(count):
            box = self.box(view, place, size)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, box.width() < wide)
            painter.drawImage(box, self._sheets[size], QRectF(place * wide, view * high, wide, high))

    def _frame(self, painter: QPainter, k: int) -> None:
        picked = k == self.choice
        painter.setPen(QPen(colour(self._theme.accent if picked else self._theme.border), 3.0 if picked else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.block(k))

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


def _sheet(group: NDArray[Any]) -> QImage:
    """One picture of all: views from top to bottom, images from left to right."""
    return image_of(group.transpose(0, 2, 1, 3, 4).reshape(len(group) * group.shape[2], -1, 3))


@lru_cache(maxsize=16)  # every picture of a grid asks for it at every paint
def _arrangement(v: float, n: int, width: float, height: float, least: float) -> tuple[int, float, int]:
    """Columns in a row, side in pixels, columns shown: all n columns of v sides each, or as many as fit with sides of `least`."""
    rows_of = {columns: -(-n // columns) for columns in range(1, n + 1)}
    side, columns = max(((_side(v, c, r, width, height), c) for c, r in rows_of.items()), default=(0.0, 1))
    if side >= least or not n:
        return columns, side, n
    wide = max(int((width - GAP) / (least + GAP)), 1)
    rows = max(int(height / (v * least + GAP)), 1)
    shown = min(wide * rows, n)
    return wide, max(_side(v, wide, -(-shown // wide), width, height), 1.0), shown


def _side(v: float, columns: int, rows: int, width: float, height: float) -> float:
    return min((width - GAP * (columns + 1)) / columns, (height / rows - GAP) / v)


def example() -> PairGrid:
    """Sixteen random pictures, with two large views and four small ones of each."""
    grid = PairGrid()
    rng = np.random.default_rng(0)
    large, small = (rng.integers(0, 255, (v, 16, side, side, 3), np.uint8) for v, side in ((2, 8), (4, 4)))
    grid.set_views(large, smaller=[small])
    return grid


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
