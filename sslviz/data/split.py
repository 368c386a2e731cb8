"""A seeded, stratified order of images in which any share from the front is a fair sample of every class."""

from __future__ import annotations

import numpy as np

from sslviz.data.base import Array


def stratified_order(labels: Array, seed: int) -> Array:
    """A permutation (N,) whose every prefix holds each class in its proportion, to within one image.

    The r-th of a class of n images, in random order, gets the key (r + 1/2) / n; images are sorted by key. So the order does not
    depend on the share that is cut off, and both sides of the cut are contiguous. A class of one image stays in the second part of
    any cut below one half.
    """
    draws = np.random.default_rng(seed).random(len(labels))
    by_class = np.lexsort((draws, labels))  # classes in turn, each shuffled
    _, starts, counts = np.unique(labels[by_class], return_index=True, return_counts=True)
    rank = np.arange(len(labels)) - np.repeat(starts, counts)
    keys = (rank + 0.5) / np.repeat(counts, counts)
    return by_class[np.lexsort((draws[by_class], keys))]


def cut(count: int, fraction: float) -> int:
    """How many of `count` images go into validation: at least one, and never so many that fewer than two are left."""
    return max(1, min(round(count * fraction), count - 2))
