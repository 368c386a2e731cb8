"""Backgrounds: a pattern in [0, 1] that mixes two dull colours, by kind, for many images at once.

Stripes and plaid are products of one-dimensional sinusoids; blobs, grain and the light are coarse noise through a smooth
interpolation matrix. So no kind costs more than a few operations a pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from sslviz.data.base import Array
from sslviz.data.shapes.dials import BACKGROUNDS
from sslviz.data.shapes.draws import Stream, uniform

_TURN = np.float32(2 * np.pi)
_DRAWS = 4  # numbers that a pattern takes


def axis(size: int) -> Array:
    """Pixel centres in [-1, 1], (size,) float32."""
    centres: Array = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / size) - np.float32(1)
    return centres


def pattern(kinds: Array, seed: int, images: Array, size: int, layer: int) -> Array:
    """Patterns (n, size, size) float32 in [0, 1]. kinds (n,) indices into BACKGROUNDS; others are even grey. `layer` tells two patterns of one image apart."""
    out = np.full((len(images), size, size), 0.5, np.float32)
    for kind, paint in enumerate(_PAINTERS):
        chosen = np.flatnonzero(kinds == kind)
        if len(chosen):
            draws = uniform(seed, Stream.PATTERN, images[chosen], 2, _DRAWS)[:, layer, :, None]
            noise = partial(coarse, seed, Stream.BLEND, images[chosen], layer=layer)
            out[chosen] = paint(draws, size, noise)
    return out


def coarse(seed: int, stream: Stream, images: Array, cells: int, layer: int = 0) -> Array:
    """Coarse noise (n, cells, cells) in [0, 1); other widths and layers of one image are independent."""
    return uniform(seed, stream, images + (np.int64(layer * 64 + cells) << np.int64(40)), cells, cells)


def smooth(noise: Array, size: int) -> Array:
    """Coarse noise (n, g, g) as a smooth field (n, size, size)."""
    weights = _interpolation(noise.shape[-1], size)
    field: Array = weights @ noise @ weights.T
    return field


@lru_cache(maxsize=32)
def _interpolation(cells: int, size: int) -> Array:
    """Uniform cubic B-spline weights (size, cells), rows sum to 1; splines wrap nowhere: the border holds its value."""
    at = (np.arange(size) + 0.5) / size * (cells - 1)
    t = np.abs(at[:, None] - np.arange(-1, cells + 1))  # (size, cells + 2)
    weights = np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.maximum(2 - t, 0) ** 3 / 6)
    weights[:, 1] += weights[:, 0]
    weights[:, -2] += weights[:, -1]
    return np.ascontiguousarray(weights[:, 1:-1], dtype=np.float32)


def _within(values: Array) -> Array:
    """Cut off below 0 and above 1."""
    cut: Array = np.clip(values, 0, 1)
    return cut


Noise = Callable[[int], Array]


def _gradient(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001 - all painters are called alike
    """A ramp in any direction. draws (n, 4, 1)."""
    line, angle = axis(size), draws[:, 0] * _TURN
    slope = np.float32(0.353)  # the corners of the steepest ramp just reach 0 and 1
    ramp: Array = 0.5 + slope * ((np.cos(angle) * line)[:, None, :] + (np.sin(angle) * line)[:, :, None])
    return ramp


def _stripes(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001
    """Straight bands: sin(u + v) = sin u cos v + cos u sin v."""
    line, angle = axis(size), draws[:, 0] * _TURN
    waves = 8 + 10 * draws[:, 1]  # radians a half width: 2.5 to 6 bands an image
    u = np.cos(angle) * waves * line + draws[:, 2] * _TURN
    v = np.sin(angle) * waves * line
    wave = np.sin(u)[:, None, :] * np.cos(v)[:, :, None] + np.cos(u)[:, None, :] * np.sin(v)[:, :, None]
    return _within(0.5 + wave)


def _plaid(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001
    """Bands across and down, laid over each other."""
    line = axis(size)
    across = _within(0.5 + np.sin((7 + 9 * draws[:, 0]) * line + draws[:, 1] * _TURN))
    down = _within(0.5 + np.sin((7 + 9 * draws[:, 2]) * line + draws[:, 3] * _TURN))
    both: Array = (across[:, None, :] + down[:, :, None]) * np.float32(0.5)
    return both


def _blobs(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001
    """Soft clouds."""
    return _within(0.5 + (smooth(noise(6), size) - 0.5) * np.float32(2.0))


def _grain(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001
    """Fine mottling."""
    return _within(0.5 + (smooth(noise(20), size) - 0.5) * np.float32(1.6))


def _rays(draws: Array, size: int, noise: Noise) -> Array:  # noqa: ARG001
    """Beams from a point off the centre."""
    line = axis(size)
    dx = line - (draws[:, 0] * 1.6 - 0.8)  # (n, size)
    dy = line - (draws[:, 1] * 1.6 - 0.8)
    beams = 5 + np.floor(draws[:, 2] * 5)
    angle = np.arctan2(dy[:, :, None], dx[:, None, :])
    return _within(0.5 + np.sin(angle * beams[:, None] + draws[:, 3, None] * _TURN))


_PAINTERS = (_gradient, _stripes, _plaid, _blobs, _grain, _rays)
if len(_PAINTERS) != len(BACKGROUNDS):
    raise AssertionError("one painter a background")
