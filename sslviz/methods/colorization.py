"""Colourisation (Zhang et al. 2016, "Colorful Image Colorization", arXiv:1603.08511).

Sec. 2.1  the ab plane in cells of 10; Q of them are in gamut                    -> nn.lab.gamut_bins
          Z = a colour as a mixture of its 5 nearest bins, Gaussian                 -> nn.lab.nearest_bins
Eq. 2     L = -Σ_hw v(Z_hw) Σ_q Z_hwq log Ẑ_hwq                                  -> colour_loss (mean over places)
Eq. 3-4   v(Z) = w_q*,  w ∝ ((1 - λ) p + λ/Q)^-1,  Σ_q p_q w_q = 1               -> rarity
Eq. 5     annealed mean: Σ_q bin_q f_T(Ẑ)_q,  f_T(z) = z^(1/T) / Σ z^(1/T)        -> annealed_mean

Shapes: B images, (h, w) = a quarter of the image each way, M = B·h·w places, Q bins, C channels of the encoder's last map.

The encoder sees L / 100 as three equal channels, so that any backbone fits and its features can be compared with those of other
methods; the measures look at it with colours, which it has never seen. A transformer's h is the mean of its patches, because its
class token has no part in the loss.

What z is: the head colours places, so no image has a z of its own; the measures of z are those of h.

Departures: cells of 20 by default, because a small network on a CPU has few colours to tell apart. In gamut are the cells that
some sRGB colour falls into, 261 at 10, where the paper counts 313. p is the running mean of the batches' own mixtures, which are
smooth already, because no set of photographs has the colours of every data set. Bins weigh as a Gaussian whose sigma is half a
cell, as 5 is of 10. The head is small; the paper colours with the whole network. The task fails by blandness, not by collapse:
without rebalancing the commonest colours, greys, are the safe answer everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, one_size, require_one_size
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.feature_map import feature_map, map_shape, pool_by_mean
from sslviz.nn.lab import gamut_bins, lab_to_rgb, nearest_bins, rgb_to_lab
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

NEAREST = 5
"""Bins that a colour is a mixture of."""

LAMBDA = 0.5
"""How much of the uniform distribution is mixed into that of colours before it is inverted."""

MEMORY = 100
"""Batches that the running distribution of colours remembers."""

REDUCTION = 4
"""Pixels of the image to one place, each way."""

SHOWN = 8
"""Images in a figure."""

CHROMA = 10
"""Width of the bars of chroma in the figure, in units of a and b."""


@dataclass(frozen=True, slots=True)
class ColorizationParams:
    """What can be turned, each with what it does."""

    rebalance: bool = switch(
        True, label="class rebalancing", on="rare colours count more: the pictures are colourful", paper="Sec. 2.2",
        off="every place counts alike: the safe answer is grey",
    )  # fmt: skip
    temperature: float = param(
        0.38, lo=0.01, hi=1.0, label="annealing", symbol="T", paper="0.38",
        up="towards the mean of all likely colours: duller pictures; only the picture changes", down="towards the likeliest colour: spots",
    )  # fmt: skip
    grid: int = param(
        20, lo=5, hi=50, label="colour cell", unit="of a and b", paper="10", live=False,
        up="fewer colours to choose among, faster", down="finer colours, harder and slower",
    )  # fmt: skip
    width: int = param(
        64, lo=1, hi=2048, label="head width", paper="256", live=False, scale="log",
        up="the head can do more of the task, slower", down="more of it is left to the encoder",
    )  # fmt: skip


def rarity(p: Tensor) -> Tensor:
    """w of Eq. 4 from the distribution of colours: p (Q,) -> (Q,), rare ones above 1, Σ p w = 1."""
    w = 1 / ((1 - LAMBDA) * p + LAMBDA / len(p))
    return w / (p * w).sum()


def colour_loss(logits: Tensor, index: Tensor, share: Tensor, w: Tensor) -> Tensor:
    """Eq. 2, the mean over places: logits (M, Q); mixtures of bins: index, share (M, k), the nearest first; w (Q,) -> ()."""
    with full_precision(logits.device):
        unlikely = -(share * F.log_softmax(widen(logits), dim=1).gather(1, index)).sum(1)  # (M,)
        return (w[index[:, 0]] * unlikely).mean()


def annealed_mean(logits: Tensor, bins: Tensor, temperature: float) -> Tensor:
    """Eq. 5: logits (M, Q), bins (Q, 2) -> ab (M, 2). T = 1 is the mean, T -> 0 the likeliest bin."""
    return torch.softmax(logits / temperature, dim=1) @ bins


class Colorization(Method):
    """The network sees lightness and says the colour of every place."""

    Params = ColorizationParams
    params: ColorizationParams
    info = MethodInfo(
        name="colorization",
        title="Colourisation",
        paper="Zhang et al. 2016, arXiv:1603.08511",
        idea="To colour a grey picture, a network has to know what is in it.",
        collapse="Nothing collapses: it may get away with the commonest colours. Without rebalancing the pictures turn grey, and where "
        "colours are drawn at random, as those of the shapes are, there is little to know.",
        family="pretext",
        params=describe(ColorizationParams),
        augmentation="pretext",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy over Q colours, weighted",
        equation=r"\mathcal{L} = -\frac{1}{M} \sum_{m=1}^{M} w_{q^{*}(m)} \sum_{q=1}^{Q} Z_{mq} \log \hat{Z}_{mq},\quad w_q \propto \left( \frac{p_q}{2} + \frac{1}{2Q} \right)^{-1}",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("M", "places of the batch, 4 x 4 px each"),
            Symbol("Q", "colours that a screen can show, on a grid over a and b"),
            Symbol("Z_{mq}", "the true colour of place m, as a mixture of its 5 nearest bins"),
            Symbol(r"\hat{Z}_{mq}", "the network's probability of bin q"),
            Symbol("q^{*}(m)", "the bin nearest to the true colour"),
            Symbol("p_q", "how common bin q is"),
            Symbol("w_q", "its weight; 1 without rebalancing", "rebalance"),
        ),
        figures=(
            FigureInfo(
                "colorization_tiles", "Colours of a grey picture", "tiles",
                "What the network saw, the truth at the size of its answer, and its answer: the annealed mean over the lightness.",
                switch="temperature",
            ),
            FigureInfo(
                "colorization_chroma", "How colourful?", "bars",
                "Share of the places by how far their colour is from grey: an answer that plays safe leans to the left.",
                x="chroma", y="share of places", series=("truth", "answer"), switch="rebalance",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("grey", "lightness L", 1, 0, "view"),
            Box("ab", "colours ab", 1, 1, "view"),
            Box("f", "encoder, its last map", 2, 0),
            Box("bins", "mixtures of Q bins", 2, 1, "view"),
            Box("head", "head", 3, 0),
            Box("loss", "which colour, where?", 4, 0, "loss"),
            Box("w", "rare colours count more", 3, 1, "memory"),
        ),
        links=(
            Link("image", "grey"),
            Link("image", "ab"),
            Link("grey", "f"),
            Link("f", "head"),
            Link("head", "loss"),
            Link("ab", "bins"),
            Link("bins", "w", "stop", switch="rebalance"),
            Link("bins", "loss", "stop"),
            Link("w", "loss", "stop", switch="rebalance"),
        ),
    )  # fmt: skip
    equations = (colour_loss, rarity, annealed_mean, nearest_bins)

    bins: Tensor  # (Q, 2)
    common: Tensor  # (Q,), p

    @classmethod
    def require(cls, params: ColorizationParams, facts: Facts, encoder: Encoder) -> None:
        require_one_size(facts, cls.info.title)
        try:
            map_shape(encoder, facts.view_sizes[0])
        except NetworkError as error:
            raise MethodError(error.message, error.hint, field="backbone") from error

    def __init__(self, encoder: Encoder, params: ColorizationParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        pool_by_mean(encoder)
        channels, _, _ = map_shape(encoder, facts.view_sizes[0])
        self.register_buffer("bins", gamut_bins(params.grid))
        self.register_buffer("common", torch.full((len(self.bins),), 1 / len(self.bins)))
        self.head = _head(channels, params.width, len(self.bins))
        self._seen: Tensor | None = None  # (Q,), the colours of the last batch until `after_step` has counted them

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        lab = rgb_to_lab(one_size(views, self.info.title))  # (n, 3, H, W)
        features = feature_map(self.encoder, as_grey(lab))  # (n, C, ., .)
        ab = coarse(lab[:, 1:])  # (n, 2, h, w)
        logits = self.answer(features, ab.shape[-2:])  # (M, Q)
        index, share = nearest_bins(places(ab), self.bins, NEAREST, self.params.grid / 2)
        loss = colour_loss(logits, index, share, self._weights())
        self._seen = torch.zeros_like(self.common).index_add_(0, index.flatten(), share.flatten()) / len(index)
        right = (logits.argmax(1) == index[:, 0]).float().mean()
        h = features.detach().float().mean(dim=(2, 3))
        shown = SHOWN * ab.shape[-2] * ab.shape[-1]
        peek = {"h": h, "z": h, "answers": logits[:shown].detach().float()}
        return Step(loss, {"cross-entropy": loss.detach()}, peek, {"accuracy": right})

    def answer(self, features: Tensor, size: Sequence[int]) -> Tensor:
        """The encoder's map, brought to `size`, as logits of the colour of each place: (n, C, ., .) -> (M, Q)."""
        return places(self.head(F.interpolate(features, list(size), mode="bilinear")))

    def _weights(self) -> Tensor:
        return rarity(self.common) if self.params.rebalance else torch.ones_like(self.common)

    def project(self, h: Tensor) -> Tensor:
        return h

    def after_step(self, batch: Batch) -> None:
        if self._seen is not None:
            self.common.lerp_(self._seen, 1 / min(batch.step + 1, MEMORY))
            self._seen = None

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        lab = rgb_to_lab(one_size(views, self.info.title)[:SHOWN])
        true = coarse(lab[:, 1:])  # (n, 2, h, w)
        flat = annealed_mean(peek["answers"], self.bins, self.params.temperature)
        answer = flat.view(len(lab), *true.shape[-2:], 2).permute(0, 3, 1, 2)
        if name == "colorization_chroma":
            return _chroma(true, answer)
        images = torch.stack([as_grey(lab), coloured(lab, true), coloured(lab, answer)])
        return {"images": images, "rows": ("seen", "truth", "answer")}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        q = len(self.bins)
        return (("loss", f"chance ln {q}", math.log(q)), ("accuracy", f"chance 1/{q}", 1 / q))


