"""Where the cells and headings of a grid of pictures lie: arithmetic without painting."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QRectF

Cell = tuple[int, int]
"""Row, column."""


@dataclass(frozen=True, slots=True)
class GridLayout:
    """Columns start at `xs`, rows at `ys`; a cell is `width` x `height`; `scale` is px a pixel of a picture."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    width: float
    height: float
    scale: float
    spacing: float
    ratio: float

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return (self.xs[-1] if self.xs else 0.0) + self.width + self.spacing

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return (self.ys[-1] if self.ys else 0.0) + self.height + self.spacing

    def cell(self, cell: Cell) -> QRectF:
        """The room of a cell."""
        return QRectF(self.xs[cell[1]], self.ys[cell[0]], self.width, self.height)

    def picture(self, cell: Cell, width: int, height: int) -> QRectF:
        """The room of a picture of width x height pixels in the middle of its cell, on whole device pixels."""
        room = self.cell(cell)
        w, h = width * self.scale, height * self.scale
        return QRectF(self._snap(room.center().x() - w / 2), self._snap(room.center().y() - h / 2),
                      max(self._snap(w), 1.0), max(self._snap(h), 1.0))  # fmt: skip

    def _snap(self, place: float) -> float:
        return round(place * self.ratio) / self.ratio

    def row_heading(self, row: int) -> QRectF:
        """The room left of a row."""
        return QRectF(self.spacing, self.ys[row], max(self.xs[0] - 3 * self.spacing, 1.0), self.height)

    def column_heading(self, column: int) -> QRectF:
        """The room above a column."""
        return QRectF(self.xs[column] - self.spacing / 2, 0.0, self.width + self.spacing, self.ys[0] - self.spacing / 2)

    def at(self, x: float, y: float, *, headings: bool = False) -> Cell | None:
        """The cell at a place; with `headings` also (row, -1) and (-1, column)."""
        column = next((c for c, left in enumerate(self.xs) if left <= x < left + self.width), None)
        row = next((r for r, top in enumerate(self.ys) if top <= y < top + self.height), None)
        if row is not None and column is not None:
            return row, column
        if headings and column is not None and self.ys and y < self.ys[0]:
            return -1, column
        if headings and row is not None and self.xs and x < self.xs[0]:
            return row, -1
        return None


def fit(shape: tuple[int, int], picture: tuple[int, int], room: tuple[float, float], side: float, gaps: Collection[int], *,
        heading: float, top: float, spacing: float, ratio: float, least: int = 0) -> GridLayout:  # fmt: skip
    """Lay `shape` (rows, columns) cells out for pictures of at most `picture` (width, height) pixels.

    `side` > 0 fixes the longer side of a cell in px, 0 takes the largest that fits `room` (width, height). `heading` is the width of the
    row headings, `top` the height of the column headings, `ratio` device pixels a px. Pictures grow by whole factors where they can.
    With `least` > 0 rows are left out, down to that many, so that pictures are as large as the columns allow.
    """
    rows, columns = shape
    left = heading + (3 * spacing if heading else spacing)
    head = top + spacing if top else spacing
    wide = 3 * spacing * sum(1 for gap in gaps if 0 < gap < columns)
    across = (room[0] - left - wide - columns * spacing) / max(columns, 1)
    if least and not side:
        full = (room[1] - head) / max(across * picture[1] / picture[0] + spacing, 1.0)
        rows = min(rows, max(least, math.floor(full)))
    down = (room[1] - head - rows * spacing) / max(rows, 1)
    scale = min(across / picture[0], down / picture[1]) if not side else side / max(picture)
    scale = _whole(max(scale, 8.0 / max(picture)) * ratio) / ratio
    width, height = picture[0] * scale, picture[1] * scale
    xs, x = [], left
    for column in range(columns):
        x += 3 * spacing if column in gaps and column else 0.0
        xs.append(x)
        x += width + spacing
    ys = tuple(head + row * (height + spacing) for row in range(rows))
    return GridLayout(tuple(xs), ys, width, height, scale, spacing, ratio)


def _whole(scale: float) -> float:
    """The next lower whole factor, where little is lost by it."""
    down = math.floor(scale)
    return float(down) if down >= 1 and scale - down < 0.12 * scale else scale
