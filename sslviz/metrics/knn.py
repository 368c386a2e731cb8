"""Weighted k nearest neighbours (Wu et al. 2018, arXiv:1805.01978, Sec. 3.4; as in DINO's eval_knn.py): no training, no tuning."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from sslviz.metrics.unit import unit

CHUNK = 4_000_000
"""At most so many similarities at a time (16 MB in float32)."""


def knn_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor, k: int = 20, temperature: float = 0.07
) -> tuple[float, float]:
    """(top1, top5) in [0, 1] of queries (m, D), classified by their k nearest among bank (n, D) in cosine.

    Labels (n,), (m,) are any integers; the classes are those of the bank, so a query of another class counts as wrong.
    top5: the query's class is among the five with the most votes and has a vote. k = 20, T = 0.07 are DINO's; k = 200, T = 0.1
    lightly's. Raises ValueError for an empty bank; no queries give NaN.
    """
    classes, bank_classes = torch.unique(bank_labels, return_inverse=True)
    votes = knn_votes(bank, bank_classes, queries, k, temperature, classes=len(classes))  # (m, C)
    best = votes.topk(min(5, len(classes)), dim=1)
    right = ((classes[best.indices] == query_labels[:, None]) & (best.values > 0)).cpu()  # (m, <=5)
    return float(right[:, 0].double().mean()), float(right.any(1).double().mean())


def knn_votes(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, k: int = 20, temperature: float = 0.07, *, classes: int
) -> Tensor:
    """Votes exp((cos - best cos)/T) of the k nearest, summed by class 0 .. classes - 1. bank (n, D), queries (m, D) -> (m, classes).

    Dividing by the best neighbour's vote changes no order and keeps T = 0.01 from overflowing. k beyond n takes all of the bank.
    """
    if len(bank) == 0:
        raise ValueError("nearest neighbours need at least one labelled image in the bank")
    bank, queries = unit(bank), unit(queries)
    rows = max(1, CHUNK // len(bank))
    parts = [
        _vote(bank, bank_labels, chunk, min(k, len(bank)), temperature, classes) for chunk in torch.split(queries, rows)
    ]
    return torch.cat(parts)


def votes_of_others(
    features: Tensor, labels: Tensor, groups: Tensor, k: int = 20, temperature: float = 0.07, *, classes: int
) -> Iterator[Tensor]:
    """Leave one out: the votes of each point's k nearest among the points of other groups, some rows at a time, in order.

    features (n, D), labels (n,) in 0 .. classes - 1, groups (n,) integers, a number of its own for each point to leave out that
    point alone -> (rows, classes) each. As in `knn_votes`; a point that has no others gets no votes.
    """
    bank = unit(features.detach())
    n, size = len(bank), max(1, CHUNK // max(len(bank), 1))
    table = bank.new_empty(
        min(size, n), n
    )  # one for all rows: a new one each time scatters the heap, gigabytes for 60,000 points
    for start in range(0, n, size):
        rows = slice(start, start + size)
        cosines = torch.mm(bank[rows], bank.T, out=table[: len(bank[rows])])
        cosines.masked_fill_(groups[rows, None] == groups, -torch.inf)
        yield _counted(cosines, labels, min(k, n), temperature, classes)


def _vote(bank: Tensor, labels: Tensor, queries: Tensor, k: int, temperature: float, classes: int) -> Tensor:
    return _counted(queries @ bank.T, labels, k, temperature, classes)


def _counted(cosines: Tensor, labels: Tensor, k: int, temperature: float, classes: int) -> Tensor:
    """cosines (m, n), -inf where there is no vote -> (m, classes)."""
    nearest = cosines.topk(k, dim=1)  # (m, k), best first
    weights = ((nearest.values - nearest.values[:, :1]) / temperature).exp()
    weights = weights.clamp_min(torch.finfo(weights.dtype).tiny)  # a neighbour always has a vote, however small
    weights = weights.masked_fill(nearest.values == -torch.inf, 0)
    return weights.new_zeros(len(cosines), classes).scatter_add_(1, labels[nearest.indices], weights)
