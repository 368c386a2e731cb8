"""MoCo v2 (He et al. 2020, "Momentum Contrast for Unsupervised Visual Representation Learning", arXiv:1911.05722; Chen et al. 2020,
"Improved Baselines with Momentum Contrastive Learning", arXiv:2003.04297).

Eq. 1     L_q = -log( exp(q·k₊/τ) / Σ_{k in {k₊} and queue} exp(q·k/τ) )   -> info_nce
Eq. 2     θ_k <- m θ_k + (1 - m) θ_q                                     -> after_step, sslviz.nn.ema
Alg. 1    the loss sees the queue before the batch's keys enter it       -> step, after_step; sslviz.nn.queue

Shapes: B images, K keys in the queue, F features h, D projected. One view makes the queries q, the other the keys k.

v2 adds to v1 the projector (hidden layer, ReLU, no batch norm), stronger augmentation and τ = 0.2. The code updates θ_k before the
keys are made, we right after the weights were: the same keys. Departures: the queue wraps truly, so any K from the batch up will
do (the code asserts that the batch divides it). K = 2,048 and m = 0.99 instead of 65,536 and 0.999, and AdamW instead of SGD: a run
of minutes would end before a slower teacher or a longer queue is of any use.

Batch norm: query and positive key are seen together by the statistics of their batch, the keys in the queue are not, and a network
can tell the positive by that. The authors shuffle the keys among GPUs, whose statistics are their own (32 images each). Here is one
process: "shuffled batch norm" draws the keys' images into random groups of about 32, each of which is normalised by itself.
Synchronised statistics, as v3 has them, would not help a queue. Networks without batch norm have nothing to shuffle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, two_views
from sslviz.methods.errors import MethodError
from sslviz.nn.ema import ema_update
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.queue import Queue
from sslviz.nn.queue_figures import EACH, Specimens, push_by_age, ring
from sslviz.nn.twin import twin
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, check, describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of its direction."""

GROUP = 32
"""Images that a teacher's batch norm sees together while it is shuffled: what the authors have on a GPU."""


