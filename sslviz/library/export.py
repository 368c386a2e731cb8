"""A run becomes a model of the library: weights at half size, a few snapshots, a thinned record, and a card with its measurements.

What comes out is a run folder: the window opens it as a recorded run, and it can be evaluated like any other.
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from sslviz.data import Splits, data_infos
from sslviz.evaluate import Subject, subject_from_folder
from sslviz.library.beside import Beside, require_beside, stand_beside
from sslviz.library.errors import LibraryError
from sslviz.library.measuring import Tell, last_losses, measure, silent
from sslviz.library.parts import MEMORY, without
from sslviz.library.picture import NAME as PICTURE
from sslviz.library.picture import picture_of
from sslviz.library.record import keep_record
from sslviz.library.shareable import is_place, require_public, shared_config, shared_surroundings, without_places
from sslviz.library.weights import halved, sha256_of
from sslviz.spec.card import NAME, WEIGHTS, Card, CardMetric, from_toml, to_toml
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import LAST, RUN
from sslviz.training.atomic import write_atomically
from sslviz.training.left_out import KEY
from sslviz.training.metrics_file import MetricsTable, read_metrics
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.run_file import Environment, read_run_file, write_run_file
from sslviz.training.tensor_files import write_tensors

UNTRAINED = "Nothing has been learned: these are the random weights that the run began with."


@dataclass(frozen=True, slots=True)
class Label:
    """What only its maker can say of a model."""

    name: str
    title: str
    weaknesses: tuple[str, ...] = ()
    snapshots: int = 6
    seeds: int = 3  # of the evaluation
    step: int = LAST  # of the snapshot that becomes the model
    known_as: str = ""  # the public name of the data, where the run names a copy of it
    collapsed: str = ""  # what was switched off on purpose
    beside: Beside = field(default_factory=Beside)


def export(run: Path, out: Path, label: Label, splits: Splits, progress: Tell = silent) -> Card:
    """Write the model that `run` ended with, measured on `splits`, to `out`, which must be new or empty; the card.

    Raises LibraryError where it is not, and the errors of evaluating the run.
    """
    if out.exists() and any(out.iterdir()):
        raise LibraryError(f"{out} is not empty.", "Choose a new folder, or empty it.")
    config, environment = read_run_file(run)
    if label.known_as:
        require_public(label.known_as, config.data.source)
    require_beside(config, label.beside)
    subject = subject_from_folder(run, splits, label.step)
    weights = _as_written(subject)
    whole = read_metrics(run)
    table = whole.rows_until(subject.step)
    metrics = (
        *_losses(run, table, subject),
        *measure(subject, label.seeds, progress),
        *stand_beside(subject, label.beside, label.seeds, progress),
    )
    out.mkdir(parents=True, exist_ok=True)
    write_run_file(out, *_shared(config, environment, label.known_as))
    keep_record(run, out, subject.step, len(table.steps) == len(whole.steps), label.snapshots)
    write_tensors(out / WEIGHTS, weights, _metadata(subject))
    card = _card(subject, label, environment, metrics, table.last().get("seconds", 0.0), sha256_of(out / WEIGHTS))
    write_atomically(out / PICTURE, picture_of(subject, collapsed=bool(label.collapsed)))
    write_atomically(out / NAME, to_toml(card).encode())
    return card


def _losses(run: Path, table: MetricsTable, subject: Subject) -> tuple[CardMetric, ...]:
    """From the record; of a model that is exported again, whose record was thinned, what its card says."""
    found = last_losses(table, subject.method.info.loss_label)
    if found or subject.step == 0 or not (run / NAME).is_file():
        return found
    card = from_toml((run / NAME).read_text(encoding="utf-8"))
    return tuple(m for m in card.metrics if m.measure == "loss" and m.model == RUN and card.steps == subject.step)


def _as_written(subject: Subject) -> dict[str, Tensor]:
    """The weights at half size. From here on the subject has them too: what is measured is what ships."""
    weights = halved(subject.method.state_dict())
    subject.method.load_state_dict(weights)
    return without(weights, MEMORY.get(subject.config.method, ()))


def _metadata(subject: Subject) -> dict[str, str]:
    left = MEMORY.get(subject.config.method, ())
    size = subject.splits.train.image_size
    told = {"kind": "sslviz model", "step": str(subject.step), "image_size": json.dumps(list(size))}
    return {**told, **({KEY: json.dumps(list(left))} if left else {})}


def _shared(config: RunConfig, environment: Environment, known_as: str) -> tuple[RunConfig, Environment]:
    """What run.toml says once it ships. A public set may have more images than the copy that was trained on."""
    same = not known_as or known_as == config.data.source
    return shared_config(config, known_as), shared_surroundings(environment, same_images=same)


def _card(
    subject: Subject, label: Label, environment: Environment, metrics: tuple[CardMetric, ...], seconds: float, sha256: str
) -> Card:  # fmt: skip
    config = subject.config
    source = label.known_as or config.data.source
    licence, images = licences(source)
    return Card(
        name=label.name, title=label.title, method=config.method, backbone=config.backbone,
        parameters=sum(weight.numel() for weight in subject.method.encoder.parameters()),
        data=_data(subject, label.known_as), licence=licence, image_size=subject.method.facts.view_sizes[0],
        seed=config.seed, steps=subject.step, minutes=round(seconds / 60, 1), machine=_machine(environment),
        command=_command(config, label), sha256=sha256, weaknesses=_weaknesses(subject, label), metrics=metrics,
        data_licence=images, collapsed=label.collapsed, fingerprint=subject.splits.fingerprint, seeds=label.seeds,
    )  # fmt: skip


def _data(subject: Subject, known_as: str) -> str:
    note = without_places(subject.splits.note)
    if not known_as or known_as == subject.config.data.source:
        return note
    title = next(info.title for info in data_infos() if info.name == known_as)
    return f"{title}, from a copy. {note}"


def _command(config: RunConfig, label: Label) -> str:
    """One that can be typed where the models lie: the same recipe, on the data by its public name."""
    train = f"sslviz train --config models/{label.name}/{RUN_FILE} --out runs/{label.name}"
    source = config.data.source
    return f"{train} --data {Path(source).name}" if is_place(source) and not label.known_as else train


def _weaknesses(subject: Subject, label: Label) -> tuple[str, ...]:
    notes = list(label.weaknesses)
    if subject.step == 0:
        notes.insert(0, UNTRAINED)
    if is_place(subject.config.data.source) and not label.known_as:
        name = Path(subject.config.data.source).name
        notes.append(f"Its images are its maker's own: {name} is named without its place, and has to be at hand.")
    return tuple(notes)


def licences(source: str) -> tuple[str, str]:
    """Of weights that were trained on `source`, and of its images."""
    known = {info.name: info.licence for info in data_infos()}
    images = known.get(source, known["folder"])
    if source == "shapes":
        return "MIT, as the program", images
    if source in known:
        return f"MIT, as the program; terms of the images that it learnt from: {images}", images
    return "its maker's", images


def _machine(environment: Environment) -> str:
    threads = f"{environment.threads} thread{'s' if environment.threads != 1 else ''}"
    return f"{environment.device}, {threads}, {environment.precision}, {platform.machine()}"
