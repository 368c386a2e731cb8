"""Learned position tables on another grid. Each family resizes its own way, and the ways give different numbers.

Every rule: table (rows · columns, D) row by row, old grid, new grid -> (new rows · new columns, D). A grid is (rows, columns).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.nn.errors import NetworkError

Grid = tuple[int, int]
Rule = Callable[[Tensor, Grid, Grid], Tensor]

OFFSET = 0.1
"""Added by DINO to the new grid, so that rounding never loses a row. It moves the places that are read."""


def dino(table: Tensor, old: Grid, new: Grid) -> Tensor:
    """Bicubic by a factor of (new + 0.1) / old a side, which is what the places are read with (DINO, iBOT, DINOv2)."""
    factors = ((new[0] + OFFSET) / old[0], (new[1] + OFFSET) / old[1])
    return _resized(table, old, new, scale_factor=factors)


def by_size(table: Tensor, old: Grid, new: Grid) -> Tensor:
    """Bicubic to the size (MAE's fine-tuning, Hugging Face)."""
    return _resized(table, old, new, size=new)


def by_size_antialiased(table: Tensor, old: Grid, new: Grid) -> Tensor:
    """Bicubic to the size, smoothed where it shrinks (timm, DINOv2 with registers)."""
    return _resized(table, old, new, size=new, antialias=True)


def corners_aligned(table: Tensor, old: Grid, new: Grid) -> Tensor:
    """Bicubic with corner patches kept in place (torchvision)."""
    return _resized(table, old, new, size=new, align_corners=True)


def fixed(table: Tensor, old: Grid, new: Grid) -> Tensor:
    """The table as it is. Raises NetworkError for another grid."""
    if old != new:
        raise NetworkError(
            f"This network knows the places of {old[0]} x {old[1]} patches only, not of {new[0]} x {new[1]}.",
            "Use the image size that it was trained with.",
            field="image_size",
        )
    return table


RULES: Mapping[str, Rule] = {
    "dino": dino, "size": by_size, "size_antialias": by_size_antialiased, "align_corners": corners_aligned, "fixed": fixed,
}  # fmt: skip


def _resized(table: Tensor, old: Grid, new: Grid, **how: Any) -> Tensor:
    """The table as it is where the grid is the same: every family's code does so for square images."""
    if old == new:
        return table
    picture = table.float().reshape(1, *old, -1).permute(0, 3, 1, 2)  # (1, D, rows, columns)
    return F.interpolate(picture, mode="bicubic", **how).permute(0, 2, 3, 1).flatten(0, 2).to(table.dtype)
