"""Crop, flip, anti-aliased resize and blur as two matrices a view, one for the rows and one for the columns.

Each of the four is linear and separable, so a view is R_y X R_x^T. The weights are those of torchvision's
`resize(antialias=True)` (a triangle as wide as the reduction, cut off at the crop's border) and `gaussian_blur` (a truncated
Gaussian, the border reflected). No departure but the order of rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Stretch:
    """Which part of an axis of `size` source pixels each of n views shows on its `out` pixels."""

    size: int
    centres: Tensor  # (n, out) of each output pixel, in source pixels
    start: Tensor  # (n, 1) first source pixel of the crop
    end: Tensor  # (n, 1) behind the last one

    @classmethod
    def of(cls, start: Tensor, length: Tensor, size: int, out: int, flip: Tensor | None = None) -> Stretch:
        """Pixels start .. start + length (n,) of `size` onto `out`, mirrored where `flip`."""
        places = torch.arange(out, device=start.device) + 0.5  # (out,)
        if flip is not None:
            places = torch.where(flip[:, None], out - places, places)
        start, length = start[:, None], length[:, None]
        return cls(size, places * (length / out) + start, start, start + length)

    def __getitem__(self, part: slice) -> Stretch:
        return Stretch(self.size, self.centres[part], self.start[part], self.end[part])

    def matrices(self) -> Tensor:
        """(n, out, size), each row sums to 1."""
        out = self.centres.shape[1]
        pixels = torch.arange(self.size, device=self.centres.device) + 0.5
        if self.size <= out:  # a part is never larger than the whole: nothing shrinks, two neighbours are enough
            centres = torch.maximum(torch.minimum(self.centres, self.end - 0.5), self.start + 0.5)
            return (centres[:, :, None] - pixels).abs_().neg_().add_(1.0).clamp_(min=0.0)
        reach = ((self.end - self.start) / out).clamp_(min=1.0)[:, :, None]
        weights = (self.centres[:, :, None] - pixels).abs_().div_(reach).neg_().add_(1.0).clamp_(min=0.0)
        inside = (pixels > self.start) & (pixels < self.end)  # (n, size)
        weights.mul_(inside[:, None])
        return weights.div_(weights.sum(2, keepdim=True))


def blur_radius(largest_sigma: float) -> int:
    """Half the width of the kernel, px: three standard deviations of the strongest blur."""
    return math.ceil(3.0 * largest_sigma)


def gaussian_taps(sigma: Tensor, radius: int) -> Tensor:
    """(n, radius + 1) weights at distance 0 .. radius that sum to 1 over the whole kernel; sigma 0 leaves a single tap."""
    distance = torch.arange(radius + 1, device=sigma.device, dtype=torch.float32)
    taps = torch.exp(-0.5 * (distance / sigma.clamp(min=1e-3)[:, None]).square_())
    return taps / (2.0 * taps.sum(1, keepdim=True) - taps[:, :1])


@dataclass(frozen=True, eq=False)
class BlurAxis:
    """Turns taps into blur matrices along an axis of `size` pixels, the border reflected as torchvision does.

    `places[d, i, j]` counts how often output i reads input j at distance d.
    """

    size: int
    radius: int
    places: Tensor  # (radius + 1, size * size)

    @classmethod
    def build(cls, size: int, radius: int, device: torch.device) -> BlurAxis:
        """`radius` is cut to what can be reflected."""
        radius = min(radius, size - 1)
        places = torch.zeros(radius + 1, size, size)
        for i in range(size):
            for offset in range(-radius, radius + 1):
                j = abs(i + offset)
                places[abs(offset), i, min(j, 2 * (size - 1) - j)] += 1.0
        return cls(size, radius, places.flatten(1).to(device))

    def matrices(self, sigma: Tensor) -> Tensor:
        """(n, size, size); sigma (n,) in px, 0 for no blur."""
        return (gaussian_taps(sigma, self.radius) @ self.places).view(-1, self.size, self.size)
