"""SimCLR (Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations", arXiv:2002.05709).

Sec. 2.1  s_ij = u_i·u_j,  u = z / |z|                                    -> cosine
Eq. 1     l(i,j) = -log( exp(s_ij/τ) / Σ_{k≠i} exp(s_ik/τ) )              -> contrast, nt_xent
          L = 1/2N Σ_k [ l(2k-1,2k) + l(2k,2k-1) ]                        -> the same (mean over 2N anchors)
Ablation  (1 - s_ij)/τ, Eq. 1 without its denominator                     -> attraction

Shapes: B images (the paper's N), F features h, D projected z. Rows i and i+B are the two views of one image.

Departures: the projector is narrow (F is 64 in the smallest network) and has no batch norm after its last layer, where the
authors' code has one: that norm would hold z apart by itself and hide the collapse that "negatives off" shows. AdamW by
default, as large-batch LARS needs batches that a laptop has not. τ = 0.2 lies between the paper's values and is solo-learn's
for CIFAR-10. The authors' code sums both directions, and so gives twice this number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, two_views
from sslviz.methods.errors import MethodError
from sslviz.methods.pictures.pushes import hardest, push_by_rank, require_negatives
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of z's direction."""


@dataclass(frozen=True, slots=True)
class SimCLRParams:
    """What can be turned, each with what it does."""

    tau: float = param(
        0.2, lo=0.01, hi=2.0, scale="log", label="temperature", symbol="τ", paper="0.1 ImageNet, 0.5 CIFAR-10",
        up="all negatives push alike", down="only the closest negatives push",
    )  # fmt: skip
    negatives: bool = switch(
        True, label="negatives", on="the other images of the batch push apart",
        off="nothing pushes apart: all images fall onto one point, at the lowest possible loss",
    )  # fmt: skip
    projector: bool = switch(
        True, label="projector", on="the loss sees z; the features h keep more than it asks for",
        off="the loss works on h itself: what the augmentations change is lost from the features", paper="Sec. 4.2",
    )  # fmt: skip
    oracle: bool = switch(
        False, label="drop false negatives (oracle)", on="images with the anchor's label do not push: looks at the labels",
        off="as in the paper: images of the anchor's own class push too",
    )  # fmt: skip
    width: int = param(
        128, lo=1, hi=8192, label="projector width", paper="2048", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="128", live=False, scale="log",
        up="more directions to spread in; the paper finds little effect", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


def cosine(z0: Tensor, z1: Tensor) -> Tensor:
    """s_ij of all pairs of 2B views. z0, z1 (B, D) -> (2B, 2B) in [-1, 1], float32 or float64, whatever autocast says."""
    with full_precision(z0.device):
        u = F.normalize(widen(torch.cat([z0, z1])), dim=1, eps=EPS)  # (2B, D)
        return u @ u.T


def nt_xent(z0: Tensor, z1: Tensor, tau: float, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean of Eq. 1 over the 2B anchors. z0, z1 (B, D), not normalised -> loss (), cosine s (2B, 2B).

    One image gives 0; equal rows give ln(2B - 1) and no gradient.
    """
    s = cosine(z0, z1)
    return contrast(s, tau, labels), s


def contrast(s: Tensor, tau: float, labels: Tensor | None = None) -> Tensor:
    """Mean of Eq. 1 over the anchors, from s (2B, 2B) -> (). Works at τ = 0.01: cross_entropy is a log-sum-exp.

    labels (B,): views with the anchor's label are no negatives (Huynh et al. 2022, arXiv:2011.11765); -1 is nobody's label.
    """
    i = torch.arange(len(s), device=s.device)
    j = (i + len(s) // 2) % len(s)  # the positive of each anchor
    rivals = (s / tau).masked_fill(_left_out(i, j, labels), -torch.inf)  # (2B, 2B)
    return F.cross_entropy(rivals, j)


def attraction(s: Tensor, tau: float) -> Tensor:
    """Mean of (1 - s_ij)/τ over the positives, what is left of Eq. 1 without negatives: s (2B, 2B) -> () in [0, 2/τ]."""
    return ((1 - s.diagonal(len(s) // 2)) / tau).mean()


def _left_out(i: Tensor, j: Tensor, labels: Tensor | None) -> Tensor:
    """Pairs that stay out of the denominator: k = i, and with labels the anchor's class but for its positive. (2B, 2B) bool."""
    itself = i[:, None] == i
    if labels is None:
        return itself
    both = torch.cat([labels, labels])
    same = (both[:, None] == both) & (both[:, None] >= 0)
    return itself | (same & (j[:, None] != i))


class SimCLR(Method):
    """Two views of an image attract, those of other images in the batch repel."""

    Params = SimCLRParams
    params: SimCLRParams
    info = MethodInfo(
        name="simclr",
        title="SimCLR",
        paper="Chen et al. 2020, arXiv:2002.05709",
        idea="Two views of one image shall be more alike than views of different images.",
        collapse="With negatives off all images get the same z: the std falls to 0, uniformity rises to 0, and the loss is perfect.",
        family="contrastive",
        params=describe(SimCLRParams),
        augmentation="simclr_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="NT-Xent, mean over 2N anchors",
        equation=r"\mathcal{L} = -\frac{1}{2N} \sum_{i=1}^{2N} \log \frac{\exp(u_i \cdot u_{j(i)} / \tau)}{\sum_{k \neq i} \exp(u_i \cdot u_k / \tau)}",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("N", "images in the batch, each seen in two views", "batch_size"),
            Symbol("u_i", "the projection z of view i, at unit length"),
            Symbol("j(i)", "the other view of the image of i: its positive"),
            Symbol("k", "every other view of the batch, the positive included"),
            Symbol(r"\tau", "temperature", "tau"),
        ),
        figures=(
            FigureInfo(
                "simclr_push", "Who pushes", "bars",
                "Share of the push that the nearest negative, the second nearest and so on have; the line is an even share. A low temperature leaves it to the nearest few, many of them of the anchor's own class.",
                x="negatives, nearest first", y="share of the push", series=("other classes", "own class: false negatives"), switch="tau",
            ),
            FigureInfo(
                "simclr_hardest", "Hardest negatives", "tiles",
                "Each row: an anchor, and the views that push it hardest with their share of the push. Those of its own class are false negatives, which the oracle drops.",
                x="hardest first", y="anchor", switch="oracle",
            ),
        ),
        boxes=(
            Box("x0", "view 1", 0, 0, "view"),
            Box("x1", "view 2", 0, 1, "view"),
            Box("f0", "encoder", 1, 0),
            Box("f1", "encoder, the same", 1, 1),
            Box("g0", "projector", 2, 0),
            Box("g1", "projector, the same", 2, 1),
            Box("pull", "attract the pair", 3, 0, "loss"),
            Box("push", "repel the others", 3, 1, "loss"),
        ),
        links=(
            Link("x0", "f0"),
            Link("x1", "f1"),
            Link("f0", "g0"),
            Link("f1", "g1"),
            Link("g0", "pull"),
            Link("g1", "pull"),
            Link("g0", "push", switch="negatives"),
            Link("g1", "push", switch="negatives"),
        ),
    )  # fmt: skip
    equations = (nt_xent, cosine, contrast, attraction)

    @classmethod
    def require(cls, params: SimCLRParams, facts: Facts, encoder: Encoder) -> None:  # any network will do
        require_negatives(facts, cls.info.title)
        if params.oracle and not facts.classes:
            raise MethodError(*NO_LABELS, field="oracle")

    def __init__(self, encoder: Encoder, params: SimCLRParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=True)
        self._labels: Tensor | None = None  # of the last batch; only the oracle looks at them
        self._stepped = False

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        self._stepped, self._labels = True, batch.labels
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        s = cosine(z[:n], z[n:])  # (2B, 2B)
        loss, parts = self._loss(s)
        return Step(loss, parts, peek={"h": h.detach(), "z": z.detach(), "similarity": s.detach()})

    def project(self, h: Tensor) -> Tensor:
        return self.projector(h) if self.params.projector else h

    def _loss(self, s: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss, and what it is made of: attract + repel."""
        attract = attraction(s, self.params.tau)
        if not self.params.negatives:
            return attract, {"attract": attract.detach()}
        loss = contrast(s, self.params.tau, self._oracle(s.device))
        return loss, {"attract": attract.detach(), "repel": (loss - attract).detach()}

    def _oracle(self, device: torch.device) -> Tensor | None:
        """The labels that the loss may look at: none, but for the oracle."""
        if not self.params.oracle:
            return None
        if self._labels is None:
            raise MethodError(*NO_LABELS)
        return self._labels.to(device)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        logits = self._negatives(peek["similarity"], batch)
        if name == "simclr_push":
            return push_by_rank(logits, batch.labels)
        if len({view.shape[-2:] for view in views}) > 1:
            return {}  # tiles have one size
        images = torch.cat([view.flatten(0, 1) for view in views])
        return hardest(logits, images, batch.labels, self.facts.classes)

    def _negatives(self, s: Tensor, batch: Batch) -> Tensor:
        """s_ik/τ of the pairs that push each other as the switches are now, -inf elsewhere: (2B, 2B)."""
        if not self.params.negatives:
            return torch.full_like(s, -torch.inf)
        i = torch.arange(len(s), device=s.device)
        j = (i + len(s) // 2) % len(s)
        labels = batch.labels.to(s.device) if self.params.oracle and batch.labels is not None else None
        out = _left_out(i, j, labels) | (i == j[:, None])
        return (s / self.params.tau).masked_fill(out, -torch.inf)

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        if name == "oracle" and value is True and self._stepped and self._labels is None:
            raise SpecError(*NO_LABELS)  # refused here, so that the flip cannot fail a run that trains
        return super().set_param(name, value)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        if not self.params.negatives:
            return (("loss", "lowest possible: collapse reaches it", 0.0),)
        if self.params.oracle and self._labels is not None:
            return (("loss", "chance, false negatives dropped", _oracle_chance(self._labels)),)
        return (("loss", "chance ln(2N−1)", math.log(2 * batch_size - 1)),)


def _oracle_chance(labels: Tensor) -> float:
    """The loss of equal rows when each anchor of a batch with these labels (B,) keeps only the other classes and its positive."""
    classes = labels[:, None] == labels
    same = torch.where(labels >= 0, classes.sum(1), 1)  # images of the anchor's class, itself among them
    return float((2 * (len(labels) - same) + 1).double().log().mean())


NO_LABELS = (
    "Dropping false negatives needs labels, and these images have none.",
    "Choose data with labels, or leave it off.",
)

METHODS.add("simclr", SimCLR)
