"""Signed distances to the eight outlines, negative inside, for objects of radius 1.

The formulas for the triangle, the star, the hexagon and the box are Inigo Quilez's ("2D distance functions", iquilezles.org, MIT).
Measures are chosen so that the shapes cover about the same area (within a third) and keep within the unit circle but for thin tips:
size tells nothing about shape.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sslviz.data.base import Array

_SQRT3 = 3**0.5


def circle(x: Array, y: Array) -> Array:
    """A disc."""
    return _length(x, y) - np.float32(0.82)


def square(x: Array, y: Array) -> Array:
    """A square with sides along the axes."""
    return _box(np.abs(x), np.abs(y), 0.73, 0.73)


def triangle(x: Array, y: Array) -> Array:
    """An equilateral triangle that points up."""
    r = np.float32(0.96)  # half a side
    x, y = np.abs(x) - r, r / np.float32(_SQRT3) - y
    outside = x + np.float32(_SQRT3) * y > 0
    x, y = (
        np.where(outside, (x - np.float32(_SQRT3) * y) / 2, x),
        np.where(outside, (-np.float32(_SQRT3) * x - y) / 2, y),
    )
    x = x - np.clip(x, -2 * r, 0)
    return -_length(x, y) * np.sign(y)


def star(x: Array, y: Array) -> Array:
    """A five-pointed star, one point up."""
    r, inner = np.float32(1.05), np.float32(0.50)
    y = -y
    x = np.abs(x)
    for sign in (1, -1):  # fold the plane twice along the star's mirror lines
        ax, ay = np.float32(sign * 0.809016994), np.float32(-0.587785252)
        twice = 2 * np.maximum(ax * x + ay * y, 0)
        x, y = x - twice * ax, y - twice * ay
    x, y = np.abs(x), y - r
    bx, by = inner * np.float32(0.587785252), inner * np.float32(0.809016994) - 1
    h = np.clip((x * bx + y * by) / (bx * bx + by * by), 0, r)
    distance: Array = _length(x - bx * h, y - by * h) * np.sign(y * bx - x * by)
    return distance


def ring(x: Array, y: Array) -> Array:
    """An annulus."""
    distance: Array = np.abs(_length(x, y) - np.float32(0.67)) - np.float32(0.22)
    return distance


def cross(x: Array, y: Array) -> Array:
    """Two crossed bars, as in a plus sign."""
    x, y = np.abs(x), np.abs(y)
    distance: Array = np.minimum(_box(x, y, 0.92, 0.31), _box(x, y, 0.31, 0.92))
    return distance


def hexagon(x: Array, y: Array) -> Array:
    """A regular hexagon, flat side up."""
    r = np.float32(0.79)  # to the middle of a side
    x, y = np.abs(x), np.abs(y)
    twice = 2 * np.minimum(np.float32(-_SQRT3 / 2) * x + y / 2, 0)
    x, y = x + np.float32(_SQRT3 / 2) * twice, y - twice / 2
    x, y = x - np.clip(x, -r / np.float32(_SQRT3), r / np.float32(_SQRT3)), y - r
    distance: Array = _length(x, y) * np.sign(y)
    return distance


def crescent(x: Array, y: Array) -> Array:
    """A moon, open to the right."""
    x = x + np.float32(0.12)
    return np.maximum(_length(x, y) - np.float32(0.95), np.float32(0.74) - _length(x - np.float32(0.48), y))


OUTLINES: tuple[Callable[[Array, Array], Array], ...] = (circle, square, triangle, star, ring, cross, hexagon, crescent)
"""In the order of `dials.SHAPES`. Each takes x, y of equal shape, y downwards, and returns distances in units of the radius."""


def _length(x: Array, y: Array) -> Array:
    """Euclidean length; several times faster than numpy's guarded hypot."""
    length: Array = np.sqrt(x * x + y * y)
    return length


def _box(x: Array, y: Array, half_width: float, half_height: float) -> Array:
    """Distance to a box in the first quadrant (x, y >= 0)."""
    dx, dy = x - np.float32(half_width), y - np.float32(half_height)
    return _length(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
