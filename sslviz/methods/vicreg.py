"""VICReg (Bardes et al. 2022, "Variance-Invariance-Covariance Regularization for Self-Supervised Learning", arXiv:2105.04906).

Eq. 5     s(Z, Z') = mean of (z - z')²                                           -> invariance
Eq. 1, 2  v(Z) = 1/D Σ_j max(0, γ - sqrt(Var(z_j) + ε)),  γ = 1, ε = 1e-4        -> variance
Eq. 3, 4  c(Z) = 1/D Σ_{i≠j} Cov(Z)_ij²,  Cov divided by B - 1                   -> covariance
Eq. 6     L = λ s(Z, Z') + μ [v(Z) + v(Z')]/2 + ν [c(Z) + c(Z')]                 -> vicreg_terms, VICReg.step

Shapes: B images, F features h, D projected z. Rows i and i+B are the two views of one image.

Where paper and code differ, the authors' code is followed: the squared distance is a mean over dimensions too, the variance
terms of the two views are averaged (solo-learn adds them, which is up to 24.75 more), the covariance terms are added.
Departures: the projector is narrow (the paper has 8192-8192-8192), and its last layer has a bias, which the loss does not see:
without the variance term z then shrinks onto that point and not onto the origin, where unit-length measures would miss it. AdamW
replaces large-batch LARS. Both views pass the network together, where the authors' code passes them one after the other; the
statistics within the loss are of each view by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, require_pairs, two_views
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param

GAMMA = 1.0
"""The standard deviation that every dimension is to have at least."""

EPS = 1e-4
"""Added to the variance: the root has a finite slope where a dimension does not vary."""

SHOWN = 128
"""Dimensions in the picture of the correlation: more are smaller than a pixel."""


@dataclass(frozen=True, slots=True)
class VICRegParams:
    """What can be turned, each with what it does."""

    invariance: float = param(
        25.0, lo=0.0, hi=100.0, label="λ, weight of invariance", symbol="λ", paper="25",
        up="the two views of an image come closer", down="views may differ; 0: nothing says which views belong together",
    )  # fmt: skip
    variance: float = param(
        25.0, lo=0.0, hi=100.0, label="μ, weight of variance", symbol="μ", paper="25",
        up="every dimension keeps its spread", down="dimensions may shrink; 0: all images fall onto one point",
    )  # fmt: skip
    covariance: float = param(
        1.0, lo=0.0, hi=100.0, label="ν, weight of covariance", symbol="ν", paper="1",
        up="dimensions must say different things", down="dimensions may repeat each other; 0: few directions are left",
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="projector width", paper="8192", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=8192, label="projection size", symbol="D", paper="8192", live=False, scale="log",
        up="more dimensions to decorrelate: the paper finds it helps", down="fewer statistics to keep apart, faster",
    )  # fmt: skip


def invariance(z0: Tensor, z1: Tensor) -> Tensor:
    """Mean squared difference of two views over images and dimensions. z0, z1 (B, D) -> ()."""
    return F.mse_loss(z0, z1)


def variance(z: Tensor, gamma: float = GAMMA, eps: float = EPS) -> Tensor:
    """How much the dimensions' deviations fall short of gamma, on average, in [0, gamma]. z (B, D) -> ()."""
    return F.relu(gamma - (z.var(dim=0) + eps).sqrt()).mean()


def covariance(z: Tensor) -> Tensor:
    """Sum of the squared covariances of different dimensions, divided by D. z (B, D) -> ()."""
    centred = z - z.mean(dim=0)
    cov = centred.T @ centred / (len(z) - 1)  # (D, D)
    itself = torch.eye(len(cov), dtype=torch.bool, device=z.device)
    return cov.masked_fill(itself, 0).square().sum() / z.shape[1]


def vicreg_terms(z0: Tensor, z1: Tensor, gamma: float = GAMMA, eps: float = EPS) -> tuple[Tensor, Tensor, Tensor]:
    """Invariance, variance (mean of both views) and covariance (sum of both), without their weights. z0, z1 (B, D) -> (), (), ().

    In float32 or float64, whatever autocast says. Equal rows give 0, gamma - sqrt(eps) and 0.
    """
    with full_precision(z0.device):
        a, b = widen(z0), widen(z1)
        spread = (variance(a, gamma, eps) + variance(b, gamma, eps)) / 2
        return invariance(a, b), spread, covariance(a) + covariance(b)


