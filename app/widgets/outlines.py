"""The outline of a set of patches: where one that is in it touches one that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF

Segment = tuple[int, int, int, int]


def outline(kept: NDArray[Any]) -> list[QLineF]:
    """Lines in units of patches, x to the right and y down, around the True ones of kept (h, w); neighbours are joined."""
    inside = np.pad(np.asarray(kept, bool), 1)
    across = [(x0, y, x1, y) for y, x0, x1 in _runs(inside[1:, 1:-1] != inside[:-1, 1:-1])]
    down = [(x, y0, x, y1) for x, y0, y1 in _runs((inside[1:-1, 1:] != inside[1:-1, :-1]).T)]
    return [QLineF(*segment) for segment in (*across, *down)]


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(row, start, end) of every run of True in edges (rows, n) -> (runs, 3)."""
    steps = np.diff(np.pad(edges.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    return np.column_stack([rows, starts, ends])
