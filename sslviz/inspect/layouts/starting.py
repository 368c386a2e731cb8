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
    if start is None:
        start = principal(unit(values) if plan.metric == "cosine" else values)[0]
    points = start - start.mean(axis=0)
    largest = float(abs(points).max()) or 1.0
    noise = np.random.default_rng(plan.seed).normal(scale=_JITTER * width, size=points.shape)
    return np.asarray(points * (0.5 * width / largest) + noise, np.float32)


def unit(values: Array) -> Array:
    """Rows at length 1, as the cosine sees them; rows of zeros stay."""
    largest = abs(values).max(axis=1, keepdims=True, initial=0)  # so that no square is too large or too small
    scaled = values / np.where(largest > 0, largest, 1.0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    rows: Array = scaled / np.where(lengths > 0, lengths, 1.0)
    return rows
