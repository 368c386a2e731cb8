"""k-means groups of features at unit length (scikit-learn), numbered by size."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch

from sslviz.data.base import Array
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping.gathered import Gathered
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.values import Values, named
from sslviz.inspect.stopping import Stop
from sslviz.metrics.unit import unit

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

STARTS = 4
"""From so many random beginnings; the tightest groups are taken."""
SAMPLE = 20_000
"""Points that groups are found among; the others join the nearest."""
MOST = 100


def cluster(gathered: Gathered, count: int, seed: int, progress: Progress, stop: Stop) -> Values:
    """Group 0 is the largest. Fewer groups where there are fewer different points. Raises InspectError, Cancelled."""
    if not 2 <= count <= MOST:
        raise InspectError(f"{count} groups cannot be.", f"Choose from 2 to {MOST}.", field="clusters")
    points = unit(torch.from_numpy(np.array(gathered.values))).numpy()
    sample = _sample(points, seed)
    groups = min(count, len(np.unique(sample, axis=0)))
    number = _by_size(_fit(sample, groups, seed, progress, stop).predict(points))
    found = int(number.max()) + 1
    about = (
        "Groups that k-means found in the features at unit length, largest first. It always finds as many as it is asked for, "
        "whether the features have groups or not."
    )
    names = tuple(f"group {k + 1}" for k in range(found))
    return named(number, names, f"k-means, {found} group{'s' if found > 1 else ''}", about)


def _sample(points: Array, seed: int) -> Array:
    if len(points) <= SAMPLE:
        return points
    rows = np.random.default_rng(seed).choice(len(points), SAMPLE, replace=False)
    chosen: Array = points[np.sort(rows)]
    return chosen


def _fit(points: Array, groups: int, seed: int, progress: Progress, stop: Stop) -> KMeans:
    """The best of several starts; asked to stop between two."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    fits = []
    for start in range(STARTS):
        stop()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # points that differ in their last digits only
            fits.append(KMeans(groups, n_init=1, random_state=(seed + start) % 2**32).fit(points))
        progress((start + 1) / STARTS, f"k-means, start {start + 1} of {STARTS}")
    return min(fits, key=lambda fit: float(fit.inertia_))


def _by_size(groups: Array) -> Array:
    """Groups renumbered: 0 is the largest, equally large ones by their first point."""
    _, first, which, counts = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.lexsort((first, -counts))] = np.arange(len(counts))
    numbered: Array = rank[which]
    return numbered
