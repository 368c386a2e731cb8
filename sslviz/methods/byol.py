"""BYOL (Grill et al. 2020, "Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning", arXiv:2006.07733).

Eq. 2     l(p, z') = |p/|p| - z'/|z'||² = 2 - 2 cos(p, z'),  p = q(z)     -> regression
Sec. 3.1  L = mean over the batch of l(p_0, z'_1) + l(p_1, z'_0)          -> byol_loss, in 0..8
Eq. 3     ξ <- τξ + (1 - τ)θ,  after each step of the optimiser on θ      -> BYOL.after_step
Sec. 3.2  τ = 1 - (1 - τ_base)(cos(πk/K) + 1)/2 at step k of K            -> BYOL.momentum_at

Shapes: B images, F features h, D projected z. Rows i and i+B are the two views of one image; z' comes from the target network.

Departures: the heads are narrow (the paper has 4096-256), and SGD at 0.02 replaces large-batch LARS: with AdamW the rank of z falls
further and kNN stays at that of random weights. Both views pass a network together, so that its batch norms see 2B images, where
DeepMind's code passes them one after the other. τ_base is the 0.97 that the authors use for their shortest training, of 40
epochs; 0.996 is for 1,000. lightly's halved negative cosines are this loss / 4 - 1. Where a vector is zero, all but DeepMind's
code give 2 - 2 cos = 2, which is followed here.
ξ is never trained, as it is an average of θ; so without stop-gradient the target branch's gradient goes to θ instead, at the
values of ξ ("straight through"), and the two switches, stop-gradient and EMA, stay independent of each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, require_pairs, two_views
from sslviz.methods.pictures.agreement import agreement
from sslviz.nn.ema import ema_update
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.schedules import cosine
from sslviz.nn.twin import straight_through, twin
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of its direction."""


