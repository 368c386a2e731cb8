"""What else stands on a card: a supervised network measured alike, other seeds, objects in scenes that training did not have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sslviz.data import load_data
from sslviz.evaluate import Subject, subject_from_folder
from sslviz.library.errors import LibraryError
from sslviz.library.measuring import Tell, measure, measure_factors, objects, silent
from sslviz.library.scenes import PHOTOGRAPHS, about_photographs, photographs, scenes
from sslviz.spec.card import NAME, CardMetric, from_toml
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import RUN, SUPERVISED
from sslviz.training.run_file import read_run_file

SHAPES = "shapes:"
"""Before the name of a preset, in `CardMetric.images`."""


_ELSEWHERE = ("threads", "device", "precision", "snapshots")
"""Settings of a run that do not make another recipe of it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Which of them."""

    supervised: Path | None = None  # a run of the same backbone on the same images
    seeds: tuple[Path, ...] = ()  # runs that differ in their seed alone
    presets: tuple[str, ...] = ()
    photographs: str = ""
    factors: tuple[str, ...] = ()  # that linear probes read off the features


def require_beside(config: RunConfig, beside: Beside) -> None:
    """Raises LibraryError, before anything is measured, for runs that are no baseline of this one and presets that are its own."""
    if beside.supervised is not None:
        _require_baseline(config, beside.supervised)
    for folder in beside.seeds:
        _require_seed(config, folder)
    own = config.data.dials.get("preset") if config.data.source == "shapes" else None
    if own in beside.presets:
        raise LibraryError(
            f"The scenes of preset {own} are this run's own, and measured anyway.", "Name another preset."
        )


def _require_baseline(config: RunConfig, folder: Path) -> None:
    other = read_run_file(folder)[0]
    if other.method != "supervised":
        raise LibraryError(f"{folder.name} was trained by {other.method}, without labels.", "Name a run of supervised.")
    if other.backbone != config.backbone:
        raise LibraryError(
            f"{folder.name} has the backbone {other.backbone}, and this run {config.backbone}.",
            "Put a run of the same backbone beside it.",
        )


def _require_seed(config: RunConfig, folder: Path) -> None:
    other = read_run_file(folder)[0]
    same = dataclasses.replace(other, **{name: getattr(config, name) for name in ("seed", *_ELSEWHERE)})
    if same != config or other.seed == config.seed:
        raise LibraryError(
            f"{folder.name} is not this run with another seed.", "Name runs that differ in their seed alone."
        )


def stand_beside(subject: Subject, beside: Beside, seeds: int, progress: Tell = silent) -> tuple[CardMetric, ...]:
    """The further rows of a card. Raises the errors of loading and measuring."""
    factors = measure_factors(subject, beside.factors, seeds, progress)
    return (
        *factors,
        *_supervised(subject, beside, seeds, progress),
        *_seeds(beside, seeds, progress),
        *_scenes(subject, beside),
    )


def _supervised(subject: Subject, beside: Beside, seeds: int, progress: Tell) -> Iterator[CardMetric]:
    if beside.supervised is None:
        return
    rows = _rows_of_card(beside.supervised, subject, seeds)
    if not rows:
        rows = measure(subject_from_folder(beside.supervised, subject.splits), seeds, progress)
    yield from (
        dataclasses.replace(row, model=SUPERVISED) for row in rows if row.model == RUN and row.measure != "loss"
    )


def _rows_of_card(folder: Path, subject: Subject, seeds: int) -> tuple[CardMetric, ...]:
    """What is known already where the other is a model of the library, measured in the same way on the same images."""
    if not (folder / NAME).is_file():
        return ()
    card = from_toml((folder / NAME).read_text(encoding="utf-8"))
    alike = card.seeds == seeds and card.fingerprint == subject.splits.fingerprint
    return tuple(metric for metric in card.metrics if not metric.images) if alike else ()


def _seeds(beside: Beside, seeds: int, progress: Tell) -> Iterator[CardMetric]:
    for folder in beside.seeds:
        config = read_run_file(folder)[0]
        other = subject_from_folder(folder, load_data(config.data))
        elsewhere = (row for preset in beside.presets for row in on_preset(other, preset))
        rows = (*measure(other, seeds, progress), *elsewhere)
        yield from (dataclasses.replace(row, model=f"seed {config.seed}") for row in rows if row.model == RUN)


def _scenes(subject: Subject, beside: Beside) -> Iterator[CardMetric]:
    for preset in beside.presets:
        yield from on_preset(subject, preset)
    if beside.photographs:
        yield from on_photographs(subject, beside.photographs)


def on_preset(subject: Subject, preset: str) -> tuple[CardMetric, ...]:
    """How well attention finds objects in scenes of another preset or size, "mixed", "plain@96"."""
    drawn = scenes(preset, subject.splits, subject.config.data.seed)
    name, _, side = preset.partition("@")
    return objects(subject, drawn, f"on {name}" + (f", {side} px" if side else ""), f"{SHAPES}{preset}")


def on_photographs(subject: Subject, path: str) -> tuple[CardMetric, ...]:
    """How well attention finds our shapes on photographs."""
    pasted = photographs(path, subject.splits, subject.config.data.seed)
    found = objects(subject, pasted, "on photographs", f"{PHOTOGRAPHS}:{Path(path).name}")
    return tuple(dataclasses.replace(row, note=about_photographs(path, row.note)) for row in found)
