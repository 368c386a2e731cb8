"""Holes of context encoders (Pathak et al. 2016, arXiv:1604.07379, Sec. 3.3): which pixels of an image are missing.

Holes are (B, 1, H, W) bool, True where a pixel is missing.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

BLOCKS = 4
"""Rectangles of a random hole: "a number of smaller possibly overlapping masks"."""

LEAST = 0.5
"""A block's area lies between this share of its part of the hole and all of it; its sides between 1:2 and 2:1."""


def central_hole(count: int, size: tuple[int, int], share: float, device: torch.device) -> Tensor:
    """One rectangle of the image's own shape in the middle, about `share` of its area, 1 pixel at least."""
    hole = torch.zeros(count, 1, *size, dtype=torch.bool, device=device)
    inside = [_middle(side, max(1, round(side * math.sqrt(share)))) for side in size]
    hole[:, :, inside[0], inside[1]] = True
    return hole


def _middle(side: int, length: int) -> slice:
    start = (side - length) // 2
    return slice(start, start + length)


def random_hole(count: int, size: tuple[int, int], share: float, generator: torch.Generator) -> Tensor:
    """BLOCKS rectangles that may overlap, of at most `share` of the area together; wholly inside the image, 1 pixel at least."""
    height, width = size
    draw = torch.rand(count, BLOCKS, 4, generator=generator, device=generator.device)
    area = share / BLOCKS * (LEAST + (1 - LEAST) * draw[..., 0])  # of the image's
    stretch = 2 ** (draw[..., 1] - 0.5)
    down = _inside(height, (area.sqrt() * stretch * height).clamp(1, height), draw[..., 2])  # (count, BLOCKS, H)
    across = _inside(width, (area.sqrt() / stretch * width).clamp(1, width), draw[..., 3])  # (count, BLOCKS, W)
    return (down[:, :, :, None] & across[:, :, None, :]).any(1, keepdim=True)


def _inside(side: int, length: Tensor, place: Tensor) -> Tensor:
    """Which of `side` pixels lie in a stretch of `length` (rounded down) that starts at the share `place` of the room left."""
    whole = length.floor()
    start = ((side - whole + 1) * place).floor().clamp_max(side - 1)
    pixel = torch.arange(side, device=place.device)
    return (pixel >= start[..., None]) & (pixel < (start + whole)[..., None])


def rim(hole: Tensor, width: int) -> Tensor:
    """The visible pixels at most `width` px from the hole, diagonals included. (B, 1, H, W) bool -> the same."""
    grown = F.max_pool2d(hole.float(), 2 * width + 1, stride=1, padding=width)
    return (grown > 0) & ~hole
