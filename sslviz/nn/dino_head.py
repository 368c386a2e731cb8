"""DINO's head (Caron et al. 2021, arXiv:2104.14294, App. C): MLP -> bottleneck -> unit length -> weight-normed last layer."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.precision import full_precision, widen
from sslviz.nn.prototypes import EPS


class WeightNormed(nn.Module):
    """A linear layer without bias whose rows are g·v/|v|: (n, D) -> (n, K), float32 or wider.

    Rows of v are the prototypes' directions, g (K, 1) their lengths, which begin at 1 and stay there where `fixed_length`.
    The product is taken in full precision: a teacher divides it by 0.04.
    """

    def __init__(self, dim: int, count: int, *, fixed_length: bool) -> None:
        super().__init__()
        self.weight_v = nn.Parameter(nn.Linear(dim, count, bias=False).weight.detach())  # (K, D)
        self.weight_g = nn.Parameter(torch.ones(count, 1), requires_grad=not fixed_length)  # (K, 1)

    def forward(self, z: Tensor) -> Tensor:
        with full_precision(z.device):
            z = widen(z)
            weight = self.weight_g * F.normalize(self.weight_v, dim=1, eps=EPS)  # (K, D)
            return F.linear(z, weight.to(z.dtype))


class DINOHead(nn.Module):
    """Features (n, F) -> `bottleneck` z (n, D) -> `last_layer` of z at unit length: logits (n, K).

    layers: of the MLP, at least 1, with GELU between them. D is far smaller than K: a square last layer of 65,536 prototypes
    would hold 16 GiB.
    """

    def __init__(
        self, features: int, width: int, dim: int, count: int, *, layers: int = 3, batch_norm: bool = False, norm_last_layer: bool = True
    ) -> None:  # fmt: skip
        super().__init__()
        sizes = [features, *[width] * (layers - 1), dim]
        self.mlp = nn.Sequential(*_layers(sizes, batch_norm))
        self.last_layer = WeightNormed(dim, count, fixed_length=norm_last_layer)

    def bottleneck(self, h: Tensor) -> Tensor:
        """z (n, D), not yet of unit length."""
        z: Tensor = self.mlp(h)
        return z

    def classify(self, z: Tensor) -> Tensor:
        """Logits (n, K) of z (n, D): the cosine with each prototype times its length."""
        with full_precision(z.device):
            u = F.normalize(widen(z), dim=1, eps=EPS)
        logits: Tensor = self.last_layer(u)
        return logits

    def forward(self, h: Tensor) -> Tensor:
        return self.classify(self.bottleneck(h))


def _layers(sizes: list[int], batch_norm: bool) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes[:-1]):
        layers += [_linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] if batch_norm else []), nn.GELU()]
    return [*layers, _linear(sizes[-2], sizes[-1])]


def _linear(inputs: int, outputs: int) -> nn.Linear:
    """As the authors initialise it: truncated normal of 0.02, no bias to begin with."""
    layer = nn.Linear(inputs, outputs)
    nn.init.trunc_normal_(layer.weight, std=0.02)
    nn.init.zeros_(layer.bias)
    return layer
