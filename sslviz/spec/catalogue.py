"""What the core offers, as plain data: the window builds its forms from it without importing torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from sslviz.spec.augmentation import Augmentation
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.places import shipped

GENERAL = ("views", "similarity", "sphere", "spectrum")
"""Names of the pictures that two-view methods share, see `sslviz.spec.events.Peeked`."""

GIVEN_TARGETS = ("masked", "pretext", "supervised")
"""Families of methods whose targets no network makes."""

FigureKind = Literal["matrix", "bars", "curves", "tiles"]
LinkKind = Literal["data", "ema", "stop", "none"]


@dataclass(frozen=True, slots=True)
class FigureInfo:
    """A picture that belongs to a method's idea, drawn by the window without knowing the method. Its arrays by kind:

    matrix  "values" (R, C) in [lo, hi]; optional "rows", "columns" (names), "row_images", "column_images" (R or C, h, w, 3) uint8
    bars    "values" (S, N): a bar for each of N places in each of S series; optional "names" (N,) of the places, "line" (k,) levels
    curves  "values" (S, N): a line for each series; optional "x" (N,), "line" (k,) levels
    tiles   "images" (R, C, h, w, 3) uint8; optional "rows" (R,), "columns" (C,) and "texts" (R, C) (names, drawn below each tile)
    """

    name: str  # of the `Peeked` that carries it: unique among all methods and general pictures
    title: str
    kind: FigureKind
    caption: str  # how to read it, one sentence
    x: str = ""
    y: str = ""
    lo: float = 0.0  # range of a matrix's values; lo == hi: the values' own
    hi: float = 0.0
    series: tuple[str, ...] = ()  # names of the S series
    switch: str = ""  # the parameter that it is about, highlighted with it


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the equation. `value` names what it is now: a parameter ("tau"), a measure ("loss", "momentum"), or "" for none."""

    sign: str  # as it is typeset, in LaTeX
    meaning: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the networks' diagram, in column `column` (0 is the image) and row `row` (0 is the top network)."""

    name: str
    title: str
    column: int
    row: int
    role: Literal["view", "trained", "teacher", "memory", "loss"] = "trained"


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow of the diagram. data: forward, and the gradient comes back; ema: weights follow; stop: forward without gradient.

    `switch`: the parameter that it follows; while that is off, or 0, it is of kind `off`.
    """

    source: str
    target: str
    kind: LinkKind = "data"
    switch: str = ""
    off: LinkKind = "none"


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """A method: its paper, parameters, and what suits it."""

    name: str
    title: str
    paper: str  # "Chen et al. 2020, arXiv:2002.05709"
    idea: str  # one sentence
    collapse: str  # what collapse looks like for it, one sentence
    family: str  # "contrastive", "distillation", "clustering", "redundancy", "masked", "pretext", "multimodal", "supervised"
    params: tuple[ParamInfo, ...]
    augmentation: str  # name of the recipe it starts with
    backbone: str
    optimiser: OptimiserConfig
    loss_label: str  # axis label with its scale, "NT-Xent, mean over 2N anchors"
    equation: str = ""  # LaTeX, typeset beforehand as resources/equations/NAME.svg
    symbols: tuple[Symbol, ...] = ()
    figures: tuple[FigureInfo, ...] = ()  # what its idea is about
    shows: tuple[str, ...] = GENERAL  # the general pictures that mean something for it
    boxes: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    source: str = ""  # of the functions of its loss, filled in by `method_infos`

    @property
    def can_collapse(self) -> bool:
        """Whether a loss can be low where all images are one point: not where targets are given, such as pixels, turns or classes."""
        return self.family not in GIVEN_TARGETS


@dataclass(frozen=True, slots=True)
class DataInfo:
    """A data set by name, with its dials."""

    name: str
    title: str
    note: str
    licence: str
    downloads: bool
    params: tuple[ParamInfo, ...]
    live_size: int = 0  # px that a run starts with, small enough to watch; 0: the data's own size
    factors: tuple[str, ...] = ()  # what is known of its images beside their class


@dataclass(frozen=True, slots=True)
class BackboneInfo:
    """A backbone by name."""

    name: str
    title: str
    note: str
    kind: str  # "cnn" or "vit"
    features: int


@dataclass(frozen=True, slots=True)
class AugmentationInfo:
    """A published augmentation recipe and where it is from."""

    name: str
    title: str
    source: str  # "google-research/simclr README.md @383d4143"
    note: str
    augmentation: Augmentation


@dataclass(frozen=True, slots=True)
class RecipeInfo:
    """Settings that belong together for a method: its default on a data set, or a published recipe (then `source` is not empty)."""

    name: str  # "shapes", "cifar10" for defaults; unique within the method
    method: str
    title: str
    data: str  # that it is for: a data set's name, or one that is not offered ("imagenet")
    source: str = ""  # "facebookresearch/dino main_dino.py, README.md @7c446df5"
    note: str = ""  # what differs from the source, what it needs
    augmentation: str = ""  # by name; "": the method's own
    settings: Mapping[str, Scalar] = field(default_factory=dict)  # by full name, as in `sslviz.spec.settings`


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything by name, in the order in which lists show it."""

    methods: tuple[MethodInfo, ...] = ()
    data: tuple[DataInfo, ...] = ()
    backbones: tuple[BackboneInfo, ...] = ()
    augmentations: tuple[AugmentationInfo, ...] = ()
    recipes: tuple[RecipeInfo, ...] = ()


def to_json(catalogue: Catalogue) -> bytes:
    """The generated copy that feeds the first paint."""
    return msgspec.json.format(msgspec.json.encode(_finite(msgspec.to_builtins(catalogue))), indent=1) + b"\n"


def _finite(plain: Any) -> Any:
    """Without the fields that are infinite: JSON has no such numbers, and they are the defaults of `lo` and `hi`."""
    if isinstance(plain, dict):
        return {name: _finite(value) for name, value in plain.items() if not _is_infinite(value)}
    return [_finite(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _is_infinite(value: object) -> bool:
    return isinstance(value, float) and math.isinf(value)


def from_json(source: bytes) -> Catalogue:
    """The inverse of `to_json`."""
    return msgspec.json.decode(source, type=Catalogue)


def shipped_catalogue() -> Catalogue:
    """The generated copy in `resources/`: what there is without importing a single method. Raises SpecError."""
    return from_json((shipped("resources") / "catalogue.json").read_bytes())