class VICReg(Method):
    """Three wishes on z: equal for two views, spread in every dimension, no dimension twice."""

    Params = VICRegParams
    params: VICRegParams
    info = MethodInfo(
        name="vicreg",
        title="VICReg",
        paper="Bardes et al. 2022, arXiv:2105.04906",
        idea="Say outright what z shall be: equal for two views, spread in every dimension, and no dimension like another.",
        collapse="Complete where the variance weighs 0: all images get one z; dimensional where the covariance weighs 0: RankMe falls.",
        family="redundancy",
        params=describe(VICRegParams),
        augmentation="vicreg_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="VICReg, weighted sum of three terms",
        equation=r"\mathcal{L} = \lambda \, \frac{1}{BD} \|Z - Z'\|^2 + \frac{\mu}{2} \left[ v(Z) + v(Z') \right] + \nu \left[ c(Z) + c(Z') \right]",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("Z, Z'", "the two views' projections"),
            Symbol("B", "images in the batch", "batch_size"),
            Symbol("D", "dimensions of z", "dim"),
            Symbol("v(Z)", "how far the dimensions' deviations fall short of 1: mean of max(0, 1 − √(Var + 1e-4))"),
            Symbol("c(Z)", "squared covariances of different dimensions, added and divided by D"),
            Symbol(r"\lambda", "weight of invariance", "invariance"),
            Symbol(r"\mu", "weight of variance", "variance"),
            Symbol(r"\nu", "weight of covariance", "covariance"),
        ),
        figures=(
            FigureInfo(
                "vicreg_deviation",
                "Deviation of each dimension",
                "curves",
                "Standard deviation of the dimensions of z, largest first, and the line that the variance term lifts them to: all near 0 is collapse.",
                x="dimension, largest first",
                y="standard deviation",
                series=("view 1", "view 2"),
                switch="variance",
            ),
            FigureInfo(
                "vicreg_correlation",
                "Correlation of the dimensions",
                "matrix",
                f"Dimensions of z against each other (at most {SHOWN}), both views: colour off the diagonal is what the covariance term removes.",
                x="dimension",
                y="dimension",
                lo=-1.0,
                hi=1.0,
                switch="covariance",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "view 1", 0, 0, "view"),
            Box("x1", "view 2", 0, 2, "view"),
            Box("f0", "encoder", 1, 0),
            Box("f1", "encoder, the same", 1, 2),
            Box("g0", "projector", 2, 0),
            Box("g1", "projector, the same", 2, 2),
            Box("v", "variance: keep the spread", 3, 0, "loss"),
            Box("s", "invariance: attract the pair", 3, 1, "loss"),
            Box("c", "covariance: no dimension twice", 3, 2, "loss"),
        ),
        links=(
            Link("x0", "f0"),
            Link("x1", "f1"),
            Link("f0", "g0"),
            Link("f1", "g1"),
            *(
                Link(source, target, switch=weight)
                for target, weight in (("v", "variance"), ("s", "invariance"), ("c", "covariance"))
                for source in ("g0", "g1")
            ),
        ),
    )
    equations = (vicreg_terms, invariance, variance, covariance)

    @classmethod
    def require(cls, params: VICRegParams, facts: Facts, encoder: Encoder) -> None:
        require_pairs(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: VICRegParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        sizes = [encoder.num_features, params.width, params.width, params.dim]
        self.projector = mlp(sizes, batch_norm=True)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        like, spread, double = vicreg_terms(z[:n], z[n:])
        p = self.params
        loss = p.invariance * like + p.variance * spread + p.covariance * double
        parts = {"invariance": like.detach(), "variance": spread.detach(), "covariance": double.detach()}
        return Step(loss, parts, {"h": h.detach(), "z": z.detach()})

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        z = widen(peek["z"])
        if name == "vicreg_correlation":
            return {"values": correlation(z[:, :SHOWN])}
        deviations = [view.std(dim=0).sort(descending=True).values for view in z.chunk(2)]
        return {"values": torch.stack(deviations), "line": torch.tensor([GAMMA])}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "all images are one point", self.params.variance * (GAMMA - EPS**0.5)),)


def correlation(z: Tensor) -> Tensor:
    """Correlation of the dimensions of z (n, D) -> (D, D) in [-1, 1]; 0 where a dimension does not vary."""
    unit = F.normalize(z - z.mean(dim=0), dim=0, eps=EPS)
    return (unit.T @ unit).clamp(-1, 1)


METHODS.add("vicreg", VICReg)
