"""Jigsaw (Noroozi & Favaro 2016, "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles", arXiv:1603.09246).

Eq. 3     p(S | A_1..A_9) = p(S | f(A_1), .., f(A_9)),  S one of N permutations      -> puzzle_loss
Alg. 1    N permutations far apart in Hamming distance                             -> nn.patches.permutations
Sec. 3.3  tiles drawn at random from the cells of a 3 x 3 grid                      -> tiles
          each tile normalised by its own mean and standard deviation               -> nn.shortcuts.standardise
          some images in grey, against fringes of colour                            -> nn.shortcuts.grey

Shapes: B images, 9 tiles of s px from each, F features h of a tile, Q puzzles an image, M = Q·B puzzles.

What z is: the head sees nine tiles at once, so no image has a z of its own; the measures of z are those of h of whole images.

Departures: 24 permutations by default, of 1000, for a network that small; several puzzles of an image share its tiles' features,
which the paper's encoder computes anew; one hidden layer on the nine features instead of two; colour channels are not shifted
against each other, `drop` leaves one instead. The permutations begin with the sorted one, and where several are equally far, the
one farthest from its nearest follows. The task fails by a shortcut, not by collapse: edges that go on from tile to tile, which
the gap cuts, and brightness and contrast that neighbours share, which normalising takes away.
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
from sslviz.nn.patches import board, cut, draw, misfit, permutations, usual_side
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.shortcuts import drop_channels, grey, standardise
from sslviz.nn.sizes import patch_size
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param, switch

GRID = 3
TILES = GRID * GRID

SHARE = 64 / 225
"""A tile's share of the image's side in the paper."""

SHOWN = 6
"""Puzzles in a figure."""


@dataclass(frozen=True, slots=True)
class JigsawParams:
    """What can be turned, each with what it does."""

    gap: float = param(
        11 / 64, lo=0.0, hi=1.0, label="gap", unit="of a tile", paper="11/64",
        up="tiles share less: the puzzle gets harder; no more than fits into the image",
        down="0: edges go on from tile to tile, and following them is a shortcut",
    )  # fmt: skip
    jitter: bool = switch(
        True, label="jitter", on="each tile lies anywhere in its cell, and the puzzle anywhere in the image",
        off="tiles lie in the middle of their cells: lines can be followed across the gap", paper="Sec. 3.3",
    )  # fmt: skip
    normalise: bool = switch(
        True, label="normalise each tile", on="each tile has the same mean and contrast", paper="Sec. 3.3",
        off="neighbours share brightness and contrast: a shortcut",
    )  # fmt: skip
    grey: float = param(
        0.3,
        lo=0.0,
        hi=1.0,
        label="images in grey",
        unit="share",
        paper="0.3",
        up="colours tell less",
        down="colours tell more",
    )
    drop: bool = switch(
        False, label="channel drop", on="one colour channel of each tile is left, the others are noise",
        off="all channels stay: fringes of colour may give places away",
    )  # fmt: skip
    permutations: int = param(
        24, lo=2, hi=1000, label="permutations", symbol="N", paper="1000", live=False, scale="log",
        up="a harder task; similar permutations come to be told apart", down="an easier task",
    )  # fmt: skip
    puzzles: int = param(
        4, lo=1, hi=64, label="puzzles of each image", symbol="Q", paper="69 over training", live=False,
        up="more to learn from the same tiles, at the head's cost only", down="faster",
    )  # fmt: skip
    tile: int = param(
        0, lo=0, hi=512, label="tile", symbol="s", unit="px", paper="64 of 225", live=False,
        up="more to see in each tile, less room for the gap", down="0: the paper's share of the image, as the backbone takes it",
    )  # fmt: skip
    width: int = param(
        256, lo=1, hi=8192, label="head width", paper="4096", live=False, scale="log",
        up="the head can compare the tiles in more ways, slower", down="faster",
    )  # fmt: skip


def tiles(images: Tensor, side: int, gap: float, jitter: bool, generator: torch.Generator) -> Tensor:
    """The nine tiles of each image in reading order: (n, 3, H, W) -> (n, 9, 3, side, side).

    Cells are `gap`·side px larger than a tile, as far as three fit. With `jitter` a tile lies anywhere in its cell and the block
    of cells anywhere in the image; else both are centred.
    """
    size = torch.tensor(images.shape[-2:])
    cell = min(side + round(gap * side), int(size.min()) // GRID)
    room, play = size - GRID * cell, cell - side
    k = torch.arange(TILES)
    corner = cell * torch.stack([k // GRID, k % GRID], dim=1)  # (9, 2)
    n = len(images)
    if jitter:
        block, within = draw(room, (n, 1, 2), generator), draw(play, (n, TILES, 2), generator)
        places = corner.to(block.device) + block + within
    else:
        places = (corner + room // 2 + play // 2).expand(n, TILES, 2)
    places = places.to(images.device)
    return cut(images, places[..., 0], places[..., 1], side)


def shuffled(features: Tensor, orders: Tensor) -> Tensor:
    """Tiles in other orders: features (n, 9, ...), orders (n, Q, 9) -> (n, Q, 9, ...); place j shows tile orders[..., j]."""
    n = torch.arange(len(features), device=features.device)[:, None, None]
    return features[n, orders]


def puzzle_loss(logits: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy over the N permutations: logits (M, N), chosen (M,) -> loss (), share of right answers ()."""
    with full_precision(logits.device):
        return F.cross_entropy(widen(logits), chosen), (logits.argmax(1) == chosen).float().mean()


