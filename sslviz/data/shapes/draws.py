"""Random numbers by counter: draw k of image i depends on (seed, stream, i, k) alone, never on how images are grouped.

SplitMix64's finaliser (Steele, Lea & Flood 2014) over a counter; 24 of its bits make a float32.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sslviz.data.base import Array

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


class Stream(IntEnum):
    """Independent streams, one a use; never renumber: a seed must give the same images for ever."""

    COUNT = 1
    SHAPE = 2
    COLOUR = 3
    SIZE = 4
    PLACE = 5
    ROTATION = 6
    TEXTURE = 7
    LIGHT = 8
    BACKGROUND = 9
    BACKGROUND_COLOUR = 10
    PATTERN = 11
    BLEND = 12
    ILLUMINATION = 13
    NOISE = 14
    MARK = 15


def uniform(seed: int, stream: Stream, images: Array, *shape: int) -> Array:
    """Uniform float32 in [0, 1), (len(images), *shape). images (n,) int64, the numbers of the images."""
    key = np.array([(seed * _GOLDEN + (int(stream) << 32)) & _MASK], np.uint64)
    base = _mix(_mix(key) + images.astype(np.uint64) * np.uint64(0xD1342543DE82EF95))
    counter = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    bits = _mix(base[:, None] + counter) >> np.uint64(40)
    return (bits.astype(np.float32) * np.float32(2.0**-24)).reshape(len(images), *shape)


def pick(draws: Array, count: int) -> Array:
    """Whole numbers 0 .. count - 1 from uniform draws."""
    return (draws * count).astype(np.int64)


def _mix(z: Array) -> Array:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = z ^ (z >> np.uint64(31))
    return mixed
