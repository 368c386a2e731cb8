"""How crowded it is around each point at the present zoom, as a few shades: where dots cover each other, sparse places are paler."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.widgets.plane_view import Bounds

SHADES = 12
PALEST = 0.62
"""Share of its own colour that a dot in the emptiest place keeps, where crowds are largest."""
CROWD = 24.0
"""Dots over each other, from which on shading is at its strongest."""
MOST_CELLS = 1_500
"""A side; where the cells would be more, the points are so far apart that nothing is shaded."""


def crowding(points: NDArray[Any], bounds: Bounds, scale: float, radius: float) -> NDArray[np.float32] | None:
    """How many dots of `radius` pixels overlap where each of finite points (n, 2) lies, on the mean, at `scale` pixels a unit.

    None where the cells of the count would be too many: so far in nothing overlaps.
    """
    cell = 4 * radius / scale
    left, bottom, right, top = bounds
    columns, rows = int((right - left) / cell) + 4, int((top - bottom) / cell) + 4
    if not len(points) or max(columns, rows) > MOST_CELLS:
        return None
    x, y = (points[:, 0] - left) / cell + 1, (points[:, 1] - bottom) / cell + 1  # in cells
    column, row = x.astype(np.intp), y.astype(np.intp)
    counts = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns).astype(np.float32)
    for axis in (0, 1):  # a cell's neighbours count half as much
        counts = 0.5 * counts + 0.25 * (np.roll(counts, 1, axis) + np.roll(counts, -1, axis))
    return _between(counts, x - 0.5, y - 0.5) * np.float32(math.pi / 16)  # a dot's share of a cell


def _between(cells: NDArray[np.float32], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float32]:
    """What stands at the middles of the cells around each place, in proportion to how near they are."""
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, up = (x - column).astype(np.float32), (y - row).astype(np.float32)
    flat, first = cells.ravel(), row * cells.shape[1] + column
    low = flat[first] * (1 - right) + flat[first + 1] * right
    above = first + cells.shape[1]
    high = flat[above] * (1 - right) + flat[above + 1] * right
    mixed: NDArray[np.float32] = low * (1 - up) + high * up
    return mixed


def shades(crowd: NDArray[np.float32] | None, count: int) -> NDArray[np.uint8]:
    """The shade of each of `count` points, 0 the palest, SHADES - 1 its own colour: logarithmic in `crowd`."""
    full = np.full(count, SHADES - 1, np.uint8)
    if crowd is None or not count:
        return full
    most = float(np.percentile(crowd, 95))
    if most <= 1.5:
        return full
    strength = min(math.log(most) / math.log(CROWD), 1.0)
    share = np.clip(np.log(np.maximum(crowd, 1.0)) / math.log(most), 0, 1)
    return np.rint((1 - strength * (1 - share)) * (SHADES - 1)).astype(np.uint8)


def shares() -> NDArray[np.float64]:
    """How much of its own colour a dot keeps in each shade, (SHADES,)."""
    return np.linspace(PALEST, 1.0, SHADES)
