"""What lies near a point in the features, not on the map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping.gathered import Gathered
from sslviz.spec.events import Array

CHUNK_BYTES = 32 << 20
"""Differences that are held at a time."""
EPS = 1e-12
"""Length below which a feature has no direction; as in `sslviz.inspect.similarity` it is like nothing."""


def neighbours(gathered: Gathered, row: int, count: int = 12, metric: str = "cosine") -> tuple[Array, Array]:
    """The `count` points nearest to point `row`, itself left out: rows (k,) int64 and distances (k,) float32, nearest first.

    metric: "cosine", whose distance is 1 - cosine in [0, 2], or "euclidean". Equally near ones by their number. Fewer where there
    are fewer points. Raises InspectError for other metrics and rows.
    """
    if metric not in METRICS:
        raise InspectError(
            f"There is no distance called {metric!r}.", f"There are: {', '.join(METRICS)}.", field="metric"
        )
    if not 0 <= row < len(gathered):
        raise InspectError(f"There is no point {row}.", f"They are numbered 0 to {len(gathered) - 1}.", field="index")
    distances = _distances(gathered.values, row, metric)
    distances[row] = np.inf
    k = max(0, min(count, len(gathered) - 1))
    border = np.partition(distances, k - 1)[k - 1] if k else -np.inf
    near = np.flatnonzero(distances <= border)
    near = near[np.argsort(distances[near], kind="stable")][:k]
    return near.astype(np.int64), distances[near].astype(np.float32)


def similarity(gathered: Gathered) -> Array:
    """Cosine of every point with every other, (n, n) float32 in [-1, 1]; a feature of length 0 is like nothing, 0."""
    wide = gathered.values.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    unit = np.where(lengths > EPS, wide / np.maximum(lengths, EPS), 0.0)
    cosines: Array = np.clip(unit @ unit.T, -1, 1).astype(np.float32)
    return cosines


def _cosine(values: Array, query: Array) -> Array:
    """1 - cosine of points (n, F) with `query` (F,) -> (n,)."""
    lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(query)
    cosines = np.where(lengths > EPS, values @ query / np.maximum(lengths, EPS), 0.0)
    distances: Array = np.clip(1 - cosines, 0, 2)
    return distances


def _euclidean(values: Array, query: Array) -> Array:
    lengths: Array = np.linalg.norm(values - query, axis=1)
    return lengths


def _distances(values: Array, row: int, metric: str) -> Array:
    """Of every point from point `row`, (n,) float64: in double precision, so that equal features are at distance 0."""
    query, step = values[row].astype(np.float64), max(1, CHUNK_BYTES // (8 * values.shape[1]))
    chunks = (values[start : start + step].astype(np.float64) for start in range(0, len(values), step))
    return np.concatenate([METRICS[metric](chunk, query) for chunk in chunks])


METRICS: dict[str, Callable[[Array, Array], Array]] = {"cosine": _cosine, "euclidean": _euclidean}
