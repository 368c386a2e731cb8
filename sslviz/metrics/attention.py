"""What attention maps cover: the mask that keeps a share of the mass (as in DINO, Caron et al. 2021, arXiv:2104.14294, Fig. 4),
rollout over layers (Abnar and Zuidema 2020, arXiv:2005.00928), and how well a map finds an object whose mask is known."""

from __future__ import annotations

import torch
from torch import Tensor

from sslviz.metrics.unit import widen


def mass_mask(attention: Tensor, share: float = 0.6) -> Tensor:
    """The fewest patches that hold `share` of each map's mass: attention (..., patches), any positive scale -> bool, same shape.

    The patch that crosses the share is kept, as in DINO's visualize_attention.py. share: in (0, 1].
    """
    mass = widen(attention)
    mass = mass / mass.sum(-1, keepdim=True)
    ascending = mass.sort(dim=-1)
    kept = ascending.values.cumsum(-1) > 1 - share
    return torch.zeros_like(kept).scatter_(-1, ascending.indices, kept)


def to_pixels(patches: Tensor, patch: int) -> Tensor:
    """Each patch as a square of pixels: (..., rows, columns) -> (..., rows * patch, columns * patch)."""
    return patches.repeat_interleave(patch, dim=-2).repeat_interleave(patch, dim=-1)


def rollout(attentions: Tensor) -> Tensor:
    """How tokens of the input reach those of the last layer: (layers, heads, n, n), rows sum to 1 -> (n, n), rows sum to 1.

    Heads are averaged, the residual path is an identity of the same weight, and later layers stand on the left.
    """
    mean = widen(attentions).mean(1)  # (layers, n, n)
    mixed = mean + torch.eye(mean.shape[-1], dtype=mean.dtype, device=mean.device)
    mixed = mixed / mixed.sum(-1, keepdim=True)
    joint = mixed[0]
    for layer in mixed[1:]:
        joint = layer @ joint
    return joint


def jaccard(found: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of masks (..., n) and (..., n) bool -> (...,); two empty masks give NaN."""
    both, either = (found & truth).sum(-1), (found | truth).sum(-1)
    return both.double() / either


def auroc(scores: Tensor, truth: Tensor) -> Tensor:
    """Probability that a point inside the mask scores higher than one outside, ties count half: (..., n), (..., n) bool -> (...,).

    0.5 is chance. NaN where the mask is empty or everything.
    """
    truth = truth.expand(scores.shape)
    ranks = _mid_ranks(widen(scores))  # (..., n), from 1
    inside = truth.sum(-1).double()
    outside = truth.shape[-1] - inside
    above = (ranks * truth).sum(-1) - inside * (inside + 1) / 2
    return above / (inside * outside)


def _mid_ranks(values: Tensor) -> Tensor:
    """Rank of each value among its row from 1, equal values sharing the mean of theirs: (..., n) -> (..., n) float64."""
    ordered = values.sort(dim=-1).values.contiguous()
    below = torch.searchsorted(ordered, values.contiguous(), right=False)
    up_to = torch.searchsorted(ordered, values.contiguous(), right=True)
    return (below + up_to + 1).double() / 2
