"""How much of the features' neighbourhoods a map keeps: measured in the features themselves, not judged by eye."""

from __future__ import annotations

import numpy as np

from sslviz.inspect.layouts.starting import unit
from sslviz.spec.events import Array
from sslviz.spec.mapping import MapScores

MOST = 2_000
"""Points that are asked for their neighbours, at most."""
LEAST = 500
_DISTANCES = 50_000_000  # between those asked and all points: under 1 s on one core
_BLOCK = 4_000_000  # distances at a time, 16 MB


def score(values: Array, points: Array, k: int = 15, seed: int = 0, *, metric: str = "cosine") -> MapScores:
    """Trustworthiness (Venna & Kaski 2001, Eq. 1) and kNN agreement of a map. values (n, F), points (n, 2), both finite.

    Exact for the points asked, which are all up to 2,000 and drawn by `seed` beyond; their neighbours are searched among all points.
    k is lowered where n is below 2 k + 2. NaN where there are too few points, or all of them have the same features.
    """
    count = len(values)
    k = min(k, (count - 1) // 2)
    if k < 1 or bool((values == values[0]).all()):
        return MapScores(float("nan"), float("nan"), max(k, 0), 0)
    asked = _asked(count, seed)
    nearest = _nearest_on_map(points, asked, k)  # (q, k)
    lost, shared = 0.0, 0
    seen = _seen(values, metric)
    step = max(1, _BLOCK // count)
    for start in range(0, len(asked), step):
        part = slice(start, start + step)
        ranks = _ranks(seen, asked[part], nearest[part], metric)  # (b, k)
        lost += float(np.maximum(ranks - k, 0).sum())
        shared += int((ranks <= k).sum())
    worst = len(asked) * k * (2 * count - 3 * k - 1) / 2
    return MapScores(1.0 - lost / worst, shared / (len(asked) * k), k, len(asked))


def _asked(count: int, seed: int) -> Array:
    most = min(MOST, max(LEAST, _DISTANCES // count))
    if count <= MOST:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _nearest_on_map(points: Array, asked: Array, k: int) -> Array:
    """The k nearest other points on the map of each point asked, (q, k)."""
    from scipy.spatial import cKDTree

    found = np.asarray(cKDTree(points).query(points[asked], k + 1)[1])  # (q, k + 1)
    itself = found == asked[:, None]
    itself[~itself.any(axis=1), -1] = True  # more than k copies on its place: the last of them gives way
    nearest: Array = found[~itself].reshape(len(asked), k)
    return nearest


def _seen(values: Array, metric: str) -> Array:
    """Features in which euclidean distances rank as `metric` does; centred, so that float32 is precise enough."""
    if metric == "cosine":
        return unit(values)
    return np.asarray(values - values.mean(axis=0, dtype=np.float64), np.float32)


def _ranks(seen: Array, asked: Array, others: Array, metric: str) -> Array:
    """Which neighbour in the features, counted from 1, each of `others` (b, k) is of each point asked; of equal ones the least."""
    distances = -2.0 * (seen[asked] @ seen.T)  # (b, n)
    if metric != "cosine":
        distances += np.einsum("ij,ij->i", seen, seen)
    distances[np.arange(len(asked)), asked] = np.inf
    theirs = np.take_along_axis(distances, others, axis=1)
    distances.sort(axis=1)
    rows = zip(distances, theirs, strict=True)
    return np.stack([np.searchsorted(row, own, side="left") for row, own in rows]) + 1
