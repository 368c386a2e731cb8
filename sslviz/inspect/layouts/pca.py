"""Principal components (Pearson 1901): the two orthogonal directions in which the features vary most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sslviz.spec.events import Array

_ROWS = 8_192


def principal(values: Array) -> tuple[Array, tuple[float, float]]:
    """values (n, F), n >= 1 -> points (n, 2) float32 on the first two principal axes, and the share of the variance on each.

    By the eigenvectors of the covariance, in float64. An axis points to where its largest weight is positive, so that equal features
    always give the same picture. Features that do not vary give zeros, and shares of 0.
    """
    mean = values.mean(axis=0, dtype=np.float64)  # (F,)
    if values.shape[1] <= len(values):
        shares, axes = _of_features(values, mean)
    else:
        shares, axes = _of_points(values, mean)
    axes = axes * np.where(np.take_along_axis(axes, abs(axes).argmax(axis=0)[None], axis=0) < 0, -1.0, 1.0)
    points = np.zeros((len(values), 2), np.float32)
    for rows, block in _centred(values, mean):
        points[rows, : axes.shape[1]] = block @ axes
    return points, (float(shares[0]), float(shares[1]))


def _of_features(values: Array, mean: Array) -> tuple[Array, Array]:
    """Shares (2,) and axes (F, <= 2) from the covariance of the features, (F, F)."""
    covariance = np.zeros((len(mean), len(mean)))
    for _, block in _centred(values, mean):
        covariance += block.T @ block
    total = float(np.trace(covariance))
    largest, axes = _top(covariance)
    return _shares(largest, total), axes


def _of_points(values: Array, mean: Array) -> tuple[Array, Array]:
    """The same where there are fewer points than features: from the products of the points, (n, n), which have the same eigenvalues."""
    centred = values - mean
    products = centred @ centred.T
    largest, weights = _top(products)
    axes = centred.T @ weights
    lengths = np.linalg.norm(axes, axis=0)
    return _shares(largest, float(np.trace(products))), axes / np.where(lengths > 0, lengths, 1.0)


def _top(matrix: Array) -> tuple[Array, Array]:
    """The two largest eigenvalues, falling, and their eigenvectors as columns."""
    from scipy.linalg import eigh

    size = len(matrix)
    largest, vectors = eigh(matrix, subset_by_index=(max(0, size - 2), size - 1))
    return largest[::-1], vectors[:, ::-1]


def _shares(largest: Array, total: float) -> Array:
    shares = np.zeros(2)
    if total > 0:
        shares[: len(largest)] = np.clip(largest / total, 0.0, 1.0)
    return shares


def _centred(values: Array, mean: Array) -> Iterator[tuple[slice, Array]]:
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        yield rows, values[rows] - mean
