"""Card: what a shipped model is, what it was trained on, what it can do beside baselines, and what it cannot. Its file is card.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import msgspec
import tomli_w

from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import RANDOM, RUN

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


_FACTOR = "factors on h: "
TELLING = {
    "dino": "object AUROC", "mae": "linear on h: class", "rotation": f"{_FACTOR}shape", "clip": f"{_FACTOR}hue",
}  # fmt: skip
"""What says most of a model of these methods in one number; of the others the neighbours do."""
_NEIGHBOURS = "knn on h: class"
_SHORT = {
    _NEIGHBOURS: "kNN", "linear on h: class": "linear probe",
    f"{_FACTOR}shape": "shape probe", f"{_FACTOR}hue": "hue probe",
}  # fmt: skip


def metric_of(card: Card, measure: str, model: str = RUN) -> CardMetric | None:
    """The card's number of that name, of the model itself or of a baseline; None where there is none."""
    return next((m for m in card.metrics if (m.measure, m.model) == (measure, model)), None)


def factors_of(card: Card) -> tuple[str, ...]:
    """The factors that the card has probes for."""
    found = (m.measure.removeprefix(_FACTOR) for m in card.metrics if m.measure.startswith(_FACTOR))
    return tuple(dict.fromkeys(found))


def telling(card: Card) -> str:
    """One number for a list, with that of random weights: "kNN 42.8 % (random weights 32.1 %)"; "" where there is none."""
    for measure in (TELLING.get(card.method, _NEIGHBOURS), _NEIGHBOURS):
        if own := metric_of(card, measure):
            random = metric_of(card, measure, RANDOM)
            beside = f" ({RANDOM} {_number(random)})" if random else ""
            return f"{_SHORT.get(measure, measure)} {_number(own)}{beside}"
    return ""


def _number(metric: CardMetric) -> str:
    """Accuracies in per cent, the rest as it is."""
    return f"{100 * metric.value:.1f} %" if metric.measure in _SHORT else f"{metric.value:.3f}"


def to_toml(card: Card) -> str:
    """The text of card.toml."""
    return tomli_w.dumps(msgspec.to_builtins(card), multiline_strings=True)


def from_toml(source: str) -> Card:
    """A card from the text of card.toml; raises SpecError for text that is none."""
    try:
        return msgspec.convert(tomllib.loads(source), Card)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SpecError(f"{NAME} describes no model: {error}.", "Restore the file from a copy.") from error
