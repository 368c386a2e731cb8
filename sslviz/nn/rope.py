"""Rotary position embeddings in two dimensions, as in DINOv3 (Siméoni et al. 2025; Su et al. 2021, arXiv:2104.09864)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Rotation = tuple[Tensor, Tensor]
"""Sine and cosine of each place's angles, (h·w, d) or, of chosen places, (B, 1, K, d)."""


def rotation_of(periods: Tensor, grid: tuple[int, int]) -> Rotation:
    """Rotations of the places of a grid (rows, columns). periods (d/4,) -> sine and cosine (rows·columns, d), d the head width.

    A place is the centre of its patch on [-1, 1] down and across; of each half of d, the first half turns with the row.
    """
    places = torch.stack(torch.meshgrid(*(_centres(n, periods) for n in grid), indexing="ij"), dim=-1).flatten(0, 1)
    angles = 2 * math.pi * places[:, :, None] / periods  # (h·w, 2, d/4)
    angles = angles.flatten(1).tile(2)  # (h·w, d)
    return angles.sin(), angles.cos()


def of_places(rotation: Rotation, keep: Tensor) -> Rotation:
    """The rotations of the chosen patches only: keep (B, K) -> (B, 1, K, d) each."""
    sine, cosine = rotation
    return sine[keep][:, None], cosine[keep][:, None]


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """Turns the tokens at the end of x, as many as the rotation has; those before have no place. x (B, heads, N, d) -> the same."""
    sine, cosine = rotation
    prefix = x.shape[-2] - sine.shape[-2]
    patches = x[..., prefix:, :]
    first, second = patches.chunk(2, dim=-1)
    turned = patches * cosine + torch.cat([-second, first], dim=-1) * sine
    return torch.cat([x[..., :prefix, :], turned], dim=-2)


def _centres(count: int, periods: Tensor) -> Tensor:
    """(count,) in [-1, 1]."""
    steps = torch.arange(0.5, count, device=periods.device, dtype=periods.dtype)
    return 2.0 * (steps / count) - 1.0
