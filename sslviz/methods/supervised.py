"""Supervised training, the baseline that every method without labels is measured against (He et al. 2016, arXiv:1512.03385).

Softmax   p^y = exp(o_y) / Σ_c exp(o_c),  o = W h + b                            -> project
Loss      -Σ_c q_c log p^c,  q = (1 - ε) [c = y] + ε / C                          -> label_loss
          ε > 0: label smoothing (Szegedy et al. 2016, arXiv:1512.00567, sec. 7)

Shapes: B images, F features h, C classes. z are the C logits o.

Departures: AdamW and a mild crop and flip, so that it learns within minutes where the methods without labels do; images without
a label (-1) are seen and count for nothing.
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
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import describe, param

UNKNOWN = -1
"""The label of an image whose class is not known."""

SHOWN = (3, 8)
"""Rows and columns of images in a figure."""


@dataclass(frozen=True, slots=True)
class SupervisedParams:
    """What can be turned, each with what it does."""

    smoothing: float = param(
        0.0, lo=0.0, hi=0.9, label="label smoothing", symbol="ε", paper="0.1 Szegedy et al. 2016",
        up="the network is asked to be less sure", down="0: the plain cross-entropy",
    )  # fmt: skip


def label_loss(logits: Tensor, labels: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy, and the share of right answers, of the images whose label is known; 0 where there is none.

    logits (B, C), labels (B,) int64 or -1 -> (), ().
    """
    with full_precision(logits.device):
        known = labels != UNKNOWN
        count = known.sum().clamp_min(1)
        total = F.cross_entropy(widen(logits), labels, ignore_index=UNKNOWN, label_smoothing=smoothing, reduction="sum")
        return total / count, ((logits.argmax(1) == labels) & known).sum() / count


class Supervised(Method):
    """The network is told each image's class."""

    Params = SupervisedParams
    params: SupervisedParams
    info = MethodInfo(
        name="supervised",
        title="Supervised",
        paper="the baseline; He et al. 2016, arXiv:1512.03385",
        idea="What labels give: the mark that learning without them is measured against.",
        collapse="Nothing collapses by itself; what is not needed to tell the classes apart is lost from the features.",
        family="supervised",
        params=describe(SupervisedParams),
        augmentation="supervised",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="cross-entropy over the classes",
        equation=r"\mathcal{L} = -\frac{1}{N} \sum_{i=1}^{N} \sum_{c=1}^{C} q_{ic} \log p_i^{c},\quad q_{ic} = (1 - \varepsilon)\, [c = y_i] + \frac{\varepsilon}{C}",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("N", "images in the batch", "batch_size"),
            Symbol("C", "classes"),
            Symbol("y_i", "the label of image i"),
            Symbol("p_i^{c}", "the network's probability of class c"),
            Symbol(r"\varepsilon", "label smoothing", "smoothing"),
        ),
        figures=(
            FigureInfo(
                "class_tiles", "What does it say?", "tiles",
                "Images of the batch: their class, and what the network says where that is another.",
            ),
            FigureInfo(
                "class_confusion", "Classes taken for each other", "matrix",
                "Share of the batch's images of each class that get each answer: the diagonal is right.",
                x="answer", y="class", lo=0.0, hi=1.0,
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("label", "its label", 0, 1, "view"),
            Box("f", "encoder", 1, 0),
            Box("head", "linear layer", 2, 0),
            Box("loss", "which class?", 3, 0, "loss"),
        ),
        links=(
            Link("image", "f"),
            Link("f", "head"),
            Link("head", "loss"),
            Link("label", "loss", "stop"),
        ),
    )  # fmt: skip
    equations = (label_loss,)

    @classmethod
    def require(cls, params: SupervisedParams, facts: Facts, encoder: Encoder) -> None:
        require_one_size(facts, cls.info.title)
        if len(facts.classes) < 2:
            raise MethodError(*TOO_FEW, field="data.source")

    def __init__(self, encoder: Encoder, params: SupervisedParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.head = nn.Linear(encoder.num_features, len(facts.classes))

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        if batch.labels is None:
            raise MethodError(*TOO_FEW, field="data.source")
        images = one_size(views, self.info.title)
        h = self.encoder(images)  # (V*B, F)
        logits = self.project(h)  # (V*B, C)
        labels = batch.labels.to(h.device).repeat(len(images) // len(batch.labels))  # view-major
        loss, accuracy = label_loss(logits, labels, self.params.smoothing)
        peek = {"h": h.detach(), "z": logits.detach()}
        return Step(loss, {"cross-entropy": loss.detach()}, peek, {"accuracy": accuracy})

    def project(self, h: Tensor) -> Tensor:
        logits: Tensor = self.head(h)
        return logits

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        if batch.labels is None:
            return {}
        said, labels = peek["z"][: len(batch.labels)].argmax(1), batch.labels
        return self._tiles(views[0][0], labels, said) if name == "class_tiles" else self._confusion(labels, said)

    def _tiles(self, images: Tensor, labels: Tensor, said: Tensor) -> Drawing:
        rows, columns = min(SHOWN[0], len(images)), min(SHOWN[1], len(images) // min(SHOWN[0], len(images)))
        n = rows * columns
        words = [self._verdict(y, s) for y, s in zip(labels[:n].tolist(), said[:n].tolist(), strict=True)]
        texts = [words[k : k + columns] for k in range(0, n, columns)]
        return {"images": images[:n].view(rows, columns, *images.shape[1:]), "texts": texts}

    def _verdict(self, label: int, said: int) -> str:
        names = self.facts.classes
        if label == UNKNOWN:
            return f"unknown; says {names[said]}"
        return names[label] if label == said else f"{names[label]}, not {names[said]}"

    def _confusion(self, labels: Tensor, said: Tensor) -> Drawing:
        classes, known = len(self.facts.classes), labels != UNKNOWN
        pairs = labels[known] * classes + said[known]
        counts = torch.bincount(pairs, minlength=classes**2).view(classes, classes).float()
        return {
            "values": counts / counts.sum(1, keepdim=True).clamp_min(1),
            "rows": self.facts.classes,
            "columns": self.facts.classes,
        }

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        classes = len(self.facts.classes)
        return (("loss", f"chance ln {classes}", math.log(classes)), ("accuracy", f"chance 1/{classes}", 1 / classes))


TOO_FEW = (
    "Supervised training needs the labels of two classes or more, and these images have none or one.",
    "Choose data with classes, such as shapes or a folder with one subfolder for each class.",
)

METHODS.add("supervised", Supervised)
