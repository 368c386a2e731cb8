"""CLIP (Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", arXiv:2103.00020).

Fig. 3    u = W_i h / |W_i h|,  v = W_t g / |W_t g|          -> project, read
          s_ij = u_i·v_j                                      -> match
          L = 1/2 [ CE(e^t s, i) + CE(e^t s^T, i) ]           -> contrast
Sec. 2.3  t is learnt, starts at ln(1/0.07), e^t <= 100       -> sharpness
Sec. 3.1  zero-shot: the prompt whose v is nearest to u       -> classify

Shapes: B images and captions, F image features h, D common dimensions, L tokens of a caption.

Captions are composed from the data's factors ("a small red star on stripes"), and only from those that the switches name: what no
caption says, the model has no reason to see. Departures: the text tower is small and reads whole words. Few factors make equal
captions in one batch; as in the paper's code they count as rivals, so the loss has a floor above 0, which `parts` tells. The
paper crops at random only; so do we, gently, because captions name positions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.text_tower import TextTower
from sslviz.nn.words import END, Words, closed_up
from sslviz.spec.captions import SLOTS, phrase, slots, vocabulary, with_article
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, describe, param, switch

EPS = 1e-8
"""Shortest length that is divided by."""

SHARPEST = 100.0
"""Upper bound of e^t: beyond it training becomes unstable (Sec. 2.5)."""

SHOWN = 12
"""Images and captions in a figure."""


def _names(factor: str, default: bool, off: str) -> bool:
    field: bool = switch(
        default, label=f"captions name the {factor}", on=f"the {factor} can be learnt from the text", off=off
    )
    return field


@dataclass(frozen=True, slots=True)
class CLIPParams:
    """What captions say, and the size of the text tower."""

    shape: bool = _names("shape", True, "every shape is called an object: zero-shot on shapes falls to chance")
    hue: bool = _names("hue", True, "no colour is named: zero-shot on hues falls to chance")
    size: bool = _names("size", False, "no size is named")
    texture: bool = _names("texture", False, "no texture is named")
    position: bool = _names("position", False, "no place is named")
    background: bool = _names("background", False, "no background is named")
    temperature: float = param(
        0.07, lo=0.01, hi=1.0, scale="log", label="first temperature", symbol="e^-t", paper="0.07, learnt", live=False,
        up="all captions of the batch push alike at first", down="only the closest captions push",
    )  # fmt: skip
    dim: int = param(
        64, lo=2, hi=1024, label="common dimensions", symbol="D", paper="512", scale="log", live=False,
        up="more room for what captions say", down="2 or 3: the circle and the sphere themselves",
    )  # fmt: skip
    width: int = param(
        64, lo=8, hi=1024, label="text width", paper="512", scale="log", live=False,
        up="reads subtler captions, slower", down="faster; few words need little",
    )  # fmt: skip
    depth: int = param(
        2, lo=1, hi=12, label="text layers", paper="12", live=False, up="reads subtler captions, slower", down="faster"
    )

    @property
    def named(self) -> tuple[str, ...]:
        """The factors that captions name."""
        return tuple(factor for factor in SLOTS if getattr(self, factor))


def match(u: Tensor, v: Tensor) -> Tensor:
    """s_ij, the cosine of image i and caption j. u (n, D), v (m, D), not normalised -> (n, m), float32 or float64."""
    with full_precision(u.device):
        return F.normalize(widen(u), dim=1, eps=EPS) @ F.normalize(widen(v), dim=1, eps=EPS).T


def contrast(s: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each image among the captions, and of each caption among the images: s (B, B), scale e^t -> two ()."""
    i = torch.arange(len(s), device=s.device)
    return F.cross_entropy(scale * s, i), F.cross_entropy(scale * s.T, i)


def sharpness(t: Tensor) -> Tensor:
    """e^t, at most 100. t () -> ()."""
    return widen(t).clamp_max(math.log(SHARPEST)).exp()


