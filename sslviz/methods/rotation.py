"""RotNet (Gidaris et al. 2018, "Unsupervised Representation Learning by Predicting Image Rotations", arXiv:1803.07728).

Eq. 3     l(X) = -1/K Σ_y log F^y(g(X|y)),  g(X|y) = X turned by y·90°, K = 4    -> turned, rotation_loss
Eq. 2     mean of l over the batch                                              -> the same (mean over K·N images)
Sec. 3.1  all four turns of an image are in one batch                           -> turned

Shapes: B images (the paper's N), F features h. Rows y·B + i of the turned batch are image i turned by y·90°.

What z is: a head of four numbers has no representation of its own, so the measures of z are those of h.

Departures: a linear layer on h where the paper has two more convolutional blocks that are thrown away; AdamW. The images must
be square. The task fails by a shortcut, not by collapse: `mark` draws one, a small square in the corner of the image before it
is turned, as a watermark or a date would. Where things lie in any orientation, as the shapes do unless they are told to stand
upright, no turn can be told, and the loss stays at chance.
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
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.shortcuts import mark
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, switch

K = 4
TURNS = tuple(f"{90 * y}°" for y in range(K))

SHOWN = 8
"""Images in a figure."""


@dataclass(frozen=True, slots=True)
class RotationParams:
    """What can be turned, each with what it does."""

    mark: bool = switch(
        False, label="corner mark", on="a small square in the corner shows the turn: the task is solved at once, and nothing "
        "else is learnt", off="as in the paper: only what is in the picture shows which way is up",
    )  # fmt: skip


def turned(images: Tensor) -> Tensor:
    """g(X|y) of every y, one after the other: square images (n, 3, s, s) -> (4n, 3, s, s), anticlockwise by y·90°."""
    return torch.cat([torch.rot90(images, y, dims=(2, 3)) for y in range(K)])


def rotation_loss(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of Eq. 3 from what the head makes of `turned`: logits (4n, 4) -> loss (), share of right answers ()."""
    with full_precision(logits.device):
        y = torch.arange(K, device=logits.device).repeat_interleave(len(logits) // K)  # (4n,)
        return F.cross_entropy(widen(logits), y), (logits.argmax(1) == y).float().mean()


class Rotation(Method):
    """Each image is seen in four turns, and the network says by how much it was turned."""

    Params = RotationParams
    params: RotationParams
    info = MethodInfo(
        name="rotation",
        title="Rotation (RotNet)",
        paper="Gidaris et al. 2018, arXiv:1803.07728",
        idea="To say which way is up, a network has to know what is in the picture.",
        collapse="Nothing collapses: it finds a shortcut. With the corner mark the task accuracy goes to 1, and the features "
        "learn no more: kNN stays near that of random weights.",
        family="pretext",
        params=describe(RotationParams),
        augmentation="pretext",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy over 4 turns",
        equation=r"\mathcal{L} = -\frac{1}{N} \sum_{i=1}^{N} \frac{1}{K} \sum_{y=1}^{K} \log F^{y}\left( g(X_i \mid y) \right)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("N", "images in the batch, each seen in all turns", "batch_size"),
            Symbol("K", "turns: 0°, 90°, 180°, 270°"),
            Symbol("X_i", "image i"),
            Symbol(r"g(X_i \mid y)", "image i in turn y"),
            Symbol("F^{y}", "the network's probability of turn y"),
        ),
        figures=(
            FigureInfo(
                "rotation_tiles", "Which way was it turned?", "tiles",
                "What the network saw, a turn a row, and what it says below each picture with its probability.", switch="mark",
            ),
            FigureInfo(
                "rotation_confusion", "Turns taken for each other", "matrix",
                "Share of the pictures of each turn that get each answer: the diagonal is right.",
                x="answer", y="turn", lo=0.0, hi=1.0,
            ),
            FigureInfo(
                "rotation_classes", "Which shapes have an up?", "bars",
                "Task accuracy of each shape, or class: what looks the same in every turn stays at chance, 0.25, unless "
                "something else gives the turn away.", x="shape or class", y="task accuracy", series=("accuracy",), switch="mark",
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("mark", "corner mark", 0, 1, "view"),
            Box("turns", "its four turns", 1, 0, "view"),
            Box("f", "encoder", 2, 0),
            Box("head", "linear layer", 3, 0),
            Box("loss", "which turn?", 4, 0, "loss"),
        ),
        links=(
            Link("image", "turns"),
            Link("mark", "turns", switch="mark"),
            Link("turns", "f"),
            Link("f", "head"),
            Link("head", "loss"),
        ),
    )  # fmt: skip
    equations = (turned, rotation_loss, mark)

    @classmethod
    def require(cls, params: RotationParams, facts: Facts, encoder: Encoder) -> None:
        require_one_size(facts, cls.info.title)
        height, width = facts.view_sizes[0]
        if height != width:
            raise MethodError(
                f"Images of {width} x {height} px have another shape when they are turned.",
                f"Choose square images, such as {min(height, width)} px.", field="data.image_size",
            )  # fmt: skip

    def __init__(self, encoder: Encoder, params: RotationParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.head = nn.Linear(encoder.num_features, K)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        images = self._seen(views)  # (n, 3, s, s)
        h = self.encoder(turned(images))  # (4n, F)
        logits = self.head(h)  # (4n, 4)
        loss, accuracy = rotation_loss(logits)
        upright = h[: len(images)].detach()
        peek = {"h": upright, "z": upright, "answers": logits.detach().float().softmax(1)}
        return Step(loss, {"cross-entropy": loss.detach()}, peek, {"accuracy": accuracy})

    def _seen(self, views: Sequence[Tensor]) -> Tensor:
        images = one_size(views, self.info.title)
        return mark(images) if self.params.mark else images

    def project(self, h: Tensor) -> Tensor:
        return h

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        answers = peek["answers"].view(K, -1, K)  # (4, n, 4)
        if name == "rotation_tiles":
            return self._tiles(views, answers[:, :SHOWN])
        if name == "rotation_confusion":
            said = F.one_hot(answers.argmax(2), K).float().mean(1)  # (4, 4)
            return {"values": said, "rows": TURNS, "columns": TURNS}
        return self._classes(batch, answers)

    def _tiles(self, views: Sequence[Tensor], answers: Tensor) -> Drawing:
        images = self._seen(views)[: answers.shape[1]]
        sure, said = answers.max(2)
        texts = [
            [f"{TURNS[k]} ({p:.0%})" for k, p in zip(*row, strict=True)]
            for row in zip(said.tolist(), sure.tolist(), strict=True)
        ]
        return {"images": turned(images).view(K, *images.shape), "rows": TURNS, "texts": texts}

    def _classes(self, batch: Batch, answers: Tensor) -> Drawing:
        kinds, names = self._kinds(batch)
        if kinds is None:
            return {}
        right = answers.argmax(2) == torch.arange(K, device=answers.device)[:, None]  # (4, n)
        share = right.float().mean(0).view(-1, len(kinds)).mean(0)  # (B,): of all turns and views
        present = [k for k in range(len(names)) if bool((kinds == k).any())]
        values = torch.stack([share[kinds == k].mean() for k in present])[None] if present else share[None, :0]
        return {"values": values, "names": [names[k] for k in present], "line": torch.tensor([1 / K])}

    def _kinds(self, batch: Batch) -> tuple[Tensor | None, Sequence[str]]:
        """What tells images apart that have an up from those that have none: the shape where it is known, else the class."""
        if "shape" in batch.factors and "shape" in self.facts.factors:
            return batch.factors["shape"], self.facts.factors["shape"]
        return batch.labels, self.facts.classes

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "chance ln 4", math.log(K)), ("accuracy", "chance 1/4", 1 / K))


METHODS.add("rotation", Rotation)
