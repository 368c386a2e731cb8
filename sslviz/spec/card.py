"""Card: what a shipped model is, what it was trained on, what it can do beside baselines, and what it cannot. Its file is card.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import msgspec
import tomli_w

from sslviz.spec.errors import SpecError

NAME = "card.toml"
WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class CardMetric:
    """A measured number with its 95 % interval: of the model itself or of a baseline."""

    measure: str  # "kNN on h: class", "object AUROC, best head"
    model: str  # "this run", "random weights", "raw pixels"
    value: float
    lo: float
    hi: float
    note: str = ""
    images: str = ""  # other than the run's own held-out ones: "shapes:mixed", "photographs"


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that a stranger should know before believing a picture of this model."""

    name: str
    title: str
    method: str
    backbone: str
    parameters: int
    data: str  # which images, how many, of which split
    licence: str  # of the weights; of a card without `data_licence`, of the images
    image_size: tuple[int, int]  # (height, width) in px that it was trained at
    seed: int
    steps: int
    minutes: float  # of training
    machine: str
    command: str  # that trains it again
    sha256: str  # of the weights' file
    weaknesses: tuple[str, ...]
    metrics: tuple[CardMetric, ...]
    data_licence: str = ""  # of the images
    collapsed: str = ""  # what was switched off on purpose, so that it collapsed; "" where nothing was
    fingerprint: str = ""  # of the images that it was measured on
    seeds: int = 3  # of the evaluation


def to_toml(card: Card) -> str:
    """The text of card.toml."""
    return tomli_w.dumps(msgspec.to_builtins(card), multiline_strings=True)


def from_toml(source: str) -> Card:
    """A card from the text of card.toml; raises SpecError for text that is none."""
    try:
        return msgspec.convert(tomllib.loads(source), Card)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SpecError(f"{NAME} describes no model: {error}.", "Restore the file from a copy.") from error
