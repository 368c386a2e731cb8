"""Mean and standard deviation of pixels, exact and in little memory."""

from __future__ import annotations

import numpy as np

from sslviz.data.base import Array

Triple = tuple[float, float, float]
_CHUNK = 512  # images at a time: a few MiB as float32
_LEAST_STD = 1e-3  # images of one colour must not divide by zero


def mean_std(images: Array) -> tuple[Triple, Triple]:
    """Per-channel mean and standard deviation of the pixels in [0, 1]. images (N, 3, H, W) uint8, N >= 1."""
    total = np.zeros(3)
    squares = np.zeros(3)
    for start in range(0, len(images), _CHUNK):
        planes = images[start : start + _CHUNK].astype(np.float32)  # (n, 3, H, W)
        total += planes.sum(axis=(2, 3)).sum(axis=0, dtype=np.float64)
        squares += np.einsum("nchw,nchw->nc", planes, planes).sum(axis=0, dtype=np.float64)
    pixels = images.size / 3
    mean = total / pixels
    std = np.sqrt(np.maximum(squares / pixels - mean**2, 0.0))
    return _triple(mean / 255.0), _triple(np.maximum(std / 255.0, _LEAST_STD))


def _triple(values: Array) -> Triple:
    red, green, blue = (round(float(value), 6) for value in values)
    return red, green, blue
