"""Random resized crops: the boxes of torchvision's RandomResizedCrop (Szegedy et al. 2015), for a whole batch.

Area uniform in `scale`, aspect ratio log-uniform in [1/r, r], sides rounded to whole pixels, the first of 10 candidates that
fits, else the largest central box with an allowed ratio; the place uniform among those that fit. No departure.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sslviz.data.augment.draws import Draws


class Boxes(NamedTuple):
    """Crops in whole source pixels, each (n,) float32."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor


def whole(draws: Draws, size: tuple[int, int]) -> Boxes:
    """The uncropped picture for every view."""
    zero = torch.zeros_like(draws["top"])
    return Boxes(zero, zero, torch.full_like(zero, size[0]), torch.full_like(zero, size[1]))


def random_boxes(draws: Draws, size: tuple[int, int], scale: tuple[float, float], ratio: float) -> Boxes:
    """Boxes in images of `size` (height, width); `scale` bounds the area as a share, `ratio` >= 1 the aspect ratio."""
    heights, widths = _candidates(draws, size, (min(scale), max(scale)), ratio)  # (10, n) each
    fits = (heights > 0) & (heights <= size[0]) & (widths > 0) & (widths <= size[1])
    first, some = fits.to(torch.uint8).argmax(0, keepdim=True), fits.any(0)  # (1, n), (n,)
    sides = []
    for candidates, whole_side, fallback, place in zip(
        (heights, widths), size, _central(size, ratio), ("top", "left"), strict=True
    ):
        side = torch.where(some, candidates.gather(0, first)[0], float(fallback))
        room = whole_side - side
        start = torch.minimum((draws[place] * (room + 1)).floor_(), room)  # a uniform number may round up to 1
        sides.append((torch.where(some, start, float((whole_side - fallback) // 2)), side))
    (top, height), (left, width) = sides
    return Boxes(top, left, height, width)


def _candidates(draws: Draws, size: tuple[int, int], scale: tuple[float, float], ratio: float) -> tuple[Tensor, Tensor]:
    """Heights and widths in whole pixels, (TRIES, n) each; some do not fit."""
    u_area, u_ratio = draws.candidates()
    side = (u_area * (scale[1] - scale[0]) + scale[0]).mul_(size[0] * size[1]).sqrt_()
    root = torch.exp((u_ratio - 0.5) * math.log(ratio))  # square root of width / height
    return (side / root).round_(), (side * root).round_()


def _central(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """Height and width of the largest box whose ratio is allowed."""
    height, width = size
    if width / height > ratio:
        return height, round(height * ratio)
    if width / height < 1 / ratio:
        return round(width * ratio), width
    return height, width
