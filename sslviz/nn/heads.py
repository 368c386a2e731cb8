"""Heads: the small networks between an encoder and a loss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from torch import nn


def mlp(
    sizes: Sequence[int], *, batch_norm: bool, last_batch_norm: bool = False, last_bias: bool = True
) -> nn.Sequential:
    """Linear layers of `sizes` (inputs, hidden ..., outputs) with ReLU between them: (B, sizes[0]) -> (B, sizes[-1]).

    batch_norm: after each hidden layer, before its ReLU. last_batch_norm: after the last layer as well.
    last_bias: a bias in the last layer. A layer that batch norm follows never has one: the norm would cancel it.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a head needs at least two positive sizes, not {list(sizes)}")
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes[:-1]):
        layers.append(nn.Linear(inputs, outputs, bias=not batch_norm))
        layers += [nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)] if batch_norm else [nn.ReLU(inplace=True)]
    layers.append(nn.Linear(sizes[-2], sizes[-1], bias=last_bias and not last_batch_norm))
    layers += [nn.BatchNorm1d(sizes[-1])] if last_batch_norm else []
    return nn.Sequential(*layers)
