"""Alignment and uniformity, optimised directly (Wang & Isola 2020, "Understanding Contrastive Representation Learning through
Alignment and Uniformity on the Hypersphere", arXiv:2005.10242).

Sec. 4.1  l_align(f; α)  = E |f(x) - f(y)|^α,  x, y two views of one image          -> alignment
          l_uniform(f; t) = log E exp(-t |f(x) - f(y)|²),  x, y independent          -> uniformity
Sec. 5    L = λ_a l_align + λ_u [l_uniform(view 1) + l_uniform(view 2)]/2            -> align_uniform_terms, AlignUniform.step

Shapes: B images, F features h, D projected z, u = z / |z|. Rows i and i+B are the two views of one image.

Squared distances are had from the products u·v, which every device has. On the sphere |u - v|² = 2 - 2 u·v makes the uniformity a
relative of SimCLR's denominator: exp(-t|u - v|²) is exp(u·v/τ) at τ = 1/(2t), up to a factor, so that t = 2 pushes like τ = 0.25.

Departures: a narrow projector with batch norm in its hidden layer, where the authors' STL-10 network ends in a plain linear layer
of 128; AdamW and a cosine instead of SGD and steps. The mean over pairs leaves out i = j, as in the authors' code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, require_pairs, two_views
from sslviz.methods.pictures.pushes import push_by_rank
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param

EPS = 1e-8
"""Shortest length that is divided by: a zero vector keeps a finite gradient, at most 1/EPS of that of z's direction."""

BINS = 40
"""Of the distances in the picture, over [0, 2]."""


