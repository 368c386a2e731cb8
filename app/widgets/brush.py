"""Which patches a round brush touches on its way from one patch to another: arithmetic without painting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Place = tuple[float, float]
"""Row and column in units of patches."""


def touched(start: Place, end: Place, size: int, grid: tuple[int, int]) -> NDArray[np.int64]:
    """Patches (k,), counted row by row, under a brush `size` patches wide that is drawn from `start` to `end`; sorted.

    A brush of one patch touches those that the line runs through; a wider one all whose middles come within half its width.
    """
    rows, columns = grid
    steps = max(int(np.ceil(2 * max(abs(end[0] - start[0]), abs(end[1] - start[1])))), 1)
    way = np.linspace(start, end, steps + 1)  # (s, 2), at most half a patch apart
    if size > 1:
        middles = np.stack(np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij"), -1)  # (h, w, 2)
        centre = np.floor(way) + 0.5 if size % 2 else np.round(way)
        near = np.abs(middles[:, :, None] - centre).max(-1).min(-1) < size / 2  # (h, w)
        return np.flatnonzero(near)
    at = np.floor(way).astype(np.int64)
    inside = at[((at >= 0) & (at < (rows, columns))).all(1)]
    return np.unique(inside[:, 0] * columns + inside[:, 1])
