"""MoCo v3 (Chen et al. 2021, "An Empirical Study of Training Self-Supervised Vision Transformers", arXiv:2104.02057).

Eq. 1     L_q = -log( exp(q·k₊/τ) / Σ_{k of the batch} exp(q·k/τ) )        -> directed
Alg. 1    loss = ctr(q₁, k₂) + ctr(q₂, k₁),  ctr = 2τ L_q                  -> moco_v3_loss
          k from the momentum encoder, q through a predictor              -> step
Sec. 3    θ_k <- m θ_k + (1 - m) θ_q, m along a cosine to 1                -> momentum_at, after_step

Shapes: B images in two views, F features h, D projected z (student), k (teacher) and q (predicted).

No queue: the other images' keys are the negatives, of one and the same teacher. The factor 2τ, which the paper writes and its code
keeps, makes the gradient's size nearly independent of τ: at τ = 0.2, chance is 0.8 ln N and not 2 ln N.

Departures: the code's projector and predictor have two layers for a ResNet and three and two for a ViT, both ending in a batch norm
(for a ResNet, the predictor does not); here they are those of the ResNet, narrow, for both. AdamW instead of LARS, and τ = 0.2, which
the paper has for ViTs, instead of 1. m begins at 0.99. Batch norm is synchronised there, and sees the whole batch here, which is the same.
A ViT's patch projection is frozen there, against instability in long runs ("frozen patch projection").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, two_views
from sslviz.methods.pictures.agreement import agreement
from sslviz.methods.pictures.pushes import push_by_rank, require_negatives
from sslviz.nn.ema import ema_update
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.schedules import cosine
from sslviz.nn.twin import twin
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of its direction."""


