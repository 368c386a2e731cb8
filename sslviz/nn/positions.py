"""Fixed sine and cosine positions on a grid, as MAE's authors lay them out (Vaswani et al. 2017 in two dimensions)."""

from __future__ import annotations

import torch
from torch import Tensor

WAVELENGTH = 10_000.0
"""Of the slowest wave, in units of 2π patches."""


def sincos_positions(dim: int, grid: tuple[int, int]) -> Tensor:
    """Embeddings of the places of a grid (h, w), row by row: (h·w, dim) float32, in [-1, 1].

    The first half tells the column, the second the row; each half is sines, then cosines, of dim/4 wavelengths.
    Raises ValueError where 4 does not divide `dim`.
    """
    if dim % 4:
        raise ValueError(f"sine and cosine of two coordinates need a width that 4 divides, not {dim}")
    h, w = grid
    rows, columns = torch.meshgrid(
        torch.arange(h, dtype=torch.float64), torch.arange(w, dtype=torch.float64), indexing="ij"
    )
    return torch.cat([_waves(dim // 2, columns.flatten()), _waves(dim // 2, rows.flatten())], dim=1).float()


def _waves(dim: int, place: Tensor) -> Tensor:
    """(n,) -> (n, dim)."""
    k = torch.arange(dim // 2, dtype=torch.float64) / (dim / 2)
    angles = place[:, None] / WAVELENGTH**k  # (n, dim/2)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