class Jigsaw(Method):
    """Nine tiles of an image in one of N orders: which one?"""

    Params = JigsawParams
    params: JigsawParams
    info = MethodInfo(
        name="jigsaw",
        title="Jigsaw",
        paper="Noroozi & Favaro 2016, arXiv:1603.09246",
        idea="To put tiles back where they were, a network has to know the parts of things and how they fit.",
        collapse="Nothing collapses: it finds a shortcut. Without gap or jitter it follows edges, without normalising it compares "
        "brightness: the task accuracy rises, and kNN does not.",
        family="pretext",
        params=describe(JigsawParams),
        augmentation="pretext",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy over N permutations",
        equation=r"\mathcal{L} = -\frac{1}{M} \sum_{m=1}^{M} \log p\left( S_m \mid f(A_{\sigma_m(1)}), \ldots, f(A_{\sigma_m(9)}) \right)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("M", "puzzles of the batch: so many of each image", "puzzles"),
            Symbol("S_m", "which of the N permutations puzzle m is in", "permutations"),
            Symbol(r"\sigma_m", "that permutation of the places 1 to 9"),
            Symbol("A_j", "tile j of the image"),
            Symbol("f", "the encoder, the same for every tile"),
        ),
        figures=(
            FigureInfo(
                "jigsaw_tiles", "Puzzles and their solutions", "tiles",
                "The tiles as they lay, as the network saw them, and put back by its answer: right where first and last row agree.",
                switch="normalise",
            ),
            FigureInfo(
                "jigsaw_places", "Which tiles are put right?", "bars",
                "How often the answer puts the tile of each place back where it was; by chance about 1 of 9 times.",
                x="place in the image", y="share put right", series=("put right",), switch="gap",
            ),
        ),
        shows=("views", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("tiles", "nine tiles", 1, 0, "view"),
            Box("f", "encoder, for each tile", 2, 0),
            Box("order", "one of N orders", 2, 1, "view"),
            Box("join", "nine features, shuffled", 3, 0),
            Box("head", "head", 4, 0),
            Box("loss", "which order?", 5, 0, "loss"),
        ),
        links=(
            Link("image", "tiles"),
            Link("tiles", "f"),
            Link("f", "join"),
            Link("order", "join", "stop"),
            Link("join", "head"),
            Link("head", "loss"),
        ),
    )  # fmt: skip
    equations = (tiles, shuffled, puzzle_loss, permutations, standardise)

    orders: Tensor  # (N, 9) int64

    @classmethod
    def require(cls, params: JigsawParams, facts: Facts, encoder: Encoder) -> None:
        require_one_size(facts, cls.info.title)
        if problem := misfit("A tile", _side(params, facts, encoder), min(facts.view_sizes[0]) // GRID, _own(encoder)):
            raise MethodError(*problem, field="tile")
        if facts.batch_size * len(facts.view_sizes) * params.puzzles < 2:
            raise MethodError(
                "The head's batch norm needs more than one puzzle.",
                "Choose a larger batch, or more puzzles.",
                field="batch_size",
            )

    def __init__(self, encoder: Encoder, params: JigsawParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.side = _side(params, facts, encoder)
        self.register_buffer("orders", permutations(params.permutations, TILES))
        self.head = mlp([TILES * encoder.num_features, params.width, params.permutations], batch_norm=True)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        cells = self._tiles(one_size(views, self.info.title), batch.generator)  # (n, 9, 3, s, s)
        h = self.encoder(cells.flatten(0, 1)).view(len(cells), TILES, -1)  # (n, 9, F)
        chosen = draw(len(self.orders) - 1, (len(cells), self.params.puzzles), batch.generator).to(h.device)  # (n, Q)
        logits = self.head(shuffled(h, self.orders[chosen]).flatten(0, 1).flatten(1))  # (M, N)
        loss, accuracy = puzzle_loss(logits, chosen.flatten())
        peek = {"tiles": cells[:SHOWN], "chosen": chosen, "answers": logits.detach().float().softmax(1)}
        return Step(loss, {"cross-entropy": loss.detach()}, peek, {"accuracy": accuracy})

    def _tiles(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Tiles as the network sees them, as the switches are now: (n, 9, 3, s, s)."""
        p = self.params
        in_grey = torch.rand(len(images), generator=generator, device=generator.device).to(images.device) < p.grey
        images = torch.where(in_grey[:, None, None, None], grey(images), images)
        cells = tiles(images, self.side, p.gap, p.jitter, generator)
        flat = cells.flatten(0, 1)
        flat = standardise(flat, self.encoder.mean, self.encoder.std) if p.normalise else flat
        flat = drop_channels(flat, self.encoder.mean, generator) if p.drop else flat
        return flat.view(cells.shape)

    def project(self, h: Tensor) -> Tensor:
        return h

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        said = self.orders[peek["answers"].argmax(1)].view(*peek["chosen"].shape, TILES)  # (n, Q, 9)
        true = self.orders[peek["chosen"]]  # (n, Q, 9)
        if name == "jigsaw_tiles":
            return self._boards(peek["tiles"], true[:SHOWN, 0], said[:SHOWN, 0])
        right = (said == true).float().flatten(0, 1)  # (M, 9): of the tile that lies in each place of the puzzle
        share = torch.zeros(TILES, device=right.device).index_add_(0, true.flatten(), right.flatten()) / (
            true.flatten().bincount(minlength=TILES).clamp_min(1)
        )
        return {"values": share[None], "names": PLACES, "line": torch.tensor([1 / TILES])}

    def _boards(self, cells: Tensor, true: Tensor, said: Tensor) -> Drawing:
        """Three rows of boards: as the tiles lay, as they were seen, as the answer puts them back."""
        n = torch.arange(len(cells), device=cells.device)[:, None]
        seen = cells[n, true]
        solved = torch.empty_like(seen)
        solved[n, said] = seen
        hits = (true == said).sum(1).tolist()
        texts = [["" for _ in hits], ["" for _ in hits], [f"{k} of {TILES} right" for k in hits]]
        images = torch.stack([board(cells), board(seen), board(solved)])
        return {"images": images, "rows": ("image", "puzzle", "answer"), "texts": texts}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        n = len(self.orders)
        return (("loss", f"chance ln {n}", math.log(n)), ("accuracy", f"chance 1/{n}", 1 / n))


PLACES = tuple(f"{row} {column}".strip() for row in ("top", "middle", "bottom") for column in ("left", "", "right"))
"""Names of the nine places in reading order."""


def _own(encoder: Encoder) -> int:
    """Pixels of the backbone's own patches, 1 where it cuts none."""
    return max(patch_size(encoder.backbone))


def _side(params: JigsawParams, facts: Facts, encoder: Encoder) -> int:
    image = min(facts.view_sizes[0])
    return params.tile or usual_side(SHARE * image, image // GRID, _own(encoder))


METHODS.add("jigsaw", Jigsaw)
