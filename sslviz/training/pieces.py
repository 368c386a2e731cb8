"""Gradient accumulation: a batch in equal pieces, and what they told put together. What that means: `OptimiserConfig`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from sslviz.methods import Batch
from sslviz.spec.config import OptimiserConfig
from sslviz.training.errors import TrainingError

Views = tuple[Tensor, ...]
Numbers = Mapping[str, Tensor]


def require_pieces(batch_size: int, optimiser: OptimiserConfig) -> None:
    """Raises TrainingError where a batch does not fall into equal pieces of at least two images."""
    k = optimiser.accumulate
    if k == 1 or (batch_size % k == 0 and batch_size >= 2 * k):
        return
    fitting = [n for n in range(1, min(k, batch_size // 2) + 1) if batch_size % n == 0]
    raise TrainingError(
        f"A batch of {batch_size:,} cannot be cut into {k:,} equal pieces of two images or more.",
        f"Accumulate over {fitting[-1] if fitting else 1}, or choose a batch of {k * max(2, -(-batch_size // k)):,}.",
        field="optimiser.accumulate",
    )


def cut(views: Views, batch: Batch, k: int) -> list[tuple[Views, Batch]]:
    """Views (count, B, 3, h, w) each and their batch in k pieces of B/k images, in their order. One piece is the batch itself."""
    if k == 1:
        return [(views, batch)]
    n = views[0].shape[1] // k
    return [(tuple(view[:, i : i + n] for view in views), _part(batch, slice(i, i + n))) for i in range(0, n * k, n)]


def _part(batch: Batch, where: slice) -> Batch:
    """Some images of a batch. The generator is shared: each piece draws where the one before stopped."""
    return dataclasses.replace(
        batch,
        indices=batch.indices[where],
        labels=None if batch.labels is None else batch.labels[where],
        factors={name: values[where] for name, values in batch.factors.items()},
    )


def mean_of(numbers: Sequence[Numbers]) -> Numbers:
    """The mean of each number () over the pieces that told it; those of a single piece as they are."""
    if len(numbers) == 1:
        return numbers[0]
    names = dict.fromkeys(name for told in numbers for name in told)
    return {
        name: torch.stack([told[name].detach().float() for told in numbers if name in told]).mean() for name in names
    }
