"""TileGrid: pictures in rows and columns with a line of text below each: galleries, reconstructions, permutations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.ink import Size, colour, pixels, type_face
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

LEAST_SIDE = 52
"""Pixels at scale 1: where not all pictures fit so large, fewer rows are shown."""
FEWEST = 3
"""Columns that are always shown."""
GAP = 4.0
HEADING = 0.28
"""At most so much of the width is for names of rows."""


class TileGrid(QWidget):
    """All pictures of one size. Rows that do not fit are left out, and so are columns without names; then it is said."""

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.images: NDArray[Any] = np.empty((0, 0, 0, 0, 3), np.uint8)
        self.rows: tuple[str, ...] = ()
        self.columns: tuple[str, ...] = ()
        self.texts: list[list[str]] = []
        self._pictures: list[list[QImage]] = []
        self.setMinimumSize(90, 90)
        self.setAccessibleName("Pictures")

    def set_tiles(self, images: NDArray[Any], rows: Sequence[str] = (), columns: Sequence[str] = (),
                  texts: Sequence[Sequence[str]] = ()) -> None:  # fmt: skip
        """Pictures (R, C, h, w, 3) uint8; names of rows (R,) and columns (C,), and words below each picture (R, C)."""
        self.images = images
        self.rows, self.columns = tuple(map(str, rows)), tuple(map(str, columns))
        self.texts = [[str(word) for word in row] for row in texts]
        self._pictures = [[image_of(tile) for tile in row] for row in images] if images.size else []
        self.update()

    def clear(self) -> None:
        """No pictures."""
        self.set_tiles(np.empty((0, 0, 0, 0, 3), np.uint8))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(320 * self._theme.scale), round(240 * self._theme.scale))

    # Places --------------------------------------------------------------------------------------------------------

    def _line(self) -> float:
        return pixels(self._theme, "small") * 1.35

    def _heading(self) -> float:
        metrics = QFontMetricsF(type_face(self._theme, "small"))
        widest = max((metrics.horizontalAdvance(name) for name in self.rows), default=0.0)
        return min(widest + 8.0, HEADING * self.width()) if self.rows else 0.0

    def _fit(self) -> tuple[float, float, int, int]:
        """Width and height of a picture in pixels, how many rows are shown, and how many columns."""
        rows, columns, h, w = self.images.shape[:4]
        across = self.width() - self._heading() - GAP
        wanted = LEAST_SIDE * self._theme.scale
        if not self.columns:  # they are examples of one kind: a few large ones say more
            columns = max(min(int(across / (wanted + GAP)), columns), min(FEWEST, columns))
        room = across / max(columns, 1) - GAP
        words = self._line() if self.texts else 0.0
        head = self._line() if self.columns else 0.0
        shown = rows
        least = min(wanted, room * h / w)
        while shown > 1 and (self.height() - head) / shown - words - GAP < least:
            shown -= 1
        cut = shown < rows or columns < self.images.shape[1]
        high = max((self.height() - head - self._line() * cut) / shown - words - GAP, 4.0)
        scale = min(room / w, high / h)
        return w * scale, h * scale, shown, columns

    def shown(self) -> tuple[int, int]:
        """How many rows and columns there is room for."""
        return self._fit()[2:] if self.images.size else (0, 0)

    def box(self, row: int, column: int) -> QRectF:
        """Where a picture is drawn."""
        wide, high, _, columns = self._fit()
        left = max((self.width() - self._heading() - columns * (wide + GAP)) / 2, 0.0) + self._heading()
        words = self._line() if self.texts else 0.0
        head = self._line() if self.columns else 0.0
        return QRectF(left + column * (wide + GAP), head + row * (high + words + GAP), wide, high)

    def _face(self) -> QFont:
        """The larger of two sizes of type in which all words fit below and above their pictures, else the smaller."""
        room = self._fit()[0] + GAP
        words = [*self.columns, *(word for row in self.texts for word in row)]
        sizes: tuple[Size, ...] = ("small", "tiny")
        faces = [type_face(self._theme, size) for size in sizes]
        return next(
            (face for face in faces if all(QFontMetricsF(face).horizontalAdvance(w) <= room for w in words)), faces[-1]
        )

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.text))
        if self.images.size:
            self._paint(painter)
        else:
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "not seen yet")
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        wide, _, shown, columns = self._fit()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.images.shape[3] > wide)
        for r in range(shown):
            for c, picture in enumerate(self._pictures[r][:columns]):
                box = self.box(r, c)
                painter.drawImage(box, picture)
                painter.setPen(QPen(colour(self._theme.border), 1))
                painter.drawRect(box)
        self._words(painter, shown, columns)
        rows, all_columns = self.images.shape[:2]
        if (shown, columns) != (rows, all_columns):
            painter.setPen(colour(self._theme.muted))
            painter.setFont(type_face(self._theme, "small"))
            last = QRectF(0, self.height() - self._line(), self.width(), self._line())
            painter.drawText(
                last, Qt.AlignmentFlag.AlignCenter, f"{shown * columns} of {rows * all_columns}: enlarge for all"
            )

    def _words(self, painter: QPainter, shown: int, columns: int) -> None:
        painter.setFont(self._face())
        metrics, line = painter.fontMetrics(), self._line()
        for c, name in enumerate(self.columns[:columns]):
            box = self.box(0, c)
            painter.setPen(colour(self._theme.muted))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(box.width() + GAP))
            painter.drawText(QRectF(box.x() - GAP / 2, 0, box.width() + GAP, line), Qt.AlignmentFlag.AlignCenter, text)
        for r in range(shown):
            first = self.box(r, 0)
            if r < len(self.rows):
                painter.setPen(colour(self._theme.muted))
                room = QRectF(first.x() - self._heading(), first.y(), self._heading() - 6, first.height())
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(room, flags, self.rows[r])
            painter.setPen(colour(self._theme.text))
            for c, word in enumerate(self.texts[r][:columns] if r < len(self.texts) else ()):
                box = self.box(r, c)
                text = metrics.elidedText(word, Qt.TextElideMode.ElideRight, round(box.width() + GAP))
                painter.drawText(
                    QRectF(box.x() - GAP / 2, box.bottom(), box.width() + GAP, line), Qt.AlignmentFlag.AlignCenter, text
                )

    # Mouse ---------------------------------------------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    def event(self, event: QEvent) -> bool:
        """Tooltips: the names in full."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.images.size:
            shown, columns = self.shown()
            hits = ((r, c) for r in range(shown) for c in range(columns) if self.box(r, c).contains(event.pos()))
            at = next(hits, None)
            QToolTip.showText(event.globalPos(), self.tip(*at) if at else "", self)
            return True
        return super().event(event)

    def tip(self, row: int, column: int) -> str:
        """Row, column and words of a picture."""
        parts = [
            self.rows[row] if row < len(self.rows) else "",
            self.columns[column] if column < len(self.columns) else "",
        ]
        words = self.texts[row][column] if row < len(self.texts) and column < len(self.texts[row]) else ""
        return ", ".join(filter(None, [*parts, words]))


def example() -> TileGrid:
    """Gradients with names."""
    ramp = np.linspace(0, 255, 16).astype(np.uint8)
    tile = np.stack(
        [np.broadcast_to(ramp, (16, 16)), np.broadcast_to(ramp[:, None], (16, 16)), np.full((16, 16), 90)], -1
    )
    tiles = np.stack([[np.roll(tile, 3 * (r + c), 1) for c in range(6)] for r in range(3)]).astype(np.uint8)
    grid = TileGrid()
    grid.set_tiles(
        tiles, ["image", "masked", "filled in"], [f"{k}" for k in range(6)], [[f"{c * 10}°" for c in range(6)]] * 3
    )
    return grid


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
