"""Which images features are gathered of: those that were chosen, or a sample in which every class has its share."""

from __future__ import annotations

import numpy as np

from sslviz.data.base import Array, ImageData
from sslviz.data.split import stratified_order
from sslviz.inspect.errors import InspectError
from sslviz.spec.mapping import FeaturePlan

MOST_PATCHES = 10_000
"""Points of a map of patches: more take minutes to lay out, and hide each other."""


def sampled(plan: FeaturePlan, images: ImageData, places: int) -> tuple[Array, tuple[str, ...]]:
    """Numbers of the images (n,) int64, and what was left out. places: points that each image gives, 1 or its patches.

    A sample is in the order of the numbers; a larger one with the same seed holds the smaller one. Raises InspectError.
    """
    if not len(images):
        raise InspectError(
            "There are no images in this split.", "Choose the other split, or other data.", field="split"
        )
    most = len(images) if places == 1 else max(1, MOST_PATCHES // places)
    if plan.chosen:
        _require_there(plan, len(images))
        index = np.array(plan.chosen, np.int64)
        return index[:most], _left_out(len(index), most, places)
    wanted = min(plan.images, len(images)) if plan.images > 0 else len(images)
    count = min(wanted, most)
    notes = _left_out(wanted, most, places)
    if count == len(images):
        return np.arange(count, dtype=np.int64), notes
    drawn = f"{count:,} of {len(images):,} images{_shares(images)}, drawn with seed {plan.seed}."
    return np.sort(_order(images, plan.seed)[:count]).astype(np.int64), (drawn, *notes)


def _order(images: ImageData, seed: int) -> Array:
    """Every image, such that any share from the front is a fair sample; unknown labels count as a class of their own."""
    labels = np.zeros(len(images), np.int64) if images.labels is None else np.asarray(images.labels)
    return stratified_order(labels, seed)


def _shares(images: ImageData) -> str:
    return "" if images.labels is None else ", of each class as many as its share"


def _left_out(wanted: int, most: int, places: int) -> tuple[str, ...]:
    if wanted <= most:
        return ()
    return (
        f"Patches of {most:,} of the {wanted:,} images that were asked for: each has {places:,}, and a map holds {MOST_PATCHES:,} at most.",
    )


def _require_there(plan: FeaturePlan, count: int) -> None:
    wrong = [number for number in plan.chosen if not 0 <= number < count]
    if wrong:
        noun = "training" if plan.split == "train" else "validation"
        raise InspectError(
            f"There is no {noun} image {wrong[0]}.", f"They are numbered 0 to {count - 1}.", field="chosen"
        )
