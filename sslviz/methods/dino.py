"""DINO (Caron et al. 2021, "Emerging Properties in Self-Supervised Vision Transformers", arXiv:2104.14294).

Eq. 1     P(x) = softmax(g(x)/τ)                                          -> sharpened (teacher, centred), dino_loss (student)
Eq. 3     min Σ_{x in globals} Σ_{x' ≠ x} H(P_t(x), P_s(x'))              -> dino_loss
Eq. 4     c <- m c + (1 - m) mean of the teacher's logits                 -> moved_centre
Sec. 3.1  θ_t <- λ θ_t + (1 - λ) θ_s, λ along a cosine to 1               -> DINO.momentum, sslviz.nn.ema
App. C    head: MLP, bottleneck at unit length, weight-normed layer       -> sslviz.nn.dino_head

Shapes: B images in V crops, the first two global; K prototypes; F features h, D numbers in the bottleneck z.

Departures: the code is followed where the paper is silent: mean over all 2(V-1) pairs and the batch; the centre of a step is the
one before it, of global crops only, and starts at 0; the warm-up of the teacher's temperature reaches its end with its last
step (steps here, epochs there) and is off by default, as in the code (whose help says 30 epochs). One pass of each network a
crop size, as in the code. K = 256 instead of 65,536, narrow head, no blur and no solarising on 32 px: for minutes on a laptop.
τ_t = 0.03, as at 0.04 a small convolutional network drifts towards uniform targets; it has batch norm in its head, for without
its images differ so little at first that targets are uniform from the start.
Batch norm of a convolutional teacher keeps its own statistics (the authors copy none either). Sharpening off is τ_t = 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, first_crops, require_crops
from sslviz.nn.dino_head import DINOHead
from sslviz.nn.ema import ema_update
from sslviz.nn.encoder import Encoder, is_convolutional
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.prototypes import cross_entropies, of_other_crops, pairs, shares
from sslviz.nn.schedules import cosine, linear_then_constant
from sslviz.nn.sorting import at_used, belonging, gallery, side_by_side, sorting_measures, uniform_lines, usage
from sslviz.nn.twin import twin
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import choice, describe, param, switch

GLOBALS = 2
"""Crops that the teacher sees."""


@dataclass(frozen=True, slots=True)
class DINOParams:
    """What can be turned, each with what it does."""

    centring: bool = switch(
        True, label="centring", paper="Sec. 3.1", on="the teacher's logits lose their running mean: no prototype may win everywhere",
        off="one prototype takes all images: complete collapse, entropy 0",
    )  # fmt: skip
    sharpening: bool = switch(
        True, label="sharpening", paper="Sec. 3.1", on="the teacher's temperature is low: it commits itself to few prototypes",
        off="the teacher's temperature is 1: it says the same of every image, a uniform output, entropy ln K",
    )  # fmt: skip
    ema: bool = switch(
        True, label="momentum teacher (EMA)", on="the teacher is a slow average of the student",
        off="the teacher is the student of the step before",
    )  # fmt: skip
    local_crops: bool = switch(
        True, label="local crops", on="small crops must say what the teacher says of large ones: parts match the whole",
        off="only the two global crops are compared: faster steps, features of wholes",
    )  # fmt: skip
    momentum: float = param(
        0.99, lo=0.0, hi=1.0, label="EMA momentum at the start", symbol="λ", paper="0.996; to 1 along a cosine",
        up="a steadier, later teacher", down="a teacher closer to the student",
    )  # fmt: skip
    teacher_tau: float = param(
        0.03, lo=0.005, hi=1.0, scale="log", label="teacher temperature", symbol="τₜ", paper="0.04 to 0.07",
        up="softer targets, towards uniform output", down="harder targets: fewer prototypes an image",
    )  # fmt: skip
    student_tau: float = param(
        0.1, lo=0.01, hi=1.0, scale="log", label="student temperature", symbol="τₛ", paper="0.1",
        up="the student must spread its logits further", down="small differences of its logits suffice",
    )  # fmt: skip
    centre_momentum: float = param(
        0.9, lo=0.0, hi=1.0, label="centre momentum", symbol="m", paper="0.9",
        up="the centre follows later", down="the centre is that of the last batch",
    )  # fmt: skip
    warm_tau: float = param(
        0.03, lo=0.005, hi=1.0, scale="log", label="teacher temperature at the start", paper="0.04",
        up="softer targets while the teacher knows little", down="harder targets from the start",
    )  # fmt: skip
    warm_steps: int = param(
        0, lo=0, hi=1_000_000, label="temperature warm-up", unit="steps", paper="0 or 30 epochs",
        up="the teacher's temperature takes longer to reach its value", down="0: the teacher's temperature from the start",
    )  # fmt: skip
    frozen_steps: int = param(
        50, lo=0, hi=1_000_000, label="last layer frozen for", unit="steps", paper="1 epoch",
        up="the prototypes wait longer for useful features", down="0: they learn from the first step",
    )  # fmt: skip
    prototypes: int = param(
        256, lo=2, hi=65_536, scale="log", label="prototypes", symbol="K", paper="65,536", live=False,
        up="finer sorting, slower", down="coarser sorting, faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, scale="log", label="bottleneck", symbol="D", paper="256", live=False,
        up="more room for prototypes to differ", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, scale="log", label="head width", paper="2048", live=False,
        up="more room between h and the prototypes, slower", down="faster",
    )  # fmt: skip
    layers: int = param(
        3, lo=1, hi=8, label="head layers", paper="3", live=False,
        up="the features keep more than the loss asks for", down="1: the bottleneck reads the features directly",
    )  # fmt: skip
    head_norm: str = choice(
        "auto", ("auto", "on", "off"), label="batch norm in the head", paper="off; on in lightly's CIFAR-10 recipe",
        about="on: what all images share leaves the head, so that the prototypes see how they differ; auto: on behind a convolutional backbone, "
        "whose untrained features hardly differ, off behind a transformer",
    )  # fmt: skip
    norm_last_layer: bool = switch(
        True, label="prototypes of unit length", paper="on; off for small ViTs", live=False,
        on="no prototype wins by its length: steadier", off="lengths are learnt: often better, and sometimes unstable",
    )  # fmt: skip


def sharpened(teacher: Tensor, centre: Tensor | float, temperature: float) -> Tensor:
    """P_t = softmax((g_t - c)/τ_t), without gradient. teacher (T, B, K), centre (K,) or 0 -> (T, B, K)."""
    with full_precision(teacher.device):
        return F.softmax((widen(teacher.detach()) - centre) / temperature, dim=-1)


def dino_loss(student: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor]:
    """Mean of H(P_t(x), P_s(x')) over the B images and the T(V-1) pairs of a global crop x with another crop x'.

    student: logits (V, B, K), the T global crops first; targets: P_t (T, B, K). -> loss (), each pair's (T, V), 0 where x' is x,
    and log P_s (V, B, K). Targets and predictions that are uniform give ln K.
    """
    with full_precision(student.device):
        log_p = F.log_softmax(widen(student) / temperature, dim=-1)  # (V, B, K)
        crossed = of_other_crops(cross_entropies(targets, log_p))  # (T, V)
    return crossed.sum() / pairs(*crossed.shape), crossed, log_p


def moved_centre(centre: Tensor, mean: Tensor, momentum: float) -> Tensor:
    """Eq. 4: centre (K,), mean of the batch's teacher logits (K,) -> (K,)."""
    return momentum * centre + (1 - momentum) * mean


class DINO(Method):
    """A student says of every crop what its own slow average says of the others."""

    Params = DINOParams
    params: DINOParams
    centre: Tensor  # (K,)
    info = MethodInfo(
        name="dino",
        title="DINO",
        paper="Caron et al. 2021, arXiv:2104.14294",
        idea="A student sorts every crop of an image as its teacher, a slow average of itself, sorts the other crops.",
        collapse="Centring off: one prototype takes all images, entropies and KL fall to 0 (complete). Sharpening off: every image gets the same uniform output, entropy ln K.",
        family="distillation",
        params=describe(DINOParams),
        augmentation="dino_shapes",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(lr=1e-3, weight_decay=0.04, warmup=150, clip=1.0),
        loss_label="cross-entropy in nats, mean over pairs of crops",
        equation=r"\mathcal{L} = \frac{1}{2(V-1)} \sum_{x \in \{x_1, x_2\}} \sum_{x' \neq x} -P_t(x)^\top \log P_s(x'), \quad P_t(x) = \mathrm{softmax}\left(\frac{g_t(x) - c}{\tau_t}\right), \quad P_s(x') = \mathrm{softmax}\left(\frac{g_s(x')}{\tau_s}\right)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss, at least the teacher's entropy", "loss"),
            Symbol("x", "a global crop, shown to the teacher"),
            Symbol("x'", "any other of the V crops, shown to the student"),
            Symbol("P_t", "what the teacher says, without gradient: its entropy", "teacher_entropy"),
            Symbol("P_s", "what the student says: its KL from the teacher", "kl"),
            Symbol("g_t, g_s", "logits of the K prototypes", "prototypes"),
            Symbol("c", "centre: running mean of the teacher's logits", "centring"),
            Symbol(r"\tau_t", "teacher's temperature: sharpening", "teacher_temperature"),
            Symbol(r"\tau_s", "student's temperature", "student_tau"),
            Symbol(r"\lambda", "momentum of the teacher's weights", "momentum"),
        ),
        figures=(
            FigureInfo(
                "dino_distributions", "What teacher and student say", "bars",
                "Four images, the prototypes that the teacher and the student (who sees the other crop) hold likeliest for each; the line is 1/K, no opinion.",
                x="image · prototype", y="probability", series=("teacher", "student"), switch="sharpening",
            ),
            FigureInfo(
                "dino_opinions", "Who belongs where", "matrix",
                "Each row is an image, each column a prototype by its use: one dark column is complete collapse, pale everywhere is uniform output.",
                x="prototype, most used first", y="image", lo=0.0, hi=1.0, switch="centring",
            ),
            FigureInfo(
                "dino_mean", "Use of the prototypes", "bars",
                "Mean distribution over the batch, most used first; the line is even use, 1/K.",
                x="prototype, most used first", y="share of the batch", series=("teacher", "student"), switch="centring",
            ),
            FigureInfo(
                "dino_centre", "Centre", "bars",
                "What centring takes away from each prototype's logit before the softmax: much from those that win often.",
                x="prototype, most used first", y="logit", series=("centre",), switch="centring",
            ),
            FigureInfo(
                "dino_gallery", "Images of the prototypes", "tiles",
                "The most used prototypes, and the images of the batch that the teacher gives them first.",
                x="nearest image first", y="prototype",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("local", "local crops", 0, 0, "view"),
            Box("global", "global crops", 0, 1, "view"),
            Box("student", "student's encoder", 1, 0),
            Box("teacher", "teacher's encoder", 1, 1, "teacher"),
            Box("student_head", "student's head", 2, 0),
            Box("teacher_head", "teacher's head", 2, 1, "teacher"),
            Box("loss", "cross-entropy", 3, 0, "loss"),
            Box("centre", "centre", 3, 1, "memory"),
        ),
        links=(
            Link("local", "student", switch="local_crops"),
            Link("global", "student"),
            Link("global", "teacher", "stop"),
            Link("student", "student_head"),
            Link("teacher", "teacher_head", "stop"),
            Link("student", "teacher", "ema"),
            Link("student_head", "teacher_head", "ema"),
            Link("student_head", "loss"),
            Link("teacher_head", "loss", "stop"),
            Link("centre", "teacher_head", "stop", switch="centring"),
        ),
    )  # fmt: skip
    equations = (sharpened, dino_loss, moved_centre)

    @classmethod
    def require(cls, params: DINOParams, facts: Facts, encoder: Encoder) -> None:  # any network will do
        require_crops(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: DINOParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.head = DINOHead(
            encoder.num_features, params.width, params.dim, params.prototypes,
            layers=params.layers, batch_norm=_head_norm(params, encoder), norm_last_layer=params.norm_last_layer,
        )  # fmt: skip
        self.teacher_encoder, self.teacher_head = twin(encoder), twin(self.head)
        self.register_buffer("centre", torch.zeros(params.prototypes))
        self._heard: list[Tensor] = []  # mean teacher logits (K,) of the batch, or of its pieces, until after_step
        self._heard_at = 0

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = views[0].shape[1]
        targets = self._targets(first_crops(views, GLOBALS), batch)  # (2, B, K)
        seen = views if self.params.local_crops else first_crops(views, GLOBALS)
        h = self.encode(seen)  # (V*B, F)
        z = self.project(h)  # (V*B, D)
        student = self.head.classify(z).view(-1, n, self.params.prototypes)  # (V, B, K)
        loss, crossed, log_p = dino_loss(student, targets, self.params.student_tau)
        peek = {"h": h.detach(), "z": z.detach(), "teacher": targets, "student": log_p[:GLOBALS].detach()}
        return Step(loss, shares(crossed.detach(), GLOBALS), peek, self._measures(targets, loss, batch))

    def project(self, h: Tensor) -> Tensor:
        return self.head.bottleneck(h)

    @torch.no_grad()
    def _targets(self, crops: Sequence[Tensor], batch: Batch) -> Tensor:
        """P_t of the global crops (2, B, K); remembers the mean logits for the centre."""
        logits = self.teacher_head(self.encode(crops, self.teacher_encoder))  # (2B, K)
        if batch.step != self._heard_at:
            self._heard, self._heard_at = [], batch.step
        self._heard.append(logits.mean(0))
        centre = self.centre if self.params.centring else 0.0
        return sharpened(logits.view(GLOBALS, -1, self.params.prototypes), centre, self.temperature(batch))

    def temperature(self, batch: Batch) -> float:
        """τ_t of a step: from `warm_tau` along a line to `teacher_tau`, and 1 without sharpening."""
        if not self.params.sharpening:
            return 1.0
        p = self.params
        return linear_then_constant(batch.step - 1, warm=p.warm_tau, final=p.teacher_tau, steps=p.warm_steps)

    def momentum(self, batch: Batch) -> float:
        """λ of a step: from `momentum` along a cosine to 1 at the end of the run; 0 copies the student."""
        return cosine(batch.progress, self.params.momentum, 1.0) if self.params.ema else 0.0

    def _measures(self, targets: Tensor, loss: Tensor, batch: Batch) -> Mapping[str, Tensor]:
        return {
            **sorting_measures(targets, loss),
            "momentum": torch.tensor(self.momentum(batch), device=loss.device),
            "teacher_temperature": torch.tensor(self.temperature(batch), device=loss.device),
        }

    def before_update(self, batch: Batch) -> None:
        if batch.step <= self.params.frozen_steps:
            for weight in self.head.last_layer.parameters():
                weight.grad = None  # not 0: the optimiser's decay and averages leave it alone as well

    @torch.no_grad()
    def after_step(self, batch: Batch) -> None:
        momentum = self.momentum(batch)
        ema_update(self.teacher_encoder, self.encoder, momentum)
        ema_update(self.teacher_head, self.head, momentum)
        mean = torch.stack(self._heard).mean(0).to(self.centre.dtype)
        self.centre.copy_(moved_centre(self.centre, mean, self.params.centre_momentum))
        self._heard = []

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:  # the same for every batch
        return uniform_lines(self.params.prototypes)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        teacher, student = peek["teacher"], peek["student"].exp()  # (2, B, K) each
        match name:
            case "dino_distributions":
                return side_by_side(teacher[0], student[1])
            case "dino_opinions":
                return belonging(teacher[0], views[0][0])
            case "dino_mean":
                return usage(teacher.flatten(0, 1), student.flatten(0, 1))
            case "dino_centre":
                return at_used(self.centre, teacher.flatten(0, 1))
        return gallery(teacher[0], views[0][0])


def _head_norm(params: DINOParams, encoder: Encoder) -> bool:
    return is_convolutional(encoder.backbone) if params.head_norm == "auto" else params.head_norm == "on"


METHODS.add("dino", DINO)
