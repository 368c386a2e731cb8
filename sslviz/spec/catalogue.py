"""What the core offers, as plain data: the window builds its forms from it without importing torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from sslviz.spec.augmentation import Augmentation
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import ParamInfo
from sslviz.spec.places import shipped


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
class Catalogue:
    """Everything by name, in the order in which lists show it."""

    methods: tuple[MethodInfo, ...] = ()
    data: tuple[DataInfo, ...] = ()
    backbones: tuple[BackboneInfo, ...] = ()
    augmentations: tuple[AugmentationInfo, ...] = ()


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