class CLIP(Method):
    """An image and its caption attract, other images and other captions repel."""

    Params = CLIPParams
    params: CLIPParams
    info = MethodInfo(
        name="clip",
        title="CLIP",
        paper="Radford et al. 2021, arXiv:2103.00020",
        idea="An image shall be nearer to its own caption than to those of other images, and the caption to its own image.",
        collapse="If the captions say too little, many are equal: the loss stays at its floor and nothing else is learnt.",
        family="multimodal",
        params=describe(CLIPParams),
        augmentation="clip",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="image-text cross-entropy, mean of both directions",
        equation=r"\mathcal{L} = -\frac{1}{2N} \sum_{i=1}^{N} \left[ \log \frac{\exp(e^{t} u_i \cdot v_i)}{\sum_{j} \exp(e^{t} u_i \cdot v_j)} + \log \frac{\exp(e^{t} u_i \cdot v_i)}{\sum_{j} \exp(e^{t} u_j \cdot v_i)} \right]",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("N", "images in the batch, each with its caption", "batch_size"),
            Symbol("u_i", "the image of pair i, projected, at unit length"),
            Symbol("v_i", "the caption of pair i, projected, at unit length"),
            Symbol("e^{-t}", "temperature, learnt", "temperature"),
        ),
        figures=(
            FigureInfo(
                "captions", "Images and captions", "matrix", "Bright: the model holds image and caption to belong together. "
                "The pairs of the batch lie on the diagonal.", x="caption", y="image", lo=-1.0, hi=1.0,
            ),
            FigureInfo(
                "zero_shot", "Zero-shot", "matrix", "Each row is one image's probabilities over the prompts, which the model was never "
                "trained to choose among.", x="prompt", y="image", lo=0.0, hi=1.0,
            ),
        ),
        shows=("views", "sphere", "spectrum"),
        boxes=(
            Box("image", "image", 0, 0, "view"),
            Box("text", "caption", 0, 1, "view"),
            Box("f", "encoder", 1, 0),
            Box("g", "text tower", 1, 1),
            Box("wi", "projection", 2, 0),
            Box("wt", "projection", 2, 1),
            Box("loss", "which belongs to which?", 3, 0, "loss"),
        ),
        links=(
            Link("image", "f"),
            Link("text", "g"),
            Link("f", "wi"),
            Link("g", "wt"),
            Link("wi", "loss"),
            Link("wt", "loss"),
        ),
    )  # fmt: skip
    equations = (match, contrast, sharpness)

    @classmethod
    def require(cls, params: CLIPParams, facts: Facts, encoder: Encoder) -> None:
        missing = [factor for factor in slots(params.named) if factor not in facts.factors]
        if missing:
            raise MethodError(
                f"Captions are composed from what the data knows of each image, and these images have no {missing[0]}.",
                "Choose the shapes data set, or name other factors.", field="data.source",
            )  # fmt: skip
        if not params.named:
            raise MethodError(*SAY_SOMETHING, field="shape")

    def __init__(self, encoder: Encoder, params: CLIPParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        self.words = Words(vocabulary(facts.factors))
        self.text_tower = TextTower(len(self.words), params.width, params.depth, _heads(params.width))
        self.image_projection = nn.Linear(encoder.num_features, params.dim, bias=False)
        self.text_projection = nn.Linear(params.width, params.dim, bias=False)
        self.t = nn.Parameter(torch.tensor(-math.log(params.temperature)))

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        if sum(len(view) for view in views) != 1:
            raise MethodError(
                "CLIP looks at each image once, and the augmentation makes more views.", "Choose the augmentation clip.",
                field="augmentation",
            )  # fmt: skip
        h = self.encode(views)  # (B, F)
        u = self.project(h)  # (B, D)
        tokens = self.tokens(batch.factors)  # (B, L)
        v = self.read(tokens)  # (B, D)
        s, scale = match(u, v), sharpness(self.t)  # (B, B)
        image_to_text, text_to_image = contrast(s, scale)
        same = (tokens[:, None] == tokens).all(dim=2)  # (B, B): equal captions
        parts = {
            "image to text": image_to_text.detach(),
            "text to image": text_to_image.detach(),
            "floor (equal captions)": same.sum(1).float().log().mean(),
        }
        measures = {"accuracy": _matched(s.detach(), same), "temperature": 1 / scale.detach()}
        peek = {"h": h.detach(), "z": u.detach(), "cosine": s.detach(), "tokens": tokens}
        return Step((image_to_text + text_to_image) / 2, parts, peek, measures)

    def project(self, h: Tensor) -> Tensor:
        u: Tensor = self.image_projection(h)
        return u

    def read(self, tokens: Tensor) -> Tensor:
        """What captions mean, before it is brought to unit length: tokens (n, L) -> v (n, D)."""
        v: Tensor = self.text_projection(self.text_tower(tokens))
        return v

    def tokens(self, factors: Mapping[str, Tensor]) -> Tensor:
        """The captions of images with these factors, (B,) each -> (B, L): a phrase of each named factor, then the end."""
        device, order = self.t.device, slots(self.params.named)
        rows = len(next(iter(factors.values())))
        tables = (self._phrases(factor, first=k == 0) for k, factor in enumerate(order))
        said = [table.to(device)[factors[factor].to(device)] for factor, table in zip(order, tables, strict=True)]
        return closed_up(torch.cat([*said, said[0].new_full((rows, 1), END)], dim=1))

    def _phrases(self, factor: str, *, first: bool) -> Tensor:
        """Tokens of each value of a factor, with the article where it begins the sentence: (values, words)."""
        said = [phrase(factor, value, self.params.named) for value in self.facts.factors[factor]]
        return self.words.encode([with_article(words) for words in said] if first else said, end=False)

    def classify(self, h: Tensor, prompts: Sequence[str]) -> Tensor:
        """Zero-shot: probabilities of the prompts for features h (n, F) -> (n, prompts). Raises NetworkError for unknown words."""
        v = self.read(self.words.encode(prompts).to(self.t.device))
        return (sharpness(self.t) * match(self.project(h), v)).softmax(dim=1)

    def prompts(self, factor: str) -> tuple[str, ...]:
        """A prompt for each value of a factor: "a red object", "a star"."""
        values = self.facts.factors[factor]
        said = (" ".join(phrase(slot, value, (factor,)) for slot in slots((factor,))) for value in values)
        return tuple(with_article(words) for words in said)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        images = views[0][0, :SHOWN]
        if name == "captions":
            values = peek["cosine"][:SHOWN, :SHOWN]
            return {"values": values, "row_images": images, "columns": self.words.decode(peek["tokens"][:SHOWN])}
        prompts = self.prompts(self.params.named[0])
        values = self.classify(peek["h"][:SHOWN].float(), prompts)
        return {"values": values, "row_images": images, "columns": prompts}

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "chance ln N", math.log(batch_size)), ("accuracy", "chance 1/N", 1 / batch_size))

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        if self.params.named == (name,) and value is False:
            raise SpecError(*SAY_SOMETHING)
        if value is True and name in SLOTS and name not in self.facts.factors:
            raise SpecError(f"These images have no {name} to name.", "Name another factor.")
        return super().set_param(name, value)


def _matched(s: Tensor, same: Tensor) -> Tensor:
    """Share of the images whose nearest caption is their own or an equal one: s, same (B, B) -> ()."""
    return same.gather(1, s.argmax(dim=1, keepdim=True)).float().mean()


def _heads(width: int) -> int:
    """As many heads of 16 dimensions as fit, one where none does."""
    return next(heads for heads in (max(width // 16, 1), 4, 2, 1) if width % heads == 0)


SAY_SOMETHING = ("Captions that name nothing are all equal.", "Let them name at least one factor.")

METHODS.add("clip", CLIP)