@dataclass(frozen=True, slots=True)
class MoCoParams:
    """What can be turned, each with what it does."""

    tau: float = param(
        0.2, lo=0.01, hi=2.0, scale="log", label="temperature", symbol="τ", paper="0.2; 0.07 in v1",
        up="all keys push alike", down="only the keys nearest to the query push",
    )  # fmt: skip
    momentum: float = param(
        0.99, lo=0.0, hi=1.0, label="EMA momentum", symbol="m", paper="0.999 (0 fails, 0.9 loses 4 points: Table 4)",
        up="old keys stay comparable with new ones; 1: the teacher never learns", down="the queue holds keys of ever different networks; 0: the teacher is the student",
    )  # fmt: skip
    queue: int = param(
        2048, lo=16, hi=65_536, scale="log", label="queue", symbol="K", unit="keys", paper="65,536",
        up="more negatives, and older ones; new places begin with random directions", down="fewer, fresher negatives; the newest keys stay",
    )  # fmt: skip
    shuffle: bool = switch(
        True, label="shuffled batch norm", paper="on, among GPUs",
        on="keys are normalised in random groups: nothing but the image tells which key is the query's own",
        off="query and key share their batch's statistics, the queue does not: a shortcut",
    )  # fmt: skip
    ages: bool = switch(
        True, label="colour the queue by age", on="each place of the queue shows how many steps ago its key was made",
        off="each place shows how hard its key pushes the queries of the batch",
    )  # fmt: skip
    width: int = param(
        128, lo=1, hi=8192, label="projector width", paper="2048", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="128", live=False, scale="log",
        up="more directions to spread in", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


def info_nce(q: Tensor, k: Tensor, queue: Tensor, tau: float) -> tuple[Tensor, Tensor]:
    """Mean of Eq. 1 over the batch. q, k (B, D), not normalised; queue (K, D) of unit rows -> loss (), logits (B, 1 + K).

    The positive is in column 0. No gradient reaches k and the queue. Equal directions everywhere give ln(K + 1).
    """
    with full_precision(q.device):
        u, v = direction(q), direction(k.detach())  # (B, D)
        positive = (u * v).sum(dim=1, keepdim=True)  # (B, 1)
        logits = torch.cat([positive, u @ queue.detach().to(u.dtype).T], dim=1) / tau  # (B, 1 + K)
        return F.cross_entropy(logits, logits.new_zeros(len(u), dtype=torch.int64)), logits


def direction(z: Tensor) -> Tensor:
    """z / |z|, (n, D) -> (n, D), float32 or float64, whatever autocast says."""
    return F.normalize(widen(z), dim=1, eps=EPS)


class MoCo(Method):
    """A query shall find the key of its own image among those of the last batches, which a slow teacher made."""

    Params = MoCoParams
    params: MoCoParams
    info = MethodInfo(
        name="moco",
        title="MoCo v2",
        paper="He et al. 2020, arXiv:1911.05722; Chen et al. 2020, arXiv:2003.04297",
        idea="Each query shall find the key of its own image in a queue of thousands, which a slow teacher keeps comparable.",
        collapse="Complete, with momentum 0: the queue's keys come from ever different networks and hold nothing apart; the std falls towards 0 while the loss rises to chance, ln(K+1).",
        family="contrastive",
        params=describe(MoCoParams),
        augmentation="simclr_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="InfoNCE over 1 + K keys",
        equation=r"\mathcal{L} = -\frac{1}{B} \sum_{i=1}^{B} \log \frac{\exp(q_i \cdot k_i / \tau)}{\exp(q_i \cdot k_i / \tau) + \sum_{j=1}^{K} \exp(q_i \cdot n_j / \tau)}, \qquad \theta_k \leftarrow m \theta_k + (1 - m) \theta_q",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("B", "images in the batch", "batch_size"),
            Symbol("q_i", "the query: the student's projection of one view, at unit length"),
            Symbol("k_i", "its positive key: the teacher's projection of the other view, without gradient"),
            Symbol("n_j", "a key in the queue, made by the teacher of an earlier step"),
            Symbol("K", "keys in the queue", "queue"),
            Symbol(r"\tau", "temperature", "tau"),
            Symbol(r"\theta_q", "weights of the student, which the optimiser trains"),
            Symbol(r"\theta_k", "weights of the teacher, which follow"),
            Symbol("m", "momentum of the EMA", "momentum"),
        ),
        figures=(
            FigureInfo(
                "moco_queue", "The queue", "matrix",
                "Each cell is a place of the ring, row by row, coloured by the age of its key in steps (or by its push): the edge between new and old is where the next keys go.",
                x="places, row by row", y="row of the ring", switch="ages",
            ),
            FigureInfo(
                "moco_push", "Who pushes, by age", "bars",
                "How hard the keys of each age push the queries, on average; the line is an even share. Stale keys push less, or at random.",
                x="age in steps", y="times an even share", switch="queue",
            ),
            FigureInfo(
                "moco_staleness", "Staleness", "curves",
                "Cosine of keys in the queue with what today's teacher makes of the same views: 1 is as good as new. The line is the cosine of the batch's own keys in other company.",
                x="age in steps", y="cosine", switch="momentum",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("x0", "view 1", 0, 0, "view"),
            Box("x1", "view 2", 0, 1, "view"),
            Box("f", "encoder", 1, 0),
            Box("tf", "teacher's encoder", 1, 1, "teacher"),
            Box("g", "projector", 2, 0),
            Box("tg", "teacher's projector", 2, 1, "teacher"),
            Box("loss", "which key is the query's?", 3, 0, "loss"),
            Box("queue", "queue of keys", 3, 1, "memory"),
        ),
        links=(
            Link("x0", "f"),
            Link("x1", "tf", "stop"),
            Link("f", "g"),
            Link("tf", "tg", "stop"),
            Link("f", "tf", "ema"),
            Link("g", "tg", "ema"),
            Link("g", "loss"),
            Link("tg", "loss", "stop"),
            Link("tg", "queue", "stop"),
            Link("queue", "loss", "stop"),
        ),
    )  # fmt: skip
    equations = (info_nce, direction)

    @classmethod
    def require(cls, params: MoCoParams, facts: Facts, encoder: Encoder) -> None:  # any network will do
        if params.queue < facts.batch_size:
            raise MethodError(*_too_short(params.queue, facts.batch_size), field="queue")

    def __init__(self, encoder: Encoder, params: MoCoParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=False)
        self.teacher = twin(self._student())
        self.queue = Queue(params.queue, params.dim, random=True)
        self.specimens = Specimens(params.dim, facts.view_sizes[-1])
        self._norms = any(isinstance(module, _BatchNorm) for module in encoder.modules())
        self._keys: list[Tensor] = []  # unit keys (B, D) of the batch, or of its pieces, until after_step
        self._keys_of = 0  # the step that they belong to
        self._views: Tensor | None = None  # what gave the first of them

    def _student(self) -> nn.Sequential:
        return nn.Sequential(self.encoder, self.projector)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        two_views(views, self.info.title)
        x0, x1 = (view for group in views for view in group)  # (B, 3, h, w)
        h = self.encoder(x0)  # (B, F)
        q = self.project(h)  # (B, D)
        k = self._key(x1, batch)  # (B, D)
        loss, logits = info_nce(q, k, self.queue.rows, self.params.tau)
        attract = (1 / self.params.tau - logits.detach()[:, 0]).mean()
        parts = {"attract": attract, "repel": loss.detach() - attract}
        measures = {
            "accuracy": found(logits.detach()),
            "momentum": torch.tensor(self.params.momentum, device=loss.device),
        }
        z = torch.cat([q.detach(), k.to(q.dtype)])
        peek = {"h": h.detach(), "z": z, "logits": logits.detach(), "born": self.queue.born.clone()}
        return Step(loss, parts, peek, measures)

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    @torch.no_grad()
    def _key(self, x: Tensor, batch: Batch) -> Tensor:
        """Unit keys of views x (B, 3, h, w), remembered for the queue: (B, D)."""
        groups = max(len(x) // GROUP, 1) if self.params.shuffle and self._norms else 1
        if groups > 1:
            order = torch.randperm(len(x), generator=batch.generator, device=x.device)
            k = torch.cat([self.teacher(x[part]) for part in order.chunk(groups)])[order.argsort()]
        else:
            k = self.teacher(x)
        with full_precision(x.device):
            k = direction(k)
        if batch.step != self._keys_of:
            self._keys, self._keys_of, self._views = [], batch.step, x[:EACH]
        self._keys.append(k)
        return k

    def after_step(self, batch: Batch) -> None:
        ema_update(self.teacher, self._student(), self.params.momentum)
        keys = torch.cat(self._keys)
        self.queue.push(keys, batch.step)
        if self._views is not None:
            self.specimens.keep(keys[: len(self._views)], self._views, batch.step, steps=len(self.queue) // len(keys))
        self._keys, self._views = [], None

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        if name == "queue":
            size = int(check(next(info for info in self.info.params if info.name == "queue"), value))
            if size < self.facts.batch_size:
                raise SpecError(*_too_short(size, self.facts.batch_size))
            self.queue.resize(size)
        return super().set_param(name, value)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:  # the queue decides
        keys = len(self.queue) + 1
        return ("loss", "chance ln(K+1)", math.log(keys)), ("accuracy", "chance 1/(K+1)", 1 / keys)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        age = batch.step - peek["born"]  # (K,)
        if name == "moco_staleness":
            return self.specimens.staleness(self.teacher, views[-1][-1], peek["z"][len(peek["h"]) :], batch.step)
        push = peek["logits"][:, 1:].softmax(dim=1).mean(0) * len(age)  # (K,), 1 is an even share
        if name == "moco_push":
            return push_by_age(push, age)
        return {"values": ring(age.float() if self.params.ages else push)}


def found(logits: Tensor) -> Tensor:
    """Share of the queries whose own key is nearest; ties count against: logits (B, 1 + K) -> ()."""
    return (logits[:, 0] > logits[:, 1:].amax(dim=1)).float().mean()


def _too_short(size: int, batch_size: int) -> tuple[str, str]:
    return (
        f"A queue of {size:,} keys cannot hold those of one batch of {batch_size:,} images.",
        f"Choose a queue of at least {batch_size:,} keys, or a smaller batch.",
    )


METHODS.add("moco", MoCo)
