"""SwAV (Caron et al. 2020, "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments", arXiv:2006.09882).

Eq. 2     p = softmax(z·c/τ), l(z_t, q_s) = -Σ_k q_s log p_t              -> swapped_prediction
Eq. 3-5   Q = argmax Tr(QᵀCᵀZ) + ε H(Q), prototypes used evenly,
          = Diag(u) exp(CᵀZ/ε) Diag(v), a few rounds of Sinkhorn-Knopp    -> sinkhorn
Eq. 6     codes of the 2 global crops, each predicted from all the others -> swapped_prediction
App. A    prototypes of unit length before every step, still at first     -> sslviz.nn.prototypes, SwAV.before_update

Shapes: B images in V crops, the first two global; K prototypes; F features h, D numbers in z.

Departures: the code is followed where the paper is silent: the last half round is over prototypes, so that a code sums to 1
exactly and the prototypes are used evenly only about; codes are soft. Sinkhorn runs in log space: exp(score/ε) overflows
float32 at ε = 0.005 already. Off (or 0 rounds) it leaves softmax(score/ε). The queue is used as soon as it is full, the code
waits for epoch 15 besides. K = 64 instead of 3,000, AdamW instead of LARS, two crops by default (dino_shapes and swav make more),
and ε = 0.02, as at 0.05 the codes of a small network stay nearly uniform: for small batches of small images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, first_crops, require_crops
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.prototypes import EPS, Prototypes, cross_entropies, of_other_crops, pairs, shares
from sslviz.nn.queue import Queue
from sslviz.nn.sorting import belonging, gallery, side_by_side, sorting_measures, uniform_lines, usage
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, describe, param, switch

GLOBALS = 2
"""Crops that codes are made of."""


@dataclass(frozen=True, slots=True)
class SwAVParams:
    """What can be turned, each with what it does."""

    sinkhorn: bool = switch(
        True, label="Sinkhorn", paper="Sec. 3.1", on="codes use all prototypes evenly over the batch",
        off="nothing spreads the codes: all images fall to one prototype, at the lowest possible loss",
    )  # fmt: skip
    iterations: int = param(
        3, lo=0, hi=30, label="Sinkhorn rounds", paper="3", up="prototypes are used more evenly", down="0: Sinkhorn off",
    )  # fmt: skip
    epsilon: float = param(
        0.02, lo=0.005, hi=1.0, scale="log", label="Sinkhorn's epsilon", symbol="ε", paper="0.05; 0.03 for 400 epochs",
        up="softer codes; at 1 all are uniform and teach nothing", down="harder codes: one prototype an image",
    )  # fmt: skip
    normalise: bool = switch(
        True, label="prototypes of unit length", paper="App. A", on="no prototype wins by its length",
        off="long prototypes dominate, and scores outgrow the temperature",
    )  # fmt: skip
    local_crops: bool = switch(
        True, label="local crops", paper="Sec. 3.2", on="small crops predict the codes of large ones: parts match the whole",
        off="only the two global crops predict each other: faster steps",
    )  # fmt: skip
    tau: float = param(
        0.1, lo=0.01, hi=1.0, scale="log", label="temperature", symbol="τ", paper="0.1",
        up="scores must spread further to match a code", down="small differences of scores suffice",
    )  # fmt: skip
    queue: int = param(
        0, lo=0, hi=65_536, label="queue", unit="images", paper="0; 3,840 for batches of 256",
        up="codes are balanced over earlier images as well: for batches below some prototypes", down="0: over the batch alone",
    )  # fmt: skip
    frozen_steps: int = param(
        50, lo=0, hi=1_000_000, label="prototypes frozen for", unit="steps", paper="1 epoch",
        up="the prototypes wait longer for useful features", down="0: they learn from the first step",
    )  # fmt: skip
    prototypes: int = param(
        64, lo=2, hi=65_536, scale="log", label="prototypes", symbol="K", paper="3,000", live=False,
        up="finer sorting; more than a batch's images want a queue", down="coarser sorting, faster",
    )  # fmt: skip
    width: int = param(
        128, lo=1, hi=8192, scale="log", label="projector width", paper="2048", live=False,
        up="more room between h and the prototypes, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, scale="log", label="projection size", symbol="D", paper="128", live=False,
        up="more room for prototypes to differ", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


@torch.no_grad()
def sinkhorn(scores: Tensor, epsilon: float, iterations: int) -> Tensor:
    """Codes Q = Diag(u) exp(scores/ε) Diag(v): scores (..., n, K) -> (..., n, K) whose rows sum to 1; no gradient.

    A round gives each prototype the same total over the n images, then each image a total of 1. Without a round each image is
    on its own. In log space: every ε and any score will do.
    """
    with full_precision(scores.device):
        log_q = widen(scores) / epsilon
        for _ in range(iterations):
            log_q -= log_q.logsumexp(-2, keepdim=True)  # over images
            log_q -= log_q.logsumexp(-1, keepdim=True)  # over prototypes
        return F.softmax(log_q, dim=-1)


def swapped_prediction(scores: Tensor, codes: Tensor, tau: float) -> tuple[Tensor, Tensor, Tensor]:
    """Mean of -q_s·log p_t over the B images and the T(V-1) pairs of a crop s that has a code with another crop t.

    scores (V, B, K), the T crops with codes (T, B, K) first -> loss (), each pair's (T, V), 0 where t is s, and log p (V, B, K).
    Codes and predictions that are uniform give ln K.
    """
    with full_precision(scores.device):
        log_p = F.log_softmax(widen(scores) / tau, dim=-1)  # (V, B, K)
        crossed = of_other_crops(cross_entropies(codes, log_p))  # (T, V)
    return crossed.sum() / pairs(*crossed.shape), crossed, log_p


class SwAV(Method):
    """Each crop predicts which prototypes another crop of its image was given, where all prototypes are given away evenly."""

    Params = SwAVParams
    params: SwAVParams
    info = MethodInfo(
        name="swav",
        title="SwAV",
        paper="Caron et al. 2020, arXiv:2006.09882",
        idea="A crop predicts the cluster of another crop of its image, while all clusters must be used evenly.",
        collapse="Sinkhorn off: one prototype takes all images, the entropy of the mean falls to 0 (complete). Epsilon at 1: codes are uniform, entropy ln K.",
        family="clustering",
        params=describe(SwAVParams),
        augmentation="simclr_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy in nats, mean over pairs of crops",
        equation=r"\mathcal{L} = -\frac{1}{2(V-1)} \sum_{s \in \{1, 2\}} \sum_{t \neq s} q_s^\top \log \mathrm{softmax}\left(\frac{C^\top z_t}{\tau}\right), \quad Q = \mathrm{Diag}(u) \exp\left(\frac{C^\top Z}{\varepsilon}\right) \mathrm{Diag}(v)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss, at least the codes' entropy", "loss"),
            Symbol("s", "one of the two global crops, which have codes"),
            Symbol("t", "any other of the V crops, which predict"),
            Symbol("q_s", "code of crop s, a column of Q, without gradient: its entropy", "teacher_entropy"),
            Symbol("z_t", "the projection of crop t, at unit length"),
            Symbol("C", "the K prototypes, at unit length", "prototypes"),
            Symbol("u, v", "factors that use all prototypes evenly: Sinkhorn's rounds", "iterations"),
            Symbol(r"\tau", "temperature of the predictions", "tau"),
            Symbol(r"\varepsilon", "smoothness of the codes", "epsilon"),
        ),
        figures=(
            FigureInfo(
                "swav_use", "Use of the prototypes", "bars",
                "Mean over the batch, most used first: Sinkhorn holds the codes at the line, 1/K; without it one prototype takes all.",
                x="prototype, most used first", y="share of the batch", series=("codes", "predictions"), switch="sinkhorn",
            ),
            FigureInfo(
                "swav_codes", "Codes", "matrix",
                "Each row is an image, each column a prototype: how much of the image's code it has.",
                x="prototype, most used first", y="image", lo=0.0, hi=1.0, switch="epsilon",
            ),
            FigureInfo(
                "swav_swap", "Codes and predictions", "bars",
                "Four images: the code of one crop, and what the other crop predicts, at the likeliest prototypes; the line is 1/K.",
                x="image · prototype", y="probability", series=("code", "prediction"), switch="epsilon",
            ),
            FigureInfo(
                "swav_gallery", "Images of the prototypes", "tiles",
                "The most used prototypes, and the images of the batch whose codes have most of them.",
                x="nearest image first", y="prototype",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("other", "all crops", 0, 0, "view"),
            Box("global", "global crops", 0, 1, "view"),
            Box("f_other", "encoder", 1, 0),
            Box("f_global", "encoder, the same", 1, 1),
            Box("g_other", "projector", 2, 0),
            Box("g_global", "projector, the same", 2, 1),
            Box("predictions", "prototypes", 3, 0),
            Box("codes", "Sinkhorn's codes", 3, 1, "teacher"),
            Box("queue", "queue", 2, 2, "memory"),
            Box("loss", "cross-entropy", 4, 0, "loss"),
        ),
        links=(
            Link("other", "f_other"),
            Link("global", "f_global", "stop"),
            Link("f_other", "g_other"),
            Link("f_global", "g_global", "stop"),
            Link("g_other", "predictions"),
            Link("g_global", "codes", "stop"),
            Link("queue", "codes", "stop", switch="queue"),
            Link("predictions", "loss"),
            Link("codes", "loss", "stop"),
        ),
    )  # fmt: skip
    equations = (sinkhorn, swapped_prediction)

    @classmethod
    def require(cls, params: SwAVParams, facts: Facts, encoder: Encoder) -> None:
        require_crops(facts, cls.info.title)
        if 0 < params.queue < facts.batch_size:
            raise MethodError(*too_short(params.queue, facts.batch_size), field="queue")

    def __init__(self, encoder: Encoder, params: SwAVParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=True)
        self.prototypes = Prototypes(params.dim, params.prototypes)
        self.queue = self._new_queue()
        self._seen: list[
            Tensor
        ] = []  # z at unit length of the batch's global crops, or of its pieces', until after_step
        self._seen_at = 0

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        if self.params.normalise:
            self.prototypes.normalise()
        n = views[0].shape[1]
        h = self.encode(views if self.params.local_crops else first_crops(views, GLOBALS))  # (V*B, F)
        z = self.project(h)  # (V*B, D)
        u = unit(z)
        scores = self.prototypes(u).view(-1, n, self.params.prototypes)  # (V, B, K)
        codes = self._codes(scores[:GLOBALS])  # (2, B, K)
        self._remember(u.detach()[: GLOBALS * n], batch)
        loss, crossed, log_p = swapped_prediction(scores, codes, self.params.tau)
        peek = {"h": h.detach(), "z": z.detach(), "codes": codes, "predictions": log_p[:GLOBALS].detach()}
        return Step(loss, shares(crossed.detach(), GLOBALS), peek, sorting_measures(codes, loss))

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    @torch.no_grad()
    def _codes(self, scores: Tensor) -> Tensor:
        """Codes of the global crops' scores (2, B, K), balanced together with those of the queue once it is full."""
        n, p = scores.shape[1], self.params
        if p.queue and self.queue.full:
            stored = self.queue.rows.view(-1, GLOBALS, p.dim).transpose(0, 1)  # (2, L, D)
            scores = torch.cat([self.prototypes(stored), scores], dim=1)
        return sinkhorn(scores, p.epsilon, p.iterations if p.sinkhorn else 0)[:, -n:]

    def _remember(self, u: Tensor, batch: Batch) -> None:
        """Keep u (2B, D) for the queue: one row for an image, its crops side by side."""
        if batch.step != self._seen_at:
            self._seen, self._seen_at = [], batch.step
        self._seen.append(u.view(GLOBALS, -1, self.params.dim).transpose(0, 1).flatten(1))  # (B, 2D)

    def before_update(self, batch: Batch) -> None:
        if batch.step <= self.params.frozen_steps:
            self.prototypes.weight.grad = None  # not 0: the optimiser's decay and averages leave it alone as well

    def after_step(self, batch: Batch) -> None:
        if self.params.queue:
            self.queue.push(torch.cat(self._seen), batch.step)
        self._seen = []

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        if name == "queue" and isinstance(value, int) and 0 < value < self.facts.batch_size:
            raise SpecError(*too_short(value, self.facts.batch_size))
        before, after = super().set_param(name, value)
        if name == "queue" and before != after:
            self._resize_queue(int(before))
        return before, after

    def _resize_queue(self, before: int) -> None:
        """A queue that was off begins anew: what it had is as old as its last step."""
        if before and self.params.queue:
            self.queue.resize(self.params.queue)
        else:
            self.queue = self._new_queue().to(self.prototypes.weight.device)

    def _new_queue(self) -> Queue:
        return Queue(max(self.params.queue, 1), GLOBALS * self.params.dim)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return uniform_lines(self.params.prototypes)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        codes, predictions = peek["codes"], peek["predictions"].exp()  # (2, B, K) each
        match name:
            case "swav_use":
                return usage(codes.flatten(0, 1), predictions.flatten(0, 1))
            case "swav_codes":
                return belonging(codes[0], views[0][0])
            case "swav_swap":
                return side_by_side(codes[0], predictions[1])
        return gallery(codes[0], views[0][0])


def unit(z: Tensor) -> Tensor:
    """Rows of z (n, D) at unit length, float32 or wider."""
    return F.normalize(widen(z), dim=1, eps=EPS)


def too_short(queue: int, batch_size: int) -> tuple[str, str]:
    """Message and hint for a queue that one batch overfills."""
    return (
        f"A queue of {queue:,} images is smaller than the batch of {batch_size:,}: it would hold nothing but the last one.",
        f"Choose 0 for no queue, or {batch_size:,} and more.",
    )


METHODS.add("swav", SwAV)
