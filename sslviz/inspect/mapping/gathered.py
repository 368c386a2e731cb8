"""Gathered: features of many images or patches, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sslviz.inspect.errors import InspectError
from sslviz.spec.events import Array
from sslviz.spec.mapping import OWN_PATCH


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """n points: images, or patches of images, whose points follow each other image by image. Arrays are read-only.

    Raises InspectError for features that are not finite numbers: nothing can be laid out or compared with them.
    """

    values: Array  # (n, F) float32
    index: Array  # (n,) int64, number of the image in its split
    patch: Array  # (n,) int32, number of the patch row by row; OWN_PATCH where the point is a whole image
    label: Array  # (n,) int64 of the image, -1 unknown
    names: tuple[str, ...]  # of the labels
    factors: Mapping[str, Array] = field(default_factory=dict)  # (n,) int64 each, -1 unknown
    factor_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a factor's values 0, 1 ...
    grid: tuple[int, int] = (0, 0)  # of patches
    total: int = 0  # images in the split
    notes: tuple[str, ...] = ()  # what was left out or changed, and why
    mark: str = ""  # equal for equal features

    def __post_init__(self) -> None:
        _require_finite(self.values, self.index)
        for array in (self.values, self.index, self.patch, self.label, *self.factors.values()):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def bytes(self) -> int:
        """That the arrays take."""
        return sum(a.nbytes for a in (self.values, self.index, self.patch, self.label, *self.factors.values()))


def row_of(gathered: Gathered, index: int, patch: int = OWN_PATCH) -> int:
    """The point that image `index`, or one of its patches, is. Raises InspectError where it is not among the points."""
    rows = np.flatnonzero((gathered.index == index) & (gathered.patch == patch))
    if len(rows):
        return int(rows[0])
    if patch == OWN_PATCH and OWN_PATCH not in gathered.patch:
        raise InspectError(
            "These are features of patches, and a whole image was asked for.", "Choose one of its patches."
        )
    what = f"Image {index}" if patch == OWN_PATCH else f"Patch {patch} of image {index}"
    images = len(np.unique(gathered.index))
    raise InspectError(
        f"{what} is not among the {images:,} of {gathered.total:,} images whose features were gathered.",
        "Choose one that is, or take more images.",
        field="images",
    )


def _require_finite(values: Array, index: Array) -> None:
    whole = np.isfinite(values).all(axis=1)
    if whole.all():
        return
    images, wrong = len(np.unique(index)), len(np.unique(index[~whole]))
    raise InspectError(
        f"The features of {wrong:,} of {images:,} images are not finite numbers (NaN or infinite).",
        "The model's weights are damaged or its training diverged: choose an earlier snapshot, another layer or another model.",
    )