def as_grey(lab: Tensor) -> Tensor:
    """What the encoder sees: (n, 3, H, W) -> L / 100 in three equal channels, (n, 3, H, W)."""
    return (lab[:, :1] / 100).clamp(0, 1).expand(-1, 3, -1, -1)


def coarse(ab: Tensor) -> Tensor:
    """Colours of the places: (n, 2, H, W) -> (n, 2, H/4, W/4), rounded up."""
    height, width = (-(-side // REDUCTION) for side in ab.shape[-2:])
    return F.adaptive_avg_pool2d(ab, (height, width))


def places(grid: Tensor) -> Tensor:
    """(n, k, h, w) -> (n·h·w, k)."""
    return grid.permute(0, 2, 3, 1).flatten(0, 2)


def coloured(lab: Tensor, ab: Tensor) -> Tensor:
    """The lightness of lab (n, 3, H, W) under the coarse colours ab (n, 2, h, w), as RGB (n, 3, H, W)."""
    return lab_to_rgb(torch.cat([lab[:, :1], F.interpolate(ab, list(lab.shape[-2:]), mode="bilinear")], dim=1))


def _chroma(true: Tensor, answer: Tensor) -> Drawing:
    both = torch.stack([true, answer]).norm(dim=2).flatten(1)  # (2, M)
    count = int(both.max() // CHROMA) + 1
    values = F.one_hot((both / CHROMA).long(), count).float().mean(1)  # (2, count)
    return {"values": values, "names": [f"{CHROMA * k} to {CHROMA * (k + 1)}" for k in range(count)]}


def _head(channels: int, width: int, bins: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, bins, 1),
    )


METHODS.add("colorization", Colorization)
