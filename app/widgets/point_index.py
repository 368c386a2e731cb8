"""PointIndex: which point is under the pointer, inside an outline, or next in a direction. A grid of cells over the plane.

A tree of scipy's answers no sooner, takes three times as long to build, and half a second and 50 MB to import.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.widgets.plane_view import bounds_of

Rows = NDArray[np.intp]
A_CELL = 3.0
"""Points of a cell, on the mean."""
MOST_SIDE = 512
AHEAD = 1.0
"""Tangent of the widest angle at which a point still lies in a direction: 45 degrees to each side."""


class PointIndex:
    """Of points (n, 2); those that are not finite are found by nobody."""

    def __init__(self, points: NDArray[Any]) -> None:
        """Costs about 5 ms for 60,000."""
        self.points = np.asarray(points, np.float32)
        finite = np.flatnonzero(np.isfinite(self.points).all(1))
        self._left, self._bottom, right, top = bounds_of(self.points)
        self._side = min(max(round(math.sqrt(len(finite) / A_CELL)), 1), MOST_SIDE)
        self._cell = max(right - self._left, top - self._bottom, 1e-12) / self._side
        cells = self._row(self.points[finite, 1]) * self._side + self._column(self.points[finite, 0])
        order = np.argsort(cells, kind="stable")
        self._rows = finite[order]
        self._starts = np.searchsorted(cells[order], np.arange(self._side**2 + 1))

    def _column(self, x: Any) -> Any:
        return np.clip((x - self._left) / self._cell, 0, self._side - 1).astype(np.intp)

    def _row(self, y: Any) -> Any:
        return np.clip((y - self._bottom) / self._cell, 0, self._side - 1).astype(np.intp)

    def near(self, left: float, bottom: float, right: float, top: float) -> Rows:
        """Points of all cells that touch a box: those inside it, and some around it."""
        first, last = (int(self._column(np.float64(x))) for x in (left, right))
        low, high = (int(self._row(np.float64(y))) for y in (bottom, top))
        starts, side = self._starts, self._side
        if last - first + 1 == side:
            return self._rows[starts[low * side] : starts[(high + 1) * side]]
        parts = [self._rows[starts[r * side + first] : starts[r * side + last + 1]] for r in range(low, high + 1)]
        return np.concatenate(parts)

    def within(self, left: float, bottom: float, right: float, top: float) -> Rows:
        """Points inside a box."""
        rows = self.near(left, bottom, right, top)
        low, high = np.array([left, bottom], np.float32), np.array([right, top], np.float32)
        return rows[((self.points[rows] >= low) & (self.points[rows] <= high)).all(axis=1)]

    def nearest(self, x: float, y: float, within: float, counts: NDArray[np.bool_] | None = None) -> int:
        """The point nearest to a place, of those that count; -1 where none is so close."""
        rows = self.near(x - within, y - within, x + within, y + within)
        rows = rows if counts is None else rows[counts[rows]]
        if not len(rows):
            return -1
        off = self.points[rows] - np.array([x, y], np.float32)
        squared = (off**2).sum(1)
        best = int(squared.argmin())
        return int(rows[best]) if squared[best] <= within**2 else -1

    def inside(self, outline: NDArray[Any]) -> Rows:
        """Points inside a closed outline (k, 2), by the even-odd rule, in rising order.

        Sorted by height, an edge has to do only with the points between its ends.
        """
        outline = np.asarray(outline, np.float64)
        if len(outline) < 3:
            return np.empty(0, np.intp)
        rows = self.near(*outline.min(0).tolist(), *outline.max(0).tolist())
        rows = rows[np.argsort(self.points[rows, 1], kind="stable")]
        x, y = self.points[rows].T.astype(np.float64)
        odd = np.zeros(len(rows), bool)
        for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, 0), strict=True):
            if y0 != y1:
                between = slice(*np.searchsorted(y, sorted((y0, y1)), side="left"))
                odd[between] ^= x[between] < x0 + (y[between] - y0) * (x1 - x0) / (y1 - y0)
        return np.sort(rows[odd])

    def next_to(self, row: int, dx: float, dy: float, counts: NDArray[np.bool_] | None = None) -> int:
        """The nearest point in a direction (dx, dy) of length 1, of those that count, what lies straight ahead first; -1: none."""
        rows = self._rows if counts is None else self._rows[counts[self._rows]]
        off = self.points[rows] - self.points[row]
        ahead, aside = off @ np.array([dx, dy], np.float32), np.abs(off @ np.array([-dy, dx], np.float32))
        fits = (ahead > 0) & (aside <= AHEAD * ahead)
        if not fits.any():
            return -1
        way = np.where(fits, ahead + 2 * aside, np.inf)
        return int(rows[int(way.argmin())])
