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
    """Columns start at `xs` and are `widths` wide, rows start at `ys`; `scale` is px a pixel of a picture."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    widths: tuple[float, ...]
    height: float
    scale: float
    spacing: float
    ratio: float

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return (self.xs[-1] + self.widths[-1] if self.xs else 0.0) + self.spacing

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return (self.ys[-1] if self.ys else 0.0) + self.height + self.spacing

    def cell(self, cell: Cell) -> QRectF:
        """The room of a cell."""
        return QRectF(self.xs[cell[1]], self.ys[cell[0]], self.widths[cell[1]], self.height)

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
        left, width = self.xs[column] - self.spacing / 2, self.widths[column] + self.spacing
        return QRectF(left, 0.0, width, self.ys[0] - self.spacing / 2)

    def at(self, x: float, y: float, *, headings: bool = False) -> Cell | None:
        """The cell at a place; with `headings` also (row, -1) and (-1, column)."""
        spans = zip(self.xs, self.widths, strict=True)
        column = next((c for c, (left, width) in enumerate(spans) if left <= x < left + width), None)
        row = next((r for r, top in enumerate(self.ys) if top <= y < top + self.height), None)
        if row is not None and column is not None:
            return row, column
        if headings and column is not None and self.ys and y < self.ys[0]:
            return -1, column
        if headings and row is not None and self.xs and x < self.xs[0]:
            return row, -1
        return None


@dataclass(frozen=True, slots=True)
class GridNeeds:
    """What has to be laid out. Pictures in pixels of their own, headings and spacing in px.

    `least` > 0 lets rows be left out, down to that many, so that pictures are as large as the columns allow.
    """

    rows: int
    widths: tuple[int, ...]  # of the widest picture of each column
    height: int  # of the tallest picture
    gaps: Collection[int] = ()  # columns with a wider gap before them
    heading: float = 0.0  # width of the row headings
    top: float = 0.0  # height of the column headings
    spacing: float = 4.0
    least: int = 0


def fit(needs: GridNeeds, room: tuple[float, float], side: float = 0.0, ratio: float = 1.0) -> GridLayout:
    """Lay everything out in `room` (width, height), pictures as large as they fit, by whole factors where little is lost.

    `side` > 0 fixes the longer side of the largest picture in px, whatever the room. `ratio` is device pixels a px.
    """
    space = needs.spacing
    left = needs.heading + (3 * space if needs.heading else space)
    head = needs.top + space
    gaps = 3 * space * sum(1 for gap in needs.gaps if 0 < gap < len(needs.widths))
    largest = max(*needs.widths, needs.height, 1)
    across = (room[0] - left - gaps - len(needs.widths) * space) / max(sum(needs.widths), 1)
    rows = needs.rows
    if needs.least and not side:
        full = (room[1] - head) / max(across * needs.height + space, 1.0)
        rows = min(rows, max(needs.least, math.floor(full + 0.25)))
    down = (room[1] - head - rows * space) / max(rows * needs.height, 1)
    scale = side / largest if side else max(min(across, down), 8.0 / largest)
    scale = _whole(scale * ratio) / ratio
    widths = tuple(width * scale for width in needs.widths)
    xs, x = [], left
    for column, width in enumerate(widths):
        x += 3 * space if column in needs.gaps and column else 0.0
        xs.append(x)
        x += width + space
    ys = tuple(head + row * (needs.height * scale + space) for row in range(rows))
    return GridLayout(tuple(xs), ys, widths, needs.height * scale, scale, space, ratio)


def _whole(scale: float) -> float:
    """The next lower whole factor, where little is lost by it."""
    down = math.floor(scale)
    return float(down) if down >= 1 and scale - down < 0.12 * scale else scale
