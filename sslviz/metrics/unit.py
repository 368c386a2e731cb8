"""Unit rows: nearly every metric lives on the sphere."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

EPS = 1e-8
"""Shortest row that is divided by its length; a zero row stays zero, with a finite gradient."""


def unit(z: Tensor) -> Tensor:
    """Rows of length 1, in float32 at least. (n, D) -> (n, D)."""
    return F.normalize(widen(z), dim=1, eps=EPS)


def widen(z: Tensor) -> Tensor:
    """`z` in float32, or in float64 where it is that already: half types have too few digits to measure with."""
    return z if z.dtype in (torch.float32, torch.float64) else z.float()
