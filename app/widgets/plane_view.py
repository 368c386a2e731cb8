"""PlaneView: which part of a plane is on screen. Arithmetic without painting; y of the plane points up, y of the screen down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top, in units of the plane."""
MARGIN = 0.04
"""Of the shorter side, left free around everything."""


@dataclass(frozen=True, slots=True)
class PlaneView:
    """(x, y) of the plane is in the middle of a screen of (width, height) pixels, and a unit of it is `scale` pixels wide and high."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    width: float = 1.0
    height: float = 1.0

    def to_screen(self, points: NDArray[Any]) -> Floats:
        """Points (n, 2) of the plane as pixels (n, 2), from the upper left corner."""
        flip = np.array([self.scale, -self.scale], np.float32)
        middle = np.array([self.width / 2 - self.x * self.scale, self.height / 2 + self.y * self.scale], np.float32)
        return np.asarray(points, np.float32) * flip + middle

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """The place of the plane under a pixel."""
        return self.x + (x - self.width / 2) / self.scale, self.y - (y - self.height / 2) / self.scale

    def bounds(self, around: float = 0.0) -> Bounds:
        """What is on screen, and `around` so many pixels more."""
        half, tall = (self.width / 2 + around) / self.scale, (self.height / 2 + around) / self.scale
        return self.x - half, self.y - tall, self.x + half, self.y + tall

    def moved(self, dx: float, dy: float) -> PlaneView:
        """Everything so many pixels to the right and down."""
        return replace(self, x=self.x - dx / self.scale, y=self.y + dy / self.scale)

    def zoomed(self, factor: float, x: float, y: float) -> PlaneView:
        """Larger by a factor; what is under pixel (x, y) stays there."""
        at = self.to_plane(x, y)
        scale = self.scale * factor
        return replace(
            self, scale=scale, x=at[0] - (x - self.width / 2) / scale, y=at[1] + (y - self.height / 2) / scale
        )

    def resized(self, width: float, height: float) -> PlaneView:
        """On another screen, as much enlarged as its shorter side is longer, the middle in the middle."""
        before, after = min(self.width, self.height), min(width, height)
        return replace(self, width=width, height=height, scale=self.scale * after / before)


def bounds_of(points: NDArray[Any]) -> Bounds:
    """The box around points (n, 2); one of size 1 around the origin without any. What is not finite does not count."""
    x, y = points[:, 0], points[:, 1]
    fits = np.isfinite(x) & np.isfinite(y)
    if not fits.all():
        x, y = x[fits], y[fits]
    if not len(x):
        return -0.5, -0.5, 0.5, 0.5
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def fitted(bounds: Bounds, width: float, height: float) -> PlaneView:
    """All of `bounds` on a screen of this size; a single point is shown as if a unit of the plane were around it."""
    left, bottom, right, top = bounds
    wide, tall = right - left, top - bottom
    if max(wide, tall) <= 0:
        wide = tall = 1.0
    free = MARGIN * min(width, height)
    scale = min((width - 2 * free) / max(wide, 1e-12), (height - 2 * free) / max(tall, 1e-12))
    return PlaneView((left + right) / 2, (bottom + top) / 2, max(scale, 1e-12), width, height)