@dataclass(frozen=True, slots=True)
class MoCoV3Params:
    """What can be turned, each with what it does."""

    tau: float = param(
        0.2, lo=0.01, hi=2.0, scale="log", label="temperature", symbol="τ", paper="0.2 ViT, 1 ResNet",
        up="all keys push alike", down="only the keys nearest to the query push",
    )  # fmt: skip
    momentum: float = param(
        0.99, lo=0.0, hi=1.0, label="EMA momentum, at first", symbol="m", paper="0.99",
        up="a steadier, older teacher; 1 never moves it", down="a younger, less steady teacher; 0 copies the student",
    )  # fmt: skip
    final_momentum: float = param(
        1.0, lo=0.0, hi=1.0, label="EMA momentum, at the end", paper="1, along a cosine",
        up="the teacher comes to rest", down="the teacher follows to the end; equal to the first: no schedule",
    )  # fmt: skip
    predictor: bool = switch(
        True, label="predictor", on="the student predicts the key, it need not equal it",
        off="the projection itself is the query: a little worse, and no collapse, as negatives remain", paper="on; off loses 1 point",
    )  # fmt: skip
    frozen_patches: bool = switch(
        True, label="frozen patch projection (ViT)", on="patches are projected at random for good: no sudden dips in long runs",
        off="the patch projection is trained like the rest", paper="on", live=False,
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="width of the heads", paper="4096", live=False, scale="log",
        up="more room in projector and predictor, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="256", live=False, scale="log",
        up="more directions to spread in", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


def matched(q: Tensor, k: Tensor, tau: float) -> Tensor:
    """Logits q_i·k_j/τ of unit rows, without gradient to k: q, k (B, D) -> (B, B), float32 or float64, whatever autocast says."""
    with full_precision(q.device):
        u, v = (F.normalize(widen(x), dim=1, eps=EPS) for x in (q, k.detach()))
        return u @ v.T / tau


def directed(q: Tensor, k: Tensor, tau: float) -> Tensor:
    """ctr of Alg. 1: 2τ times Eq. 1, the mean over the batch. q, k (B, D) -> (). One image gives 0, equal rows 2τ ln B."""
    logits = matched(q, k, tau)
    return 2 * tau * F.cross_entropy(logits, torch.arange(len(q), device=q.device))


def moco_v3_loss(q0: Tensor, q1: Tensor, k0: Tensor, k1: Tensor, tau: float) -> Tensor:
    """Both directions, summed: predictions q and the teacher's keys k of views 0 and 1, (B, D) each -> ()."""
    return directed(q0, k1, tau) + directed(q1, k0, tau)


class MoCoV3(Method):
    """A student's prediction from one view shall find the teacher's key of the other among the batch's."""

    Params = MoCoV3Params
    params: MoCoV3Params
    info = MethodInfo(
        name="moco_v3",
        title="MoCo v3",
        paper="Chen et al. 2021, arXiv:2104.02057",
        idea="Predict from one view which of the batch's keys, made by a slow teacher, is that of the other view.",
        collapse="The batch's other keys hold images apart, with or without the predictor; equal keys would give the chance loss 4τ ln N, and a std of 0.",
        family="contrastive",
        params=describe(MoCoV3Params),
        augmentation="simclr_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="InfoNCE × 2τ, both directions",
        equation=r"\mathcal{L} = -\frac{2\tau}{N} \sum_{i=1}^{N} \left[ \log \frac{\exp(q_i \cdot k'_i / \tau)}{\sum_{j} \exp(q_i \cdot k'_j / \tau)} + \log \frac{\exp(q'_i \cdot k_i / \tau)}{\sum_{j} \exp(q'_i \cdot k_j / \tau)} \right], \qquad \theta_k \leftarrow m \theta_k + (1 - m) \theta_q",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("N", "images in the batch, each seen in two views", "batch_size"),
            Symbol("q_i, q'_i", "what the student's predictor makes of the two views, at unit length", "predictor"),
            Symbol("k_i, k'_i", "the teacher's projections of the two views, at unit length, without gradient"),
            Symbol(r"\tau", "temperature; the factor 2τ keeps the gradient's size", "tau"),
            Symbol(r"\theta_q", "weights of the student, which the optimiser trains"),
            Symbol(r"\theta_k", "weights of the teacher, which follow"),
            Symbol("m", "momentum of the EMA at this step", "momentum"),
        ),
        figures=(
            FigureInfo(
                "moco_v3_keys", "Queries and keys", "matrix",
                "Cosine of each image's query (row) and each image's key (column): a bright diagonal is learning, the rest of a row are the negatives.",
                x="key, from view 2", y="query, from view 1", lo=-1.0, hi=1.0, switch="predictor",
            ),
            FigureInfo(
                "moco_v3_push", "Who pushes", "bars",
                "Share of the push that the nearest key of another image, the second nearest and so on have; the line is an even share. The temperature sets how steep it is.",
                x="other images' keys, nearest first", y="share of the push", series=("other classes", "own class: false negatives"), switch="tau",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "one view", 0, 0, "view"),
            Box("x1", "the other view", 0, 1, "view"),
            Box("f", "encoder", 1, 0),
            Box("tf", "teacher's encoder", 1, 1, "teacher"),
            Box("g", "projector", 2, 0),
            Box("tg", "teacher's projector", 2, 1, "teacher"),
            Box("p", "predictor", 3, 0),
            Box("loss", "which key is the query's? and the views swapped", 4, 0, "loss"),
        ),
        links=(
            Link("x0", "f"),
            Link("f", "g"),
            Link("g", "p", switch="predictor"),
            Link("p", "loss", switch="predictor"),
            Link("g", "loss", "none", switch="predictor", off="data"),
            Link("x1", "tf", "stop"),
            Link("tf", "tg", "stop"),
            Link("tg", "loss", "stop"),
            Link("f", "tf", "ema"),
            Link("g", "tg", "ema"),
        ),
    )  # fmt: skip
    equations = (moco_v3_loss, directed, matched)

    @classmethod
    def require(cls, params: MoCoV3Params, facts: Facts, encoder: Encoder) -> None:  # any network will do
        require_negatives(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: MoCoV3Params, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        patches = getattr(encoder.backbone, "patch_embed", None)
        if params.frozen_patches and isinstance(patches, nn.Module):
            patches.requires_grad_(False)
        norm = nn.BatchNorm1d(
            params.dim, affine=False
        )  # ends the projector: each dimension has variance 1 over the batch
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=True, last_bias=False).append(
            norm
        )
        self.predictor = mlp([params.dim, params.width, params.dim], batch_norm=True, last_bias=False)
        self.teacher_encoder, self.teacher_projector = twin(encoder), twin(self.projector)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        q = self.predictor(z) if self.params.predictor else z  # (2B, D)
        with torch.no_grad():
            k = self.teacher_projector(self.encode(views, self.teacher_encoder))  # (2B, D)
        loss = moco_v3_loss(q[:n], q[n:], k[:n], k[n:], self.params.tau)
        peek = {"h": h.detach(), "z": z.detach(), "q": q.detach(), "k": k}
        momentum = torch.tensor(self.momentum_at(batch.progress), device=loss.device)
        return Step(loss, {}, peek, {"momentum": momentum})

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def momentum_at(self, progress: float) -> float:
        """m at this share of the run."""
        return cosine(progress, self.params.momentum, self.params.final_momentum)

    def after_step(self, batch: Batch) -> None:
        momentum = self.momentum_at(batch.progress)
        ema_update(self.teacher_encoder, self.encoder, momentum)
        ema_update(self.teacher_projector, self.projector, momentum)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "chance 4τ ln N", 4 * self.params.tau * math.log(batch_size)),)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        if name == "moco_v3_keys":
            return agreement(peek["q"], peek["k"], views)
        n = len(batch.indices)
        logits = matched(peek["q"][:n], peek["k"][n:], self.params.tau).fill_diagonal_(-torch.inf)
        return push_by_rank(logits, batch.labels)


METHODS.add("moco_v3", MoCoV3)
