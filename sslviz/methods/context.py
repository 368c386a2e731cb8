"""Context prediction (Doersch et al. 2015, "Unsupervised Visual Representation Learning by Context Prediction", arXiv:1505.05192).

Sec. 3    a patch and one of its 8 neighbours: where does the neighbour lie?
          L = -1/M Σ log p(k | f(x1), f(x2))                              -> place_loss
Fig. 2    neighbours a gap apart, each moved by a few pixels              -> neighbours
Sec. 3.1  colour dropping, projection                                     -> nn.shortcuts.drop_channels, project_colours

Shapes: B images, P pairs cut from each, M = P·B pairs, patches of s px, F features h.

What z is: the head compares two patches, so no image has a z of its own; the measures of z are those of h of whole images.

Departures: the patches are three tenths of the image where the paper's are a fifth of larger ones; patches move by at most the
gap, so that they never overlap; both patches of a pair go through one encoder whose h are joined (the paper's "late fusion"); no
patch is made coarse and fine again. The task fails by a shortcut, not by collapse: edges that go on from patch to patch, which
the gap cuts, and a lens's colour fringes, which tell how far a patch is from the middle. Rendered images have none, so
`aberration` adds them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, one_size, require_one_size
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.nn.heads import mlp
from sslviz.nn.patches import GREY, board, cut, draw, misfit, usual_side
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.shortcuts import drop_channels, project_colours, through_lens
from sslviz.nn.sizes import patch_size
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

PLACES = ("top left", "top", "top right", "left", "right", "bottom left", "bottom", "bottom right")
OFFSETS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
"""Rows and columns from a patch to its neighbour in each place."""

SHARE = 0.3
"""A patch's usual share of the image's side."""

SHOWN = 8
"""Pairs in a figure."""


@dataclass(frozen=True, slots=True)
class ContextParams:
    """What can be turned, each with what it does."""

    gap: float = param(
        0.5, lo=0.0, hi=1.0, label="gap", unit="of a patch", paper="0.5",
        up="neighbours share less: the task gets harder; no more than fits into the image",
        down="0: edges go on from patch to patch, and following them is a shortcut",
    )  # fmt: skip
    jitter: float = param(
        0.15, lo=0.0, hi=0.5, label="jitter", unit="of a patch", paper="0.07",
        up="neighbours lie less exactly: lines cannot be followed", down="0: neighbours lie on a grid",
    )  # fmt: skip
    drop: bool = switch(
        True, label="channel drop", on="one colour channel of each patch is left, the others are noise", paper="Sec. 3.1",
        off="all channels stay: a lens's fringes give the place away",
    )  # fmt: skip
    projection: bool = switch(
        False, label="colour projection", on="green and magenta become grey, the paper's other remedy against fringes",
        off="colours stay as they are", paper="Sec. 3.1",
    )  # fmt: skip
    aberration: bool = switch(
        False, label="lens fringes", on="images look as through a simple lens: colour fringes grow towards the border and give "
        "the place away, unless channels are dropped", off="the images as they are",
    )  # fmt: skip
    patch: int = param(
        0, lo=0, hi=512, label="patch", symbol="s", unit="px", paper="96", live=False,
        up="more to see in each patch, less room between them", down="0: three tenths of the image, as the backbone takes it",
    )  # fmt: skip
    pairs: int = param(
        4,
        lo=1,
        hi=64,
        label="pairs of each image",
        symbol="P",
        live=False,
        up="more to learn from each step, slower",
        down="faster",
    )
    width: int = param(
        128, lo=1, hi=8192, label="head width", paper="4096", live=False, scale="log",
        up="the head can compare the patches in more ways, slower", down="faster",
    )  # fmt: skip


def neighbours(
    images: Tensor, pairs: int, side: int, gap: float, jitter: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pairs of patches of `side` px anywhere in the images (n, 3, H, W) -> (n, pairs, 2, 3, side, side), and where the second lies.

    The second lies `gap`·side px away (as far as fits) in one of 8 directions drawn at random, (n, pairs) int64, and is moved
    by up to `jitter`·side px, but never beyond the gap, both ways.
    """
    size = torch.tensor(images.shape[-2:])
    apart = min(round(gap * side), int(size.min()) - 2 * side)
    play = min(round(jitter * side), apart, int(size.min()) - 2 * side - apart)
    shape = (len(images), pairs)
    place = draw(len(OFFSETS) - 1, shape, generator)  # (n, P)
    step = torch.tensor(OFFSETS, device=place.device)[place] * (side + apart)  # (n, P, 2)
    step = step + draw(2 * play, (*shape, 2), generator) - play
    room = size.to(place.device) - side - step.abs()
    first = draw(room, (*shape, 2), generator) + (-step).clamp_min(0)  # both lie inside
    corners = torch.stack([first, first + step], dim=2).flatten(1, 2).to(images.device)  # (n, 2P, 2)
    patches = cut(images, corners[..., 0], corners[..., 1], side)
    return patches.view(len(images), pairs, 2, *patches.shape[2:]), place.to(images.device)


