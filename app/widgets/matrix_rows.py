"""What the rows of a square matrix of cosines are: two views of each of n images, or images by themselves, class by class. Headless."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS = {
    "itself": "the same view", "partners": "partners", "strangers": "strangers", "image": "the same image", "alike": "same class",
    "unlike": "other class", "other": "two images",
}  # fmt: skip
"""What two rows are to each other, for people."""


@dataclass(frozen=True, slots=True)
class Rows:
    """paired: rows i and i + n are two views of image i, and both the same run of images. groups: the class of each row, where known."""

    count: int = 0
    paired: bool = True
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the images; () they are counted

    @property
    def images(self) -> int:
        """How many images there are."""
        return self.count // 2 if self.paired else self.count

    def name_of(self, k: int) -> str:
        """ "view 1 of image 3" for a row or column."""
        place = k % max(self.images, 1)
        name = self.names[place] if place < len(self.names) else f"image {place}"
        return f"view {k // max(self.images, 1) + 1} of {name}" if self.paired else name

    def kind(self, row: int, column: int) -> str:
        """One of WORDS."""
        if self.paired:
            return "itself" if row == column else "partners" if abs(row - column) == self.images else "strangers"
        if row == column or not self.groups:
            return "image" if row == column else "other"
        return "alike" if self.groups[row] == self.groups[column] else "unlike"

    def blocks(self) -> list[tuple[int, int]]:
        """First row of each class and the one after its last, of images by themselves."""
        if self.paired or not self.groups:
            return []
        ends = np.cumsum([len(list(same)) for _, same in groupby(self.groups)]).tolist()
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def means(self, cosine: NDArray[Any]) -> tuple[float, float]:
        """Mean cosine of partners and of strangers, of images of one class and of others; NaN where there are none."""
        if not self.count:
            return float("nan"), float("nan")
        together = self._together()
        apart = ~together & ~np.eye(self.count, dtype=bool)
        return _mean(cosine[together]), _mean(cosine[apart])

    def _together(self) -> NDArray[np.bool_]:
        i = np.arange(self.count)
        groups = np.array(self.groups or i.astype(str))
        partners: NDArray[np.bool_] = np.abs(i[:, None] - i) == self.images
        classes: NDArray[np.bool_] = (groups[:, None] == groups) & (i[:, None] != i)
        return partners if self.paired else classes

    def said(self, cosine: NDArray[Any]) -> str:
        """The means in a line."""
        together, apart = self.means(cosine)
        pair = ("partners", "strangers") if self.paired else ("same class", "other classes")
        if not self.paired and not self.groups:
            return _number(f"two images {apart:.2f}")
        return _number(f"{pair[0]} {together:.2f}, {pair[1]} {apart:.2f}")


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean(dtype=float)) if values.size else float("nan")


def _number(text: str) -> str:
    return text.replace("-0.00", "0.00").replace("-", "−").replace("nan", "–")
