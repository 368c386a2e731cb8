"""SimSiam (Chen and He 2021, "Exploring Simple Siamese Representation Learning", arXiv:2011.10566).

Eq. 1     D(p, z) = -cos(p, z),  p = q(z)                                 -> negative_cosine
Eq. 3, 4  L = D(p_0, sg(z_1))/2 + D(p_1, sg(z_0))/2                       -> simsiam_loss, in -1..1
Sec. 4.1  without sg(), the stop-gradient: L falls to -1, std(z/|z|) to 0
Sec. 4.2  without q, the predictor: L is -cos(z_0, z_1), whose gradient is that of the loss without stop-gradient, halved

Shapes: B images, F features h, D projected z. Rows i and i+B are the two views of one image.

Departures: the heads are narrow (the paper has 2048-2048-2048 and a bottleneck of 512), and the predictor's rate falls with the
others, where the authors keep it constant. SGD as in the paper, at the rate and the weight decay of lightly's CIFAR-10 recipe
for the same batch size: with AdamW the rank of z falls to a few within 150 steps. Both views pass the network together, so that
its batch norms see 2B images, where the authors' code passes them one after the other. The batch norm (without affine part) that
the authors have after the projector is off by default: on a small network it holds each dimension apart by itself, so that
without stop-gradient the std falls and jumps back, while in their Fig. 2 it stays at 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, require_pairs, two_views
from sslviz.methods.pictures.agreement import agreement
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of its direction."""


@dataclass(frozen=True, slots=True)
class SimSiamParams:
    """What can be turned, each with what it does."""

    stop_gradient: bool = switch(
        True, label="stop-gradient", on="the target is fixed within a step: the prediction moves to it, never it to the prediction",
        off="both sides move to meet: all images fall onto one point", paper="on; off gives 0.1 % top-1 (Fig. 2)",
    )  # fmt: skip
    predictor: bool = switch(
        True, label="predictor", on="one view's z is predicted from the other's, it need not equal it",
        off="the projections themselves must be equal: they fall onto one point", paper="on; off gives 0.1 % top-1 (Table 1)",
    )  # fmt: skip
    output_norm: bool = switch(
        False, label="norm after the projector", on="each dimension of z keeps its spread over a batch: collapse shows in the rank, not in the std",
        off="nothing holds z apart: collapse shows in the std", paper="on", live=False,
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="projector width", paper="2048", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="2048", live=False, scale="log",
        up="more directions to spread in", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip
    bottleneck: int = param(
        64, lo=1, hi=8192, label="predictor's bottleneck", paper="512, a quarter of D", live=False, scale="log",
        up="the predictor can copy z", down="the predictor must summarise",
    )  # fmt: skip


def negative_cosine(p: Tensor, z: Tensor) -> Tensor:
    """Eq. 1, mean over the rows: -cos(p, z) in [-1, 1]. p, z (B, D) -> (), float32 or float64, whatever autocast says."""
    with full_precision(p.device):
        u, v = (F.normalize(widen(x), dim=1, eps=EPS) for x in (p, z))
        return -(u * v).sum(dim=1).mean()


def simsiam_loss(p0: Tensor, p1: Tensor, z0: Tensor, z1: Tensor, *, stop_gradient: bool = True) -> Tensor:
    """Eq. 4: both directions, halved, in -1..1. p: predictions, z: projections, (B, D) each -> ().

    Unrelated directions give 0; -1 is agreement, which collapse reaches as well.
    """
    if stop_gradient:
        z0, z1 = z0.detach(), z1.detach()
    return (negative_cosine(p0, z1) + negative_cosine(p1, z0)) / 2


class SimSiam(Method):
    """One network sees both views; from each it predicts the other, and only the prediction moves."""

    Params = SimSiamParams
    params: SimSiamParams
    info = MethodInfo(
        name="simsiam",
        title="SimSiam",
        paper="Chen and He 2021, arXiv:2011.10566",
        idea="Predict one view's projection from the other's, and let only the prediction move: no negatives, no second network.",
        collapse="Complete: all images get the same z; the std falls to 0 and the loss to −1, where success looks just the same.",
        family="distillation",
        params=describe(SimSiamParams),
        augmentation="simsiam_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(name="sgd", lr=0.06, weight_decay=5e-4),
        loss_label="SimSiam, −cos, −1 to 1",
        equation=r"\mathcal{L} = -\frac{1}{2B} \sum_{i=1}^{B} \frac{q(z_i)}{\|q(z_i)\|} \cdot \mathrm{sg}\!\left( \frac{z_j}{\|z_j\|} \right) + (i \leftrightarrow j)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss, between −1 and 1", "loss"),
            Symbol("B", "images in the batch, each seen in two views", "batch_size"),
            Symbol("z_i", "the projection of one view"),
            Symbol("z_j", "the projection of the image's other view"),
            Symbol("q", "the predictor", "predictor"),
            Symbol(r"\mathrm{sg}", "stop-gradient: a constant as far as the optimiser knows", "stop_gradient"),
        ),
        figures=(
            FigureInfo(
                "simsiam_agreement",
                "Predictions and targets",
                "matrix",
                "Cosine of each image's prediction (row) and each image's target (column): a bright diagonal is learning, one colour everywhere is collapse.",
                x="target, from view 2",
                y="prediction, from view 1",
                lo=-1.0,
                hi=1.0,
                switch="stop_gradient",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "one view", 0, 0, "view"),
            Box("x1", "the other view", 0, 1, "view"),
            Box("f0", "encoder", 1, 0),
            Box("f1", "encoder, the same", 1, 1),
            Box("g0", "projector", 2, 0),
            Box("g1", "projector, the same", 2, 1),
            Box("q", "predictor", 3, 0),
            Box("loss", "−cos, and the views swapped", 4, 0, "loss"),
        ),
        links=(
            Link("x0", "f0"),
            Link("f0", "g0"),
            Link("g0", "q", switch="predictor"),
            Link("q", "loss", switch="predictor"),
            Link("g0", "loss", "none", switch="predictor", off="data"),
            Link("x1", "f1"),
            Link("f1", "g1", "stop", switch="stop_gradient", off="data"),
            Link("g1", "loss", "stop", switch="stop_gradient", off="data"),
        ),
    )
    equations = (simsiam_loss, negative_cosine)

    @classmethod
    def require(cls, params: SimSiamParams, facts: Facts, encoder: Encoder) -> None:  # any encoder will do
        require_pairs(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: SimSiamParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        sizes = [encoder.num_features, params.width, params.width, params.dim]
        layers = mlp(sizes, batch_norm=True, last_bias=not params.output_norm)
        norm = [nn.BatchNorm1d(params.dim, affine=False)] if params.output_norm else []
        self.projector = nn.Sequential(*layers, *norm)
        self.predictor = mlp([params.dim, params.bottleneck, params.dim], batch_norm=True)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        p = self.predictor(z) if self.params.predictor else z  # (2B, D)
        loss = simsiam_loss(p[:n], p[n:], z[:n], z[n:], stop_gradient=self.params.stop_gradient)
        return Step(loss, {}, {"h": h.detach(), "z": z.detach(), "p": p.detach()})

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        return agreement(peek["p"], peek["z"], views)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return ("loss", "chance, unrelated directions", 0.0), ("loss", "lowest possible: collapse reaches it", -1.0)


METHODS.add("simsiam", SimSiam)