def place_loss(logits: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy over the 8 places: logits (M, 8), place (M,) -> loss (), share of right answers ()."""
    with full_precision(logits.device):
        return F.cross_entropy(widen(logits), place), (logits.argmax(1) == place).float().mean()


class Context(Method):
    """Two patches of an image: where does the second lie, seen from the first?"""

    Params = ContextParams
    params: ContextParams
    info = MethodInfo(
        name="context",
        title="Context prediction",
        paper="Doersch et al. 2015, arXiv:1505.05192",
        idea="To say where one patch lies beside another, a network has to know what both are parts of.",
        collapse="Nothing collapses: it finds a shortcut. Without a gap it follows edges, with lens fringes it reads the place from "
        "the colours: the task accuracy rises, and kNN does not.",
        family="pretext",
        params=describe(ContextParams),
        augmentation="pretext",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy over 8 places",
        equation=r"\mathcal{L} = -\frac{1}{M} \sum_{m=1}^{M} \log p\left( k_m \mid f(x_m^1), f(x_m^2) \right)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("M", "pairs of the batch: so many of each image", "pairs"),
            Symbol("x_m^1", "the first patch of pair m"),
            Symbol("x_m^2", "its neighbour"),
            Symbol("f", "the encoder, the same for both"),
            Symbol("k_m", "which of the 8 places the neighbour lies in"),
        ),
        figures=(
            FigureInfo(
                "context_tiles", "Where does it lie?", "tiles",
                "Pairs as the network saw them: the patch in the middle, its neighbour where it lay, and where the network puts it.", switch="drop",
            ),
            FigureInfo(
                "context_places", "Which places are found?", "bars",
                "Task accuracy for each place of the neighbour; chance is 1/8.", x="place", y="task accuracy", series=("accuracy",),
                switch="gap",
            ),
            FigureInfo(
                "context_confusion", "Places taken for each other", "matrix",
                "Share of the pairs of each place that get each answer: the diagonal is right.",
                x="answer", y="place", lo=0.0, hi=1.0,
            ),
        ),
        shows=("views", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("lens", "lens fringes", 0, 1, "view"),
            Box("x1", "patch", 1, 0, "view"),
            Box("x2", "its neighbour", 1, 1, "view"),
            Box("f1", "encoder", 2, 0),
            Box("f2", "encoder, the same", 2, 1),
            Box("head", "head", 3, 0),
            Box("loss", "where?", 4, 0, "loss"),
        ),
        links=(
            Link("image", "x1"),
            Link("image", "x2"),
            Link("lens", "x1", switch="aberration"),
            Link("lens", "x2", switch="aberration"),
            Link("x1", "f1"),
            Link("x2", "f2"),
            Link("f1", "head"),
            Link("f2", "head"),
            Link("head", "loss"),
        ),
    )  # fmt: skip
    equations = (neighbours, place_loss, drop_channels, project_colours, through_lens)

    @classmethod
    def require(cls, params: ContextParams, facts: Facts, encoder: Encoder) -> None:
        require_one_size(facts, cls.info.title)
        if problem := misfit("A patch", _side(params, facts, encoder), min(facts.view_sizes[0]) // 2, _own(encoder)):
            raise MethodError(*problem, field="patch")
        if facts.batch_size * len(facts.view_sizes) * params.pairs < 2:
            raise MethodError(
                "The head's batch norm needs more than one pair.",
                "Choose a larger batch, or more pairs.",
                field="batch_size",
            )

    def __init__(self, encoder: Encoder, params: ContextParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.side = _side(params, facts, encoder)
        self.head = mlp([2 * encoder.num_features, params.width, len(PLACES)], batch_norm=True)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        images = one_size(views, self.info.title)
        patches, place = self._patches(images, batch.generator)  # (M, 2, 3, s, s), (M,)
        h = self.encoder(patches.flatten(0, 1))  # (2M, F)
        logits = self.head(h.reshape(len(place), -1))  # (M, 8)
        loss, accuracy = place_loss(logits, place)
        answers = logits.detach().float().softmax(1)
        shown = {"patches": patches[:SHOWN], "places": place, "answers": answers}
        return Step(loss, {"cross-entropy": loss.detach()}, shown, {"accuracy": accuracy})

    def _patches(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pairs as the network sees them, as the switches are now: (M, 2, 3, s, s), (M,)."""
        p = self.params
        seen = through_lens(images) if p.aberration else images
        pairs, place = neighbours(seen, p.pairs, self.side, p.gap, p.jitter, generator)
        patches = pairs.flatten(0, 2)  # (2M, 3, s, s)
        patches = project_colours(patches) if p.projection else patches
        patches = drop_channels(patches, self.encoder.mean, generator) if p.drop else patches
        return patches.view(-1, *pairs.shape[2:]), place.flatten()

    def project(self, h: Tensor) -> Tensor:
        return h

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        places, answers = peek["places"], peek["answers"]
        if name == "context_tiles":
            return _tiles(peek["patches"], places[:SHOWN], answers[:SHOWN])
        asked = F.one_hot(places, len(PLACES)).float()  # (M, 8)
        said = F.one_hot(answers.argmax(1), len(PLACES)).float()
        shares = asked.T @ said / asked.sum(0).clamp_min(1)[:, None]  # (8, 8)
        if name == "context_confusion":
            return {"values": shares, "rows": PLACES, "columns": PLACES}
        return {"values": shares.diagonal()[None], "names": PLACES, "line": torch.tensor([1 / len(PLACES)])}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "chance ln 8", math.log(len(PLACES))), ("accuracy", "chance 1/8", 1 / len(PLACES)))


