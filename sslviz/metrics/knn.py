"""Weighted k nearest neighbours (Wu et al. 2018, arXiv:1805.01978, Sec. 3.4; as in DINO's eval_knn.py): no training, no tuning."""

from __future__ import annotations

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


def _vote(bank: Tensor, labels: Tensor, queries: Tensor, k: int, temperature: float, classes: int) -> Tensor:
    nearest = (queries @ bank.T).topk(k, dim=1)  # (m, k), best first
    weights = ((nearest.values - nearest.values[:, :1]) / temperature).exp()
    weights = weights.clamp_min(torch.finfo(weights.dtype).tiny)  # a neighbour always has a vote, however small
    return weights.new_zeros(len(queries), classes).scatter_add_(1, labels[nearest.indices], weights)
