"""Contrastive ranking: is an image's own second view the nearest of the batch? (UvA DL tutorial 17; SimCLR's contrastive accuracy)"""

from __future__ import annotations

import torch
from torch import Tensor

from sslviz.metrics.unit import unit


def positive_ranks(z0: Tensor, z1: Tensor) -> Tensor:
    """How many of the other 2N - 2 views are at least as close to each anchor as its positive. z0, z1 (N, D) -> (2N,) int64.

    0 is best. Ties count against the model, so that full collapse ranks last and not first; cosines that differ by less than
    the rounding of a few operations are ties.
    """
    u = unit(torch.cat([z0, z1]))  # (2N, D)
    s = u @ u.T  # (2N, 2N)
    i = torch.arange(len(u), device=u.device)
    j = (i + len(z0)) % len(u)
    rounding = 4 * torch.finfo(s.dtype).eps
    closer = s >= s[i, j][:, None] - rounding
    closer[i, i] = False
    closer[i, j] = False
    return closer.sum(1)


def rank_accuracy(z0: Tensor, z1: Tensor) -> tuple[float, float, float]:
    """(top1, top5, mean position) over the 2N anchors: shares in [0, 1], and the positive's mean place from 1. z0, z1 (N, D)."""
    ranks = positive_ranks(z0, z1).cpu().double()  # not every device has float64
    return (
        float((ranks == 0).double().mean()),
        float((ranks < 5).double().mean()),
        float(1 + ranks.mean()),
    )
