"""Where the points stand before UMAP or t-SNE moves them: on the features' principal components (Kobak & Linderman 2021,
doi:10.1038/s41587-020-00809-z), so that the large picture is not left to chance and a map grows out of the one by PCA."""

from __future__ import annotations

import numpy as np

from sslviz.inspect.layouts.pca import principal
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan

_JITTER = 1e-5  # of the width: nothing to see, and enough to part points that fell on one place or on one line


def starting_points(values: Array, plan: LayoutPlan, start: Array | None, width: float) -> Array:
    """(n, 2) float32 centred, as wide as `width` on its longer side: `start`, or principal components of what the distance sees."""
    points = principal(_seen(values, plan.metric))[0] if start is None else np.asarray(start, np.float32)
    points = points - points.mean(axis=0)
    largest = float(abs(points).max()) or 1.0
    noise = np.random.default_rng(plan.seed).normal(scale=_JITTER * width, size=points.shape)
    return (points * (0.5 * width / largest) + noise).astype(np.float32)


def _seen(values: Array, metric: str) -> Array:
    if metric != "cosine":
        return values
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: Array = values / np.where(lengths > 0, lengths, 1.0)
    return unit