@dataclass(frozen=True, slots=True)
class AlignUniformParams:
    """What can be turned, each with what it does."""

    alignment: float = param(
        1.0, lo=0.0, hi=10.0, label="weight of alignment", symbol="λ_a", paper="1",
        up="the two views of an image come closer, at the price of the spread",
        down="views may differ; 0: nothing says which views belong together",
    )  # fmt: skip
    uniformity: float = param(
        1.0, lo=0.0, hi=10.0, label="weight of uniformity", symbol="λ_u", paper="1",
        up="images spread more evenly, at the price of the agreement of views",
        down="images may crowd; 0: all fall onto one point, at the lowest possible loss",
    )  # fmt: skip
    alpha: float = param(
        2.0, lo=1.0, hi=4.0, label="power of the distance", symbol="α", paper="2, and 1",
        up="the pairs that are far apart count most", down="1: every pair is pulled with the same force, however close",
    )  # fmt: skip
    t: float = param(
        2.0, lo=0.1, hi=10.0, scale="log", label="sharpness of the push", symbol="t", paper="2; 1 to 8 tried",
        up="only the closest images push, as at a low temperature τ = 1/(2t)", down="all images push alike",
    )  # fmt: skip
    width: int = param(
        128, lo=1, hi=8192, label="projector width", paper="none", live=False, scale="log",
        up="more room between h and the loss, slower", down="faster",
    )  # fmt: skip
    dim: int = param(
        128, lo=2, hi=2048, label="projection size", symbol="D", paper="128", live=False, scale="log",
        up="more directions to spread in", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip


def alignment(u: Tensor, v: Tensor, alpha: float = 2.0) -> Tensor:
    """Mean of |u_i - v_i|^α over the images, in [0, 2^α]. u, v (B, D) of unit length -> (). 0 is perfect, and so is collapse."""
    apart: Tensor = torch.linalg.vector_norm(u - v, dim=1)  # (B,)
    return apart.pow(alpha).mean()


def uniformity(u: Tensor, t: float = 2.0) -> Tensor:
    """log of the mean of exp(-t |u_i - u_j|²) over the pairs i != j, in [-4t, 0]. u (B, D) of unit length -> (). 0 is collapse."""
    return energies(u, t).flatten().logsumexp(0) - math.log(len(u) * (len(u) - 1))


def energies(u: Tensor, t: float) -> Tensor:
    """-t |u_i - u_j|² of all pairs, -inf where i = j. u (B, D) -> (B, B). |u|² is 1, but for a zero vector, which has no direction."""
    squares = u.square().sum(dim=1)  # (B,)
    apart = squares[:, None] + squares - 2 * u @ u.T  # |u_i - u_j|²  (B, B)
    return (-t * apart).masked_fill(torch.eye(len(u), dtype=torch.bool, device=u.device), -torch.inf)


def align_uniform_terms(z0: Tensor, z1: Tensor, alpha: float = 2.0, t: float = 2.0) -> tuple[Tensor, Tensor]:
    """Alignment and uniformity (mean of both views), without their weights. z0, z1 (B, D), not normalised -> (), ().

    In float32 or float64, whatever autocast says. Equal rows give 0 and 0.
    """
    with full_precision(z0.device):
        u, v = (F.normalize(widen(z), dim=1, eps=EPS) for z in (z0, z1))
        return alignment(u, v, alpha), (uniformity(u, t) + uniformity(v, t)) / 2


def even(t: float, dim: int) -> float:
    """The uniformity of points that are spread evenly over the unit sphere in `dim` dimensions, without end.

    log of e^(-2t) 0F1(dim/2; t²), the mean of exp(2t (u·v - 1)): -1.58 on the circle and -3.94 in 128 dimensions at t = 2.
    """
    term = total = 1.0
    for k in range(1, 200):  # t is at most 10: the terms have long been too small to count
        term *= t * t / (k * (dim / 2 + k - 1))
        total += term
    return math.log(total) - 2 * t


class AlignUniform(Method):
    """Two views of an image meet, and all images spread evenly over the sphere: said outright."""

    Params = AlignUniformParams
    params: AlignUniformParams
    info = MethodInfo(
        name="align_uniform",
        title="Alignment + uniformity",
        paper="Wang & Isola 2020, arXiv:2005.10242",
        idea="Ask outright for what contrastive losses amount to: two views of an image meet, all images spread evenly over the sphere.",
        collapse="Where the uniformity weighs 0 all images fall onto one point: alignment 0, uniformity 0, and the loss is perfect.",
        family="contrastive",
        params=describe(AlignUniformParams),
        augmentation="simclr_cifar10",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="alignment + uniformity, weighted sum",
        equation=r"\mathcal{L} = \frac{\lambda_a}{B} \sum_{i} \|u_i - v_i\|^{\alpha} + \frac{\lambda_u}{2} \left[ \mathcal{U}(u) + \mathcal{U}(v) \right] \qquad \mathcal{U}(u) = \log \frac{1}{B(B-1)} \sum_{i \neq j} e^{-t \|u_i - u_j\|^2}",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("u_i, v_i", "the projections z of the two views of image i, at unit length"),
            Symbol("B", "images in the batch", "batch_size"),
            Symbol(r"\mathcal{U}(u)", "uniformity of a view: 0 where all images are one point"),
            Symbol(r"\lambda_a", "weight of alignment", "alignment"),
            Symbol(r"\lambda_u", "weight of uniformity", "uniformity"),
            Symbol(r"\alpha", "power of the distance", "alpha"),
            Symbol("t", "sharpness of the push", "t"),
        ),
        figures=(
            FigureInfo(
                "align_uniform_distance", "Distances on the sphere", "curves",
                "How far apart views of one image are, and different images: alignment pulls the first curve to 0, uniformity the second away from it, to √2 = 1.41 in many dimensions. All at 0 is collapse.",
                x="distance of two unit vectors", y="share of the pairs", series=("two views of one image", "different images"), switch="uniformity",
            ),
            FigureInfo(
                "align_uniform_push", "Who pushes", "bars",
                "Share of the push on an image that the nearest image, the second nearest and so on have; the line is an even share. A large t leaves it to the nearest few.",
                x="other images, nearest first", y="share of the push", series=("other classes", "own class"), switch="t",
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
            Box("align", "align the pair", 3, 0, "loss"),
            Box("uniform", "spread the images", 3, 1, "loss"),
        ),
        links=(
            Link("x0", "f0"),
            Link("x1", "f1"),
            Link("f0", "g0"),
            Link("f1", "g1"),
            Link("g0", "align", switch="alignment"),
            Link("g1", "align", switch="alignment"),
            Link("g0", "uniform", switch="uniformity"),
            Link("g1", "uniform", switch="uniformity"),
        ),
    )  # fmt: skip
    equations = (align_uniform_terms, alignment, uniformity, energies)

    @classmethod
    def require(cls, params: AlignUniformParams, facts: Facts, encoder: Encoder) -> None:  # any network will do
        require_pairs(facts, cls.info.title)

    def __init__(self, encoder: Encoder, params: AlignUniformParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.projector = mlp([encoder.num_features, params.width, params.dim], batch_norm=True)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        n = two_views(views, self.info.title)
        h = self.encode(views)  # (2B, F)
        z = self.project(h)  # (2B, D)
        p = self.params
        align, uniform = align_uniform_terms(z[:n], z[n:], p.alpha, p.t)
        parts = {"alignment": align.detach(), "uniformity": uniform.detach()}
        return Step(p.alignment * align + p.uniformity * uniform, parts, {"h": h.detach(), "z": z.detach()})

    def project(self, h: Tensor) -> Tensor:
        z: Tensor = self.projector(h)
        return z

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        u, v = F.normalize(widen(peek["z"]), dim=1, eps=EPS).chunk(2)  # (B, D) each
        if name == "align_uniform_distance":
            return distances(u, v)
        return push_by_rank(torch.cat([self._push(u), self._push(v)]), batch.labels)

    def _push(self, u: Tensor) -> Tensor:
        """-t |u_i - u_j|², whose softmax is each other image's share of the push: (B, B), -inf where nothing pushes."""
        if not self.params.uniformity:
            return torch.full((len(u), len(u)), -torch.inf, device=u.device)
        return energies(u, self.params.t)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        if not self.params.uniformity:
            return (("loss", "lowest possible: collapse reaches it", 0.0),)
        best = self.params.uniformity * even(self.params.t, self.params.dim)
        return ("loss", "all images are one point", 0.0), ("loss", "views equal, images spread evenly", best)


def distances(u: Tensor, v: Tensor) -> Drawing:
    """Curves: shares of the distances between two views of an image, and between different images. u, v (B, D) of unit length."""
    others = torch.cat([torch.pdist(view.cpu()) for view in (u, v)])
    pairs = torch.linalg.vector_norm(u - v, dim=1).cpu()
    shares = [torch.histc(d.clamp(max=2.0), BINS, 0.0, 2.0) / len(d) for d in (pairs, others)]
    return {"values": torch.stack(shares), "x": (torch.arange(BINS) + 0.5) * (2.0 / BINS)}


METHODS.add("align_uniform", AlignUniform)