@dataclass(frozen=True, slots=True)
class BYOLParams:
    """What can be turned, each with what it does."""

    stop_gradient: bool = switch(
        True, label="stop-gradient", on="the target is fixed within a step: the online network moves to it, never it to the online network",
        off="both networks are trained to meet: all images fall onto one point", paper="on",
    )  # fmt: skip
    predictor: bool = switch(
        True, label="predictor", on="the online network predicts the target, it need not equal it",
        off="the projections themselves must be equal: they fall onto one point", paper="on; without it 0.2 % top-1 (Table 5b)",
    )  # fmt: skip
    ema: bool = switch(
        True, label="EMA target", on="the target is a slow average of the online network",
        off="the target is the online network itself, as in SimSiam", paper="on",
    )  # fmt: skip
    momentum: float = param(
        0.97, lo=0.0, hi=1.0, label="EMA momentum, at first", symbol="τ", paper="0.996 (1,000 epochs), 0.99 (100-300), 0.97 (40)",
        up="a steadier, older target; 1 never moves it", down="a younger, less steady target; 0 copies the online network",
    )  # fmt: skip
    final_momentum: float = param(
        1.0, lo=0.0, hi=1.0, label="EMA momentum, at the end", paper="1",
        up="the target comes to rest", down="the target follows to the end; equal to the first: no schedule",
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="width of the heads", paper="4096", live=False, scale="log",
        up="more room in projector and predictor, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="256", live=False, scale="log",
        up="more directions to spread in", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


def regression(p: Tensor, z: Tensor) -> Tensor:
    """Eq. 2 for each row: 2 - 2 cos(p, z) in [0, 4]. p, z (B, D) -> (B,), float32 or float64, whatever autocast says."""
    with full_precision(p.device):
        u, v = (F.normalize(widen(x), dim=1, eps=EPS) for x in (p, z))
        return 2 - 2 * (u * v).sum(dim=1)


def byol_loss(p0: Tensor, p1: Tensor, z0: Tensor, z1: Tensor, *, stop_gradient: bool = True) -> Tensor:
    """Mean over the batch of both directions, in 0..8. p: online predictions, z: target projections, (B, D) each -> ().

    Unrelated directions give 4; 0 is agreement, which collapse reaches as well.
    """
    if stop_gradient:
        z0, z1 = z0.detach(), z1.detach()
    return (regression(p0, z1) + regression(p1, z0)).mean()


class BYOL(Method):
    """The online network predicts, from one view, what a slow copy of it makes of the other view."""

    Params = BYOLParams
    params: BYOLParams
    info = MethodInfo(
        name="byol",
        title="BYOL",
        paper="Grill et al. 2020, arXiv:2006.07733",
        idea="Predict from one view what a slower copy of the network makes of the other: nothing pushes images apart.",
        collapse="Complete: all images get the same z, so that every prediction is right; the std falls to 0 and the loss with it.",
        family="distillation",
        params=describe(BYOLParams),
        augmentation="byol_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(name="sgd", lr=0.02, weight_decay=5e-4),
        loss_label="BYOL, both directions, 0 to 8",
        equation=r"\mathcal{L} = \frac{1}{B} \sum_{i=1}^{B} \left( 2 - 2 \frac{q(z_i) \cdot z'_{j}}{\|q(z_i)\| \, \|z'_{j}\|} \right) + (i \leftrightarrow j), \qquad \xi \leftarrow \tau \xi + (1 - \tau) \theta",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss, between 0 and 8", "loss"),
            Symbol("B", "images in the batch, each seen in two views", "batch_size"),
            Symbol("z_i", "the online projection of one view"),
            Symbol("q", "the predictor", "predictor"),
            Symbol("z'_j", "the target's projection of the image's other view, without gradient", "stop_gradient"),
            Symbol(r"\theta", "weights of the online network, which the optimiser trains"),
            Symbol(r"\xi", "weights of the target, which follow", "ema"),
            Symbol(r"\tau", "momentum of the EMA at this step", "momentum"),
        ),
        figures=(
            FigureInfo(
                "byol_agreement",
                "Predictions and targets",
                "matrix",
                "Cosine of each image's prediction (row) and each image's target (column): a bright diagonal is learning, one colour everywhere is collapse.",
                x="target, from view 2",
                y="prediction, from view 1",
                lo=-1.0,
                hi=1.0,
                switch="predictor",
            ),
            FigureInfo(
                "byol_lag",
                "How far the target is behind",
                "curves",
                "Distance of each weight tensor of the target from the online one, relative to its length, from the image to the projection: the momentum sets it.",
                x="weight tensor, in order",
                y="relative distance",
                switch="ema",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "one view", 0, 0, "view"),
            Box("x1", "the other view", 0, 1, "view"),
            Box("f", "online encoder", 1, 0),
            Box("tf", "target encoder", 1, 1, "teacher"),
            Box("g", "projector", 2, 0),
            Box("tg", "target projector", 2, 1, "teacher"),
            Box("q", "predictor", 3, 0),
            Box("loss", "2 − 2 cos, and the views swapped", 4, 0, "loss"),
        ),
        links=(
            Link("x0", "f"),
            Link("f", "g"),
            Link("g", "q", switch="predictor"),
            Link("q", "loss", switch="predictor"),
            Link("g", "loss", "none", switch="predictor", off="data"),
            Link("x1", "tf"),
            Link("tf", "tg", "stop", switch="stop_gradient", off="data"),
            Link("tg", "loss", "stop", switch="stop_gradient", off="data"),
            Link("f", "tf", "ema", switch="ema"),
            Link("g", "tg", "ema", switch="ema"),
        ),
    )
    equations = (byol_loss, regression)

    @classmethod
    def require(cls, params: BYOLParams, facts: Facts, encoder: Encoder) -> None:  # any encoder will do
        require_pairs(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: BYOLParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=True)
        self.predictor = mlp([params.dim, params.width, params.dim], batch_norm=True)
        self.target_encoder = twin(encoder)
        self.target_projector = twin(self.projector)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        p = self.predictor(z) if self.params.predictor else z  # (2B, D)
        t = self._targets(views) if self.params.ema else z  # (2B, D)
        loss = byol_loss(p[:n], p[n:], t[:n], t[n:], stop_gradient=self.params.stop_gradient)
        peek = {"h": h.detach(), "z": z.detach(), "p": p.detach(), "target": t.detach()}
        momentum = torch.tensor(self.momentum_at(batch.progress))
        return Step(loss, {}, peek, {"momentum": momentum})

    def _targets(self, views: Sequence[Tensor]) -> Tensor:
        """z' of all views, (2B, D). Without stop-gradient, the gradient goes on to the weights that the target averages."""
        if self.params.stop_gradient:
            with torch.no_grad():
                targets: Tensor = self.target_projector(self.encode(views, self.target_encoder))
                return targets
        h = self.encode(views, partial(straight_through, self.target_encoder, self.encoder))
        return straight_through(self.target_projector, self.projector, h)

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def momentum_at(self, progress: float) -> float:
        """τ at this share of the run; 0 where the target is the online network itself."""
        return cosine(progress, self.params.momentum, self.params.final_momentum) if self.params.ema else 0.0

    def after_step(self, batch: Batch) -> None:
        momentum = self.momentum_at(batch.progress)
        for teacher, student in self._twins():
            ema_update(teacher, student, momentum)

    def _twins(self) -> tuple[tuple[nn.Module, nn.Module], ...]:
        return (self.target_encoder, self.encoder), (self.target_projector, self.projector)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        if name == "byol_agreement":
            return agreement(peek["p"], peek["target"], views)
        pairs = [pair for twins in self._twins() for pair in zip(*(net.parameters() for net in twins), strict=True)]
        return {"values": torch.stack([(a - b).norm() / b.norm().clamp_min(EPS) for a, b in pairs])[None]}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return ("loss", "chance, unrelated directions", 4.0), ("loss", "lowest possible: collapse reaches it", 0.0)


METHODS.add("byol", BYOL)