def _tiles(patches: Tensor, places: Tensor, answers: Tensor) -> Drawing:
    """Boards of pairs (n, 2, 3, s, s): the patch in the middle, its neighbour where it lay, and where the answer puts it."""
    sure, said = answers.max(1)
    told = [f"{PLACES[k]} ({p:.0%})" for k, p in zip(said.tolist(), sure.tolist(), strict=True)]
    true = [PLACES[k] for k in places.tolist()]
    images = torch.stack([_placed(patches, places), _placed(patches, said)])
    return {"images": images, "rows": ("truth", "answer"), "texts": [true, told]}


def _placed(patches: Tensor, place: Tensor) -> Tensor:
    cells = torch.full_like(patches[:, :1], GREY).repeat(1, 9, 1, 1, 1)
    cells[:, 4] = patches[:, 0]
    cells[torch.arange(len(cells), device=cells.device), place + (place >= 4)] = patches[:, 1]
    return board(cells)


def _own(encoder: Encoder) -> int:
    """Pixels of the backbone's own patches, 1 where it cuts none."""
    return max(patch_size(encoder.backbone))


def _side(params: ContextParams, facts: Facts, encoder: Encoder) -> int:
    image = min(facts.view_sizes[0])
    return params.patch or usual_side(SHARE * image, image // 2, _own(encoder))


METHODS.add("context", Context)
