"""Prototypes: directions that images are sorted by (SwAV, DINO), and the cross-entropy between crops."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.precision import full_precision, widen

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient."""


class Prototypes(nn.Module):
    """K directions in D dimensions: unit vectors u (n, D) -> scores u·c (n, K), float32 or wider."""

    def __init__(self, dim: int, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(F.normalize(torch.randn(count, dim), dim=1))  # (K, D)

    @torch.no_grad()
    def normalise(self) -> None:
        """Put every prototype back to unit length, in place: no gradient flows through it, as in SwAV's code."""
        self.weight.copy_(F.normalize(self.weight, dim=1, eps=EPS))

    def forward(self, u: Tensor) -> Tensor:
        with full_precision(u.device):
            u = widen(u)
            return F.linear(u, self.weight.to(u.dtype))


def cross_entropies(targets: Tensor, log_p: Tensor) -> Tensor:
    """-Σ_k t_k log p_k, averaged over the images, of every target with every prediction: (T, B, K), (V, B, K) -> (T, V)."""
    return -torch.einsum("tbk,vbk->tv", targets, log_p) / targets.shape[1]


def of_other_crops(values: Tensor) -> Tensor:
    """`values` (T, V) with 0 where a crop would be compared with itself; the T targets belong to the first T crops."""
    return values.masked_fill(torch.eye(*values.shape, dtype=torch.bool, device=values.device), 0)


def pairs(targets: int, crops: int) -> int:
    """How many pairs (target, other crop) there are."""
    return targets * (crops - 1)


def shares(crossed: Tensor, targets: int) -> dict[str, Tensor]:
    """What the global and the local crops add to the mean of `crossed` (T, V), as `of_other_crops` gives it: () each, detached."""
    parts = {"global": crossed[:, :targets], "local": crossed[:, targets:]}
    count = pairs(*crossed.shape)
    return {name: part.sum().detach() / count for name, part in parts.items() if part.numel()}
