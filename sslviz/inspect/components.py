"""Principal components of patch features as colours (as in DINOv2, Oquab et al. 2023, arXiv:2304.07193, Fig. 1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LOW, HIGH = 0.01, 0.99
"""Quantiles that become the darkest and the brightest shade of a channel."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The first three principal components of the features at h x w places."""

    colours: Tensor  # (h, w, 3) uint8: red the first, green the second, blue the third
    first: Tensor  # (h, w) float32, in units of its deviation
    kept: Tensor  # (h, w) bool: where the first is above 0
    shares: tuple[float, ...]  # of the variance that each holds


def components(patches: Tensor, grid: tuple[int, int]) -> Components:
    """patches (h·w, D), row by row. Directions have no sign of their own, so it is chosen: the first's such that the middle of the
    picture lies above its border, where the background mostly is; the others' such that their longest tail is bright."""
    scores, shares = _project(patches.cpu().double())  # (L, 3); Apple's GPU has no float64
    maps = scores.T.reshape(3, *grid)
    signs = torch.stack([_middle_sign(maps[0]), _tail_sign(scores[:, 1]), _tail_sign(scores[:, 2])])
    scores, maps = scores * signs, maps * signs[:, None, None]
    first = maps[0] / maps[0].std().clamp_min(1e-12) if maps[0].numel() > 1 else maps[0]
    return Components(_colours(scores).reshape(*grid, 3), first.float(), first > 0, shares)


def _project(x: Tensor) -> tuple[Tensor, tuple[float, ...]]:
    """Scores of the three directions of the largest variance, (L, 3), and their shares: from the smaller Gram matrix."""
    x = x - x.mean(0)
    gram = x @ x.T if len(x) <= x.shape[1] else x.T @ x
    values, vectors = torch.linalg.eigh(gram)  # ascending
    values, vectors = values.flip(0)[:3].clamp_min(0), vectors.flip(1)[:, :3]
    scores = vectors * values.sqrt() if len(x) <= x.shape[1] else x @ vectors
    missing = 3 - scores.shape[1]  # two features or two places span no three directions
    total = float(gram.diagonal().sum())
    shares = tuple(float(value) / total if total > 0 else 0.0 for value in values) + (0.0,) * missing
    return torch.nn.functional.pad(scores, (0, missing)), shares


def _middle_sign(component: Tensor) -> Tensor:
    """The sign with which the middle lies above the border; that of the longest tail where a grid has no middle."""
    if min(component.shape) < 3:
        return _tail_sign(component.flatten())
    middle = component[1:-1, 1:-1]
    border = (component.sum() - middle.sum()) / (component.numel() - middle.numel())
    return torch.where(middle.mean() < border, -1.0, 1.0).to(component)


def _tail_sign(scores: Tensor) -> Tensor:
    return torch.where(scores.pow(3).sum() < 0, -1.0, 1.0).to(scores)


def _colours(scores: Tensor) -> Tensor:
    """(L, 3) -> (L, 3) uint8, each channel between its quantiles; one that never changes is middle grey."""
    low, high = scores.quantile(LOW, dim=0), scores.quantile(HIGH, dim=0)
    flat = high - low < 1e-9 * scores.abs().max().clamp_min(1e-12)
    unit = torch.where(flat, 0.5, (scores - low) / torch.where(flat, 1.0, high - low))
    return (unit.clamp(0, 1) * 255).round().to(torch.uint8)
