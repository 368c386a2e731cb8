"""Pictures in place of points: which of them fit beside each other, and a store of those that are known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.widgets.raster import image_of

MOST = 400
"""Pictures at a time."""
MOST_BYTES = 24_000_000
CANDIDATES = 4_000


def choose(at: NDArray[Any], rows: NDArray[np.intp], side: float, kept: Collection[int] = ()) -> list[int]:
    """Of `rows` at pixels (k, 2) those whose squares of `side` pixels do not cover each other; those of `kept` go first.

    The others in order of a number drawn for each row, so that what is chosen does not change as the map is moved.
    """
    held = np.isin(rows, np.fromiter(kept, np.intp, len(kept)))
    order = np.lexsort((_drawn(rows), ~held))[:CANDIDATES]
    taken: dict[tuple[int, int], tuple[float, float]] = {}
    found: list[int] = []
    for row, (x, y) in zip(rows[order].tolist(), at[order].tolist(), strict=True):
        column, line = int(x // side), int(y // side)
        around = (taken.get((column + c, line + r)) for c in (-1, 0, 1) for r in (-1, 0, 1))
        if all(other is None or max(abs(other[0] - x), abs(other[1] - y)) >= side for other in around):
            taken[column, line] = (x, y)
            found.append(row)
            if len(found) == MOST:
                break
    return found


def _drawn(rows: NDArray[np.intp]) -> NDArray[np.uint32]:
    """A number for each row that looks drawn by chance: Knuth's multiplicative hash."""
    return rows.astype(np.uint32) * np.uint32(2_654_435_761)


class ThumbnailStore:
    """Pictures by row, the most recently used at the end; the oldest go when they are too many."""

    def __init__(self) -> None:
        self._images: OrderedDict[int, QImage] = OrderedDict()
        self._bytes = 0
        self._asked: set[int] = set()

    def put(self, rows: Sequence[int], pictures: Sequence[NDArray[Any]]) -> None:
        """Pictures (h, w, 3) uint8, one a row."""
        for row, picture in zip(rows, pictures, strict=True):
            self._drop(int(row))
            image = image_of(np.asarray(picture))
            self._images[int(row)] = image
            self._bytes += image.sizeInBytes()
        while self._bytes > MOST_BYTES and len(self._images) > 1:
            self._drop(next(iter(self._images)))

    def _drop(self, row: int) -> None:
        self._asked.discard(row)
        image = self._images.pop(row, None)
        if image is not None:
            self._bytes -= image.sizeInBytes()

    def get(self, row: int) -> QImage | None:
        """The picture of a row, if it is known."""
        if row in self._images:
            self._images.move_to_end(row)
        return self._images.get(row)

    def missing(self, rows: Sequence[int]) -> list[int]:
        """Those of `rows` that are neither known nor asked for; they count as asked for from now on."""
        fresh = [row for row in rows if row not in self._images and row not in self._asked]
        self._asked.update(fresh)
        return fresh

    def clear(self) -> None:
        """Forget all."""
        self._images.clear()
        self._asked.clear()
        self._bytes = 0
