"""Points as pixels, by numpy: round and smooth-edged dots, 60,000 in a few milliseconds.

Every dot is a stamp of a few pixels, laid out for each quarter of a pixel that its middle can fall in. Pixels at the rims are mixed
with the ground beforehand and written first, so that no rim ever covers the body of another dot, and nothing has to be blended.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.widgets.ink import rgb

Pixels = NDArray[np.uint32]
LEVELS = 4
"""Of ink in a pixel: a quarter, a half, three quarters, all."""
FINE = 8  # samples of a pixel, each way, for how much of it a dot covers
MOST_WRITES = 1_600_000
"""Pixels written a picture; where more are asked for, dots are smaller."""


def argb(name: str) -> int:
    """A theme's colour as a pixel."""
    red, green, blue = rgb(name)
    return 0xFF000000 | red << 16 | green << 8 | blue


def inks(colours: Sequence[str], ground: str) -> Pixels:
    """(LEVELS, k): each colour by how much of a pixel it fills, over `ground`."""
    full = np.array([rgb(name) for name in colours], float).reshape(-1, 3)
    share = (np.arange(LEVELS) + 1)[:, None, None] / LEVELS
    mixed = (share * full + (1 - share) * np.array(rgb(ground), float)).round().astype(np.uint32)  # (LEVELS, k, 3)
    packed: Pixels = np.uint32(0xFF000000) | mixed[..., 0] << 16 | mixed[..., 1] << 8 | mixed[..., 2]
    return packed


@functools.lru_cache(maxsize=256)
def stamp(radius: float, right: bool, low: bool) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The pixels (row, column) around its own that a dot covers, by level; `right`, `low`: where in its pixel its middle is."""
    reach = int(np.ceil(radius)) + 1
    offsets = np.arange(-reach, reach + 1)
    fine = (np.arange(FINE) + 0.5) / FINE
    x = (offsets[:, None] + fine - (0.75 if right else 0.25)).ravel()
    y = (offsets[:, None] + fine - (0.75 if low else 0.25)).ravel()
    inside = (y[:, None] ** 2 + x**2 <= radius**2).reshape(len(offsets), FINE, len(offsets), FINE).mean((1, 3))
    level = np.rint(inside * LEVELS).astype(int)
    return tuple(tuple((int(r) - reach, int(c) - reach) for r, c in np.argwhere(level == k + 1)) for k in range(LEVELS))


def writes(radius: float) -> int:
    """Pixels of a dot."""
    return sum(len(pixels) for pixels in stamp(radius, False, False))


def radius_for(radius: float, count: int, most: int = MOST_WRITES) -> float:
    """The radius, or less where `count` dots of it would be more than `most` pixels (0: any number); in steps of a quarter."""
    radius = max(round(4 * radius) / 4, 0.75)
    while radius > 0.75 and most and count * writes(radius) > most:
        radius -= 0.25
    return radius


class PointRaster:
    """A sheet of pixels that is used again from one picture to the next."""

    def __init__(self) -> None:
        self._sheet: Pixels = np.empty((0, 0), np.uint32)
        self._border = self._reach = 0
        self._size = (0, 0)

    def clear(self, width: int, height: int, ground: str, reach: float) -> None:
        """An empty sheet for dots whose radius is at most `reach`."""
        self._reach, self._size = int(np.ceil(reach)) + 1, (width, height)
        border = self._border = 2 * self._reach + 1  # for dots that lie outside and reach in
        shape = (height + 2 * border, width + 2 * border)
        if self._sheet.shape != shape:
            self._sheet = np.empty(shape, np.uint32)
        self._sheet.fill(argb(ground))

    def dots(self, at: NDArray[Any], code: NDArray[Any], table: Pixels, radius: float) -> None:
        """Dots at pixels (n, 2), the last above the first. code (n,): whose column of `table` (LEVELS, k) a dot is painted with."""
        flat, wide = self._sheet.reshape(-1), self._sheet.shape[1]
        parts = self._by_quarter(at, code)
        step = self._border - self._reach
        for level in range(LEVELS):
            for (right, low), cells, codes in parts:
                offsets = stamp(radius, right, low)[level]
                ink = table[level][codes]
                for row, column in offsets:
                    flat[(row + step) * wide + column + step :][cells] = ink

    def _by_quarter(self, at: NDArray[Any], code: NDArray[Any]) -> list[tuple[tuple[bool, bool], Any, Any]]:
        """Places on the sheet, counted from `_reach` left of and above the picture, and codes, of those dots that fall into each quarter of their pixels."""
        halves = np.floor(2 * at).astype(np.int64)  # (n, 2)
        reach, (width, height) = self._reach, self._size
        x, y = halves[:, 0] >> 1, halves[:, 1] >> 1
        seen = (x >= -reach) & (x < width + reach) & (y >= -reach) & (y < height + reach)
        halves, code, x, y = halves[seen], code[seen], x[seen], y[seen]
        cells = (y + reach) * self._sheet.shape[1] + x + reach
        quarter = (halves[:, 0] & 1) + 2 * (halves[:, 1] & 1)
        return [((bool(k & 1), bool(k & 2)), cells[quarter == k], code[quarter == k]) for k in range(4)]

    def pixels(self) -> Pixels:
        """The picture (height, width), 0xAARRGGBB, of its own."""
        width, height = self._size
        b = self._border
        return np.ascontiguousarray(self._sheet[b : b + height, b : b + width])
