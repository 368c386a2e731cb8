"""A card's figures found again from its files: each holds where what is found lies within the stated interval."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sslviz.data import Splits, load_data
from sslviz.evaluate import Subject, subject_from_folder
from sslviz.library.beside import SHAPES, on_photographs, on_preset
from sslviz.library.measuring import Tell, last_losses, measure, measure_factors, silent
from sslviz.library.record import LAST_STEPS
from sslviz.library.scenes import PHOTOGRAPHS
from sslviz.library.shelf import card_of
from sslviz.spec.card import Card, CardMetric, factors_of
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.evaluation import PIXELS, RANDOM, RUN
from sslviz.training.metrics_file import read_metrics
from sslviz.training.run_file import read_run_file

ROUNDING = 5e-5
"""Of a figure on a card, which has four digits."""
Key = tuple[str, str]
"""(measure, model)."""
Found = Mapping[Key, CardMetric]


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a card and what was found."""

    metric: CardMetric
    found: float | None = None
    holds: bool | None = None  # None: not checked
    why: str = ""  # where it was not


@dataclass(frozen=True, slots=True)
class Given:
    """What only the user has, and how much is to be done."""

    data: str = ""  # the folder or zip of a public data set that is not in its usual place
    photographs: str = ""
    seeds: int = 0  # of the evaluation; 0: as many as the card has


def verify(folder: Path, given: Given = Given(), progress: Tell = silent) -> tuple[Finding, ...]:
    """Every figure of a model's card, in its order. Raises the errors of damaged files; data that is not there is a finding."""
    card = card_of(folder)
    config, _ = read_run_file(folder)
    again, why = _measured(folder, card, config, given, progress)
    found = {**again, **_loss_again(folder)}
    return tuple(_finding(metric, found, why, given) for metric in card.metrics)


def _finding(metric: CardMetric, again: Found, why: str, given: Given) -> Finding:
    same = again.get((metric.measure, metric.model))
    if same is None:
        return Finding(metric, why=_why_not(metric, why, given))
    if why and metric.measure != "loss":
        return Finding(metric, same.value, None, why)
    inside = metric.lo - ROUNDING <= same.value <= metric.hi + ROUNDING
    return Finding(metric, same.value, inside)


def _why_not(metric: CardMetric, why: str, given: Given) -> str:
    if metric.measure == "loss":
        return f"the record does not have each of the last {LAST_STEPS} steps"
    if metric.model not in (RUN, RANDOM, PIXELS):
        return "another run's figure, whose weights are not in this folder"
    if metric.images.startswith(PHOTOGRAPHS) and not given.photographs:
        return "the photographs are not at hand: name them by --photographs"
    return why or "this version measures nothing of that name"


def _loss_again(folder: Path) -> Found:
    return {(m.measure, m.model): m for m in last_losses(read_metrics(folder), "")}


def _measured(folder: Path, card: Card, config: RunConfig, given: Given, progress: Tell) -> tuple[Found, str]:
    """What can be measured, and in a sentence why figures on the run's own images do not count, "" where they do."""
    try:
        splits = load_data(_data_of(config, given), progress=progress)
        subject = subject_from_folder(folder, splits)
    except SSLVizError as error:
        also = "" if config.data.source == "shapes" else " Or say where it lies: --data PATH."
        return {}, f"{error.message} {error.hint}".strip() + also
    seeds = given.seeds or card.seeds
    factors = measure_factors(subject, factors_of(card), seeds, progress)
    metrics = (*measure(subject, seeds, progress), *factors, *_elsewhere(subject, card, given))
    return {(m.measure, m.model): m for m in metrics}, _other_images(card, splits)


def _data_of(config: RunConfig, given: Given) -> DataConfig:
    if not given.data or config.data.source == "shapes":
        return config.data
    return dataclasses.replace(config.data, source=str(Path(given.data).expanduser()), dials={})


def _elsewhere(subject: Subject, card: Card, given: Given) -> Iterator[CardMetric]:
    """Figures on images that are not the run's own."""
    for images in dict.fromkeys(metric.images for metric in card.metrics):
        if images.startswith(SHAPES):
            yield from on_preset(subject, images.removeprefix(SHAPES))
        elif images.startswith(PHOTOGRAPHS) and given.photographs:
            yield from on_photographs(subject, given.photographs)


def _other_images(card: Card, splits: Splits) -> str:
    if not card.fingerprint or card.fingerprint == splits.fingerprint:
        return ""
    return f"these are not the images of the card, which was measured on: {card.data}"
