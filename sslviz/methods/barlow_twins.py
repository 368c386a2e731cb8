"""Barlow Twins (Zbontar et al. 2021, "Self-Supervised Learning via Redundancy Reduction", arXiv:2103.03230).

Eq. 2     C_ij = Σ_b z_bi z'_bj / sqrt(Σ_b z_bi²) / sqrt(Σ_b z'_bj²), z centred over the batch   -> cross_correlation
Eq. 1     L = Σ_i (1 - C_ii)² + λ Σ_i Σ_{j≠i} C_ij²                                              -> barlow_terms, barlow_loss

Shapes: B images, F features h, D projected z; C is (D, D). Rows i and i+B of z are the two views of one image.

Where paper, code and tutorials differ, the authors' code is followed: z is standardised as by batch norm, with the biased
variance and an epsilon of 1e-5 (many tutorials divide by the unbiased deviation, with which the diagonal cannot reach 1, and
leave out the epsilon: NaN where a dimension is dead), and there is no factor in front of the loss.
Departures: the projector is narrow (the paper has 8192-8192-8192), and the default λ is larger than the code's 0.0051, because
the off-diagonal sum has only D(D - 1) terms. AdamW replaces large-batch LARS. Both views pass the network together, where the
authors' code passes them one after the other; the standardisation within the loss is of each view by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, require_pairs, two_views
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param

EPS = 1e-5
"""Added to the variance, as batch norm does: a dimension that does not vary has correlation 0."""

SHOWN = 128
"""Dimensions in the picture of C: more are smaller than a pixel."""


@dataclass(frozen=True, slots=True)
class BarlowTwinsParams:
    """What can be turned, each with what it does."""

    lambda_: float = param(
        0.02, lo=0.0, hi=0.2, label="λ, weight of the off-diagonal", symbol="λ", paper="0.0051 (code), 0.005 (paper), D = 8192",
        up="dimensions of z must differ more", down="dimensions may repeat each other; 0: few directions are left, dimensional collapse",
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="projector width", paper="8192", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=8192, label="projection size", symbol="D", paper="8192", live=False, scale="log",
        up="more dimensions to decorrelate: the paper finds it helps", down="fewer statistics to keep apart, faster",
    )  # fmt: skip


def standardise(z: Tensor) -> Tensor:
    """Each dimension at mean 0 and biased variance 1 over the batch, as batch norm without affine part. z (B, D) -> (B, D)."""
    centred = z - z.mean(dim=0)
    return centred / (centred.square().mean(dim=0) + EPS).sqrt()


def cross_correlation(z0: Tensor, z1: Tensor) -> Tensor:
    """C of Eq. 2 in [-1, 1]. z0, z1 (B, D) -> (D, D), float32 or float64, whatever autocast says."""
    with full_precision(z0.device):
        return standardise(widen(z0)).T @ standardise(widen(z1)) / len(z0)


def barlow_terms(c: Tensor) -> tuple[Tensor, Tensor]:
    """Σ_i (1 - C_ii)² and Σ_{i≠j} C_ij², without λ. c (D, D), left as it is -> (), ()."""
    itself = torch.eye(len(c), dtype=torch.bool, device=c.device)
    return (1 - c.diagonal()).square().sum(), c.masked_fill(itself, 0).square().sum()


def barlow_loss(z0: Tensor, z1: Tensor, lambda_: float) -> tuple[Tensor, Tensor]:
    """Eq. 1. z0, z1 (B, D), not standardised -> loss (), C (D, D). Equal rows give exactly D."""
    c = cross_correlation(z0, z1)
    on_diagonal, off_diagonal = barlow_terms(c)
    return on_diagonal + lambda_ * off_diagonal, c


class BarlowTwins(Method):
    """Each dimension of z is to say the same of both views, and no other dimension is to repeat it."""

    Params = BarlowTwinsParams
    params: BarlowTwinsParams
    info = MethodInfo(
        name="barlow_twins",
        title="Barlow Twins",
        paper="Zbontar et al. 2021, arXiv:2103.03230",
        idea="Make the cross-correlation of two views the identity: each dimension agrees with itself and with no other.",
        collapse="Dimensional: with λ at 0 the dimensions repeat each other, C is bright off its diagonal, and RankMe falls to a few.",
        family="redundancy",
        params=describe(BarlowTwinsParams),
        augmentation="barlow_twins_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="Barlow Twins, sum over D × D",
        equation=r"\mathcal{L} = \sum_{i} (1 - C_{ii})^2 + \lambda \sum_{i} \sum_{j \neq i} C_{ij}^2, \qquad C_{ij} = \frac{1}{B} \sum_{b=1}^{B} \hat z_{bi} \, \hat z'_{bj}",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss: 0 at best, D where all images are one point", "loss"),
            Symbol("C", "cross-correlation of the dimensions of two views, between −1 and 1"),
            Symbol(r"\lambda", "weight of the off-diagonal", "lambda_"),
            Symbol("B", "images in the batch", "batch_size"),
            Symbol(r"\hat z, \hat z'", "the two views' projections, each dimension at mean 0 and variance 1"),
        ),
        figures=(
            FigureInfo(
                "barlow_correlation",
                "Cross-correlation C",
                "matrix",
                f"Dimensions of view 1 against those of view 2 (at most {SHOWN}): the identity is the goal, colour off the diagonal is redundancy.",
                x="dimension, view 2",
                y="dimension, view 1",
                lo=-1.0,
                hi=1.0,
                switch="lambda_",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "view 1", 0, 0, "view"),
            Box("x1", "view 2", 0, 1, "view"),
            Box("f0", "encoder", 1, 0),
            Box("f1", "encoder, the same", 1, 1),
            Box("g0", "projector", 2, 0),
            Box("g1", "projector, the same", 2, 1),
            Box("same", "diagonal of C to 1", 3, 0, "loss"),
            Box("apart", "the rest of C to 0", 3, 1, "loss"),
        ),
        links=(
            Link("x0", "f0"),
            Link("x1", "f1"),
            Link("f0", "g0"),
            Link("f1", "g1"),
            Link("g0", "same"),
            Link("g1", "same"),
            Link("g0", "apart", switch="lambda_"),
            Link("g1", "apart", switch="lambda_"),
        ),
    )
    equations = (barlow_loss, barlow_terms, cross_correlation, standardise)

    @classmethod
    def require(cls, params: BarlowTwinsParams, facts: Facts, encoder: Encoder) -> None:
        require_pairs(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: BarlowTwinsParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        sizes = [encoder.num_features, params.width, params.width, params.dim]
        self.projector = mlp(sizes, batch_norm=True, last_bias=False)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        c = cross_correlation(z[:n], z[n:])  # (D, D)
        on_diagonal, off_diagonal = barlow_terms(c)
        parts = {"on_diagonal": on_diagonal.detach(), "off_diagonal": off_diagonal.detach()}
        peek = {"h": h.detach(), "z": z.detach(), "correlation": c.detach()}
        return Step(on_diagonal + self.params.lambda_ * off_diagonal, parts, peek)

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        return {"values": peek["correlation"][:SHOWN, :SHOWN].clamp(-1, 1)}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        """Views that have nothing to do with each other: C_ij has mean 0 and variance 1/B."""
        d = self.params.dim
        chance = d * (1 + 1 / batch_size) + self.params.lambda_ * d * (d - 1) / batch_size
        return (("loss", "chance, unrelated views", chance),)


METHODS.add("barlow_twins", BarlowTwins)
