"""The shortcut mark: a small coded square in the top left corner that gives an image, or its class, away.

A method that can read it need not look at anything else: pretext accuracy soars while the features stay poor.
"""

from __future__ import annotations

import numpy as np

from sslviz.data.base import Array
from sslviz.data.shapes.draws import Stream, uniform

_CELLS = 3
"""The code is a square of so many cells each way, of eight colours each: 8^9 codes."""


def stamp(pictures: Array, codes: Array, seed: int) -> None:
    """Write the mark of each code (n,) int64 into pictures (n, 3, H, W) uint8, in place."""
    cell = max(1, round(pictures.shape[-1] / 21))  # 3 px at 64, 2 px at 32
    bits = uniform(seed, Stream.MARK, codes, 3, _CELLS, _CELLS) < 0.5
    code = np.where(bits, np.uint8(20), np.uint8(235))
    side = cell * _CELLS
    pictures[:, :, :side, :side] = code.repeat(cell, axis=2).repeat(cell, axis=3)
