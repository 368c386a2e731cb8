"""The outline of a set of patches: where one that is in it touches one that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF


def outline(kept: NDArray[Any]) -> list[QLineF]:
    """Lines in units of patches, x to the right and y down, around the True ones of kept (h, w); neighbours are joined."""
    inside = np.zeros((kept.shape[0] + 2, kept.shape[1] + 2), bool)
    inside[1:-1, 1:-1] = kept
    across = _runs(inside[1:, 1:-1] != inside[:-1, 1:-1]).tolist()
    down = _runs((inside[1:-1, 1:] != inside[1:-1, :-1]).T).tolist()
    return [QLineF(x0, y, x1, y) for y, x0, x1 in across] + [QLineF(x, y0, x, y1) for x, y0, y1 in down]


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(row, start, end) of every run of True in edges (rows, n) -> (runs, 3)."""
    padded = np.zeros((len(edges), edges.shape[1] + 2), np.int8)
    padded[:, 1:-1] = edges
    steps = padded[:, 1:] - padded[:, :-1]
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    return np.column_stack([rows, starts, ends])
