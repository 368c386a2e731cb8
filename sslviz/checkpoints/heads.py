"""Heads built from their tensors: MLPs of an `nn.Sequential` by its indices, weight-normed layers, prototypes, classifiers.

An activation has no tensors. What tells of it is a gap in the indices: fc.0 and fc.2 have one module between them, and every published
head has its activation there (of two modules between, one is dropout, which does nothing in evaluation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger

WEIGHT_NORM = (
    ("weight_g", "weight_v"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
)
"""What torch calls length and direction of a weight-normed layer, before and since 2.0."""


Biases = Literal["all", "all but the last", "where no norm follows"]


class Normalise(nn.Module):
    """Rows of length 1. (B, D) -> (B, D)."""

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=-1)


class HeadNorm(nn.Module):
    """Batch norm by the stored statistics, with or without scale and shift. (B, D) -> (B, D)."""

    def __init__(self, mean: Tensor, variance: Tensor, weight: Tensor | None, bias: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", variance)
        self.weight = None if weight is None else nn.Parameter(weight, requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.get_buffer("running_mean"), self.get_buffer("running_var")
        return F.batch_norm(x, mean, variance, self.weight, self.bias, training=False, eps=1e-5)


def linear(ledger: Ledger, prefix: str, inputs: int = -1, *, biased: bool = True) -> nn.Linear:
    """The layer whose tensors are `prefix`weight and `prefix`bias. inputs: the width it must take. biased: it must have a bias.

    Raises CheckpointError for tensors that are missing or do not fit.
    """
    weight = ledger.take(f"{prefix}weight", -1, inputs)
    bias = ledger.take(f"{prefix}bias", len(weight)) if biased or ledger.has(f"{prefix}bias") else None
    return _filled(weight, bias)


def weight_normed(ledger: Ledger, prefix: str, inputs: int = -1) -> nn.Linear | None:
    """A layer whose weight is stored as length g and direction v, as one linear layer: w = g v / |v|. None where there is none."""
    for length, direction in WEIGHT_NORM:
        if ledger.has(prefix + direction):
            v = ledger.take(prefix + direction, -1, inputs).float()
            g = ledger.take(prefix + length, len(v), 1).float()
            bias = ledger.take(f"{prefix}bias", len(v)) if ledger.has(f"{prefix}bias") else None
            return _filled(g * v / v.norm(dim=1, keepdim=True), bias)
    return None


def mlp(
    ledger: Ledger, names: Iterable[str], prefix: str, inputs: int, activation: Callable[[], nn.Module] = nn.ReLU, *,
    biases: Biases = "where no norm follows",
) -> nn.Sequential | None:  # fmt: skip
    """The layers `prefix`0, `prefix`1 ... as far as they have tensors; None where there are none.

    names: all names of the part. inputs: width of the features. biases: which linear layers must have one; where not one has any,
    none must. Raises CheckpointError for tensors that are missing, and widths that do not follow from each other.
    """
    indices = _indices(names, prefix)
    _require_all(ledger, prefix, indices)
    biased = _biased(ledger, prefix, indices, biases)
    made = nn.Sequential()
    width = inputs
    for position, index in enumerate(indices):
        if position and index - indices[position - 1] > 1:
            made.append(activation())
        layer = _layer(ledger, f"{prefix}{index}.", width, index in biased)
        made.append(layer)
        width = layer.out_features if isinstance(layer, nn.Linear) else width
    return made if indices else None


def _require_all(ledger: Ledger, prefix: str, indices: list[int]) -> None:
    """Raises CheckpointError where a layer without a bias is missing: nothing else is left of it."""
    for index in indices:
        before = index - 1
        if index and before not in indices and (before == 0 or _is_batch_norm(ledger, f"{prefix}{index}.")):
            ledger.take(f"{prefix}{before}.weight", -1, -1)


def _biased(ledger: Ledger, prefix: str, indices: list[int], biases: Biases) -> frozenset[int]:
    """Which of the layers must have a bias: a missing one would pass unseen."""
    layers = [index for index in indices if not _is_batch_norm(ledger, f"{prefix}{index}.")]
    if not any(ledger.has(f"{prefix}{index}.bias") for index in layers):
        return frozenset()
    if biases == "all":
        return frozenset(layers)
    if biases == "all but the last":
        return frozenset(layers[:-1])
    return frozenset(index for index in layers if not _is_batch_norm(ledger, f"{prefix}{index + 1}."))


def dino_head(ledger: Ledger, names: Iterable[str], prefix: str, inputs: int) -> nn.Sequential | None:
    """DINO's head, and iBOT's: an MLP with GELU (or one layer), rows of length 1, and a weight-normed layer without bias."""
    known = tuple(names)
    first = mlp(ledger, known, f"{prefix}mlp.", inputs, nn.GELU, biases="all")
    if first is None and ledger.has(f"{prefix}mlp.weight"):
        first = nn.Sequential(linear(ledger, f"{prefix}mlp.", inputs))
    if first is None:
        first = mlp(ledger, known, f"{prefix}layers.", inputs, nn.GELU)
    if first is None:
        return None
    width = width_of(first, inputs)
    last = weight_normed(ledger, f"{prefix}last_layer.", width)
    if last is None:
        last = linear(ledger, f"{prefix}last_layer.", width, biased=False)
    return nn.Sequential(first, Normalise(), last)


def width_of(head: nn.Module, inputs: int) -> int:
    """What a head gives out, for features of width `inputs`."""
    layers = [layer for layer in head.modules() if isinstance(layer, nn.Linear)]
    return layers[-1].out_features if layers else inputs


def chain(*heads: nn.Module) -> nn.Sequential:
    """One head after another."""
    return nn.Sequential(*heads)


def _layer(ledger: Ledger, prefix: str, width: int, biased: bool) -> nn.Module:
    """Whatever lies at one index: linear, weight-normed, batch norm with or without scale, layer norm."""
    if _is_batch_norm(ledger, prefix):
        return _batch_norm(ledger, prefix, width)
    normed = weight_normed(ledger, prefix, width)
    if normed is not None:
        return normed
    if len(ledger.shape(f"{prefix}weight", 2 if _is_matrix(ledger, prefix) else 1)) == 2:
        return linear(ledger, prefix, width, biased=biased)
    norm = nn.LayerNorm(width, device="meta")
    norm.load_state_dict(
        {"weight": ledger.take(f"{prefix}weight", width), "bias": ledger.take(f"{prefix}bias", width)}, assign=True
    )
    return norm


def _is_batch_norm(ledger: Ledger, prefix: str) -> bool:
    """By any of its statistics: one that is missing makes no layer norm of it."""
    return any(ledger.has(prefix + name) for name in ("running_mean", "running_var", "num_batches_tracked"))


def _is_matrix(ledger: Ledger, prefix: str) -> bool:
    try:
        ledger.shape(f"{prefix}weight", 1)
    except CheckpointError:
        return True
    return False


def _batch_norm(ledger: Ledger, prefix: str, width: int) -> HeadNorm:
    mean, variance = ledger.take(f"{prefix}running_mean", width), ledger.take(f"{prefix}running_var", width)
    ledger.mark(f"{prefix}num_batches_tracked")
    if not ledger.has(f"{prefix}weight") and not ledger.has(f"{prefix}bias"):
        return HeadNorm(mean, variance, None, None)
    return HeadNorm(mean, variance, ledger.take(f"{prefix}weight", width), ledger.take(f"{prefix}bias", width))


def _indices(names: Iterable[str], prefix: str) -> list[int]:
    pattern = re.compile(re.escape(prefix) + r"(\d{1,3})\.")
    return sorted({int(match[1]) for name in names if (match := pattern.match(name))})


def _filled(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A linear layer of these tensors, without a copy."""
    with torch.device("meta"):
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    state: Mapping[str, Tensor] = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    layer.load_state_dict(dict(state), assign=True)
    return layer
