"""A run becomes a model of the library: weights at half size, a few snapshots, a thinned record, and a card with its measurements.

What comes out is a run folder: the window opens it as a recorded run, and it can be evaluated like any other.
"""

from __future__ import annotations

import dataclasses
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sslviz.data import Splits, data_infos
from sslviz.evaluate import Subject, evaluate, subject_from_folder
from sslviz.inspect.errors import InspectError
from sslviz.inspect.objects import SHARES, ObjectScores, object_scores
from sslviz.library.errors import LibraryError
from sslviz.library.weights import halved, sha256_of
from sslviz.methods import Method
from sslviz.nn.encoder import Encoder
from sslviz.spec.card import NAME, WEIGHTS, Card, CardMetric, to_toml
from sslviz.spec.evaluation import RANDOM, RUN, EvaluationPlan, Row
from sslviz.training.atomic import write_atomically
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.metrics_file import NAME as METRICS
from sslviz.training.metrics_file import MetricsTable, format_rows, read_metrics
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.run_file import Environment, read_run_file
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_tensors, write_tensors

ROWS = 400
"""Rows of the thinned record: enough for any curve on a screen."""
RECORD = ("events.jsonl", "peeks.safetensors")
"""Files of a run that are small and kept as they are."""
EARLY = 50
"""Snapshots before this fraction of a run are left out, the untrained one excepted."""
LAST_STEPS = 100
"""Steps whose loss the card tells as one number."""
SCENES = 500
"""Held-out images that attention is compared with masks on."""
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Label:
    """What only its maker can say of a model."""

    name: str
    title: str
    weaknesses: tuple[str, ...] = ()
    snapshots: int = 6
    seeds: int = 3  # of the evaluation


def export(run: Path, out: Path, label: Label, splits: Splits, progress: Tell = lambda _f, _t: None) -> Card:
    """Write the model that `run` ended with, measured on `splits`, to `out`, which must be new or empty; the card.

    Raises LibraryError where it is not, and the errors of evaluating the run.
    """
    if out.exists() and any(out.iterdir()):
        raise LibraryError(f"{out} is not empty.", "Choose a new folder, or empty it.")
    config, environment = read_run_file(run)
    subject = subject_from_folder(run, splits)
    metrics = (
        *_last_losses(read_metrics(run), subject.method.info.loss_label),
        *measure(subject, label.seeds, progress),
    )
    out.mkdir(parents=True, exist_ok=True)
    _keep_record(run, out, label.snapshots)
    write_tensors(
        out / WEIGHTS, halved(subject.method.state_dict()), {"kind": "sslviz model", "step": str(subject.step)}
    )
    seconds = read_metrics(run).last().get("seconds", 0.0)
    card = Card(
        name=label.name, title=label.title, method=config.method, backbone=config.backbone,
        parameters=sum(weight.numel() for weight in subject.method.encoder.parameters()),
        data=splits.note, licence=_licence(config.data.source), image_size=subject.method.facts.view_sizes[0],
        seed=config.seed, steps=subject.step, minutes=round(seconds / 60, 1), machine=_machine(environment),
        command=f"sslviz train --config models/{label.name}/{RUN_FILE} --out runs/{label.name}",
        sha256=sha256_of(out / WEIGHTS), weaknesses=label.weaknesses, metrics=metrics,
    )  # fmt: skip
    write_atomically(out / NAME, to_toml(card).encode())
    return card


def measure(subject: Subject, seeds: int, progress: Tell = lambda _f, _t: None) -> tuple[CardMetric, ...]:
    """kNN and linear probe beside their baselines, and, where there are heads and masks, how well attention finds objects."""
    report = evaluate(subject, EvaluationPlan(("knn", "linear"), seeds=seeds), progress=progress)
    rows = tuple(metric for row in report.rows if (metric := _metric(row)) is not None)
    return rows + _objects(subject)


def _last_losses(table: MetricsTable, label: str) -> tuple[CardMetric, ...]:
    """The mean loss of the last steps, with the interval of that mean."""
    losses = table.values[:, table.names.index("loss")] if "loss" in table.names else np.empty(0)
    last = losses[~np.isnan(losses)][-LAST_STEPS:]
    if len(last) < 2:
        return ()
    mean, half = float(last.mean()), 1.96 * float(last.std(ddof=1)) / len(last) ** 0.5
    note = f"{label}; mean of the last {len(last)} steps; not comparable between methods"
    return (CardMetric("loss", RUN, _short(mean), _short(mean - half), _short(mean + half), note),)


def _metric(row: Row) -> CardMetric | None:
    if row.score is None:
        return None
    score = row.score
    return CardMetric(
        f"{row.protocol} on {row.layer}: {row.target}",
        row.model,
        _short(score.value),
        _short(score.lo),
        _short(score.hi),
        row.setting,
    )


def _objects(subject: Subject) -> tuple[CardMetric, ...]:
    val = subject.splits.val
    if val.masks is None:
        return ()
    images, masks = (torch.from_numpy(np.array(array[:SCENES])) for array in (val.images, val.masks))
    found: list[CardMetric] = []
    for model, method in ((RUN, subject.method), (RANDOM, subject.anew(1))):
        try:
            scores = object_scores(_looked_at(method), images.to(subject.device), masks.to(subject.device))
        except InspectError:
            return ()  # no attention to look at
        found += _object_metrics(model, scores)
    return tuple(found)


def _looked_at(method: Method) -> Encoder:
    """The encoder whose attention is shown: the teacher's, where there is one, as in the papers."""
    teacher = getattr(method, "teacher_encoder", None)
    return teacher if isinstance(teacher, Encoder) else method.encoder


def _object_metrics(model: str, scores: ObjectScores) -> list[CardMetric]:
    note = f"best head of the last layer, mean of {scores.images} held-out scenes"
    named = [("object AUROC", scores.auroc, scores.auroc_error)]
    named += [
        (f"object Jaccard at {share:.0%} mass", value, error)
        for share, value, error in zip(SHARES, scores.jaccard, scores.jaccard_error, strict=True)
    ]
    return [
        CardMetric(name, model, _short(value), _short(value - 1.96 * error), _short(value + 1.96 * error), note)
        for name, value, error in named
    ]


def _keep_record(run: Path, out: Path, snapshots: int) -> None:
    """The run's record, thinned."""
    shutil.copyfile(run / RUN_FILE, out / RUN_FILE)
    for name in RECORD:
        if (run / name).exists():
            shutil.copyfile(run / name, out / name)
    table = read_metrics(run)
    write_atomically(out / METRICS, _csv(thinned(table, ROWS)))
    for step in telling(snapshot_steps_in(run), snapshots):
        tensors, metadata = read_tensors(snapshot_path(run, step))
        target = snapshot_path(out, step)
        target.parent.mkdir(exist_ok=True)
        write_tensors(target, halved(tensors), metadata)


def telling(steps: Sequence[int], count: int) -> list[int]:
    """`count` of a run's snapshots, its last left out, which is the model itself: the untrained one, then late ones evenly.

    The first steps of a run look like its beginning; what is worth a place comes after a fiftieth of it.
    """
    if len(steps) < 2 or count < 1:
        return []
    later = [step for step in steps[1:-1] if step >= steps[-1] / EARLY]
    return [steps[0], *_spread(later, count - 1)] if count > 1 else [steps[0]]


def thinned(table: MetricsTable, rows: int) -> MetricsTable:
    """At most about `rows` rows: every row in which something rare was measured comes first, then single steps evenly."""
    if len(table.steps) <= rows:
        return table
    rare = (
        ~np.isnan(table.values[:, [table.names.index("alignment")]]).all(axis=1)
        if "alignment" in table.names
        else np.zeros(len(table.steps), bool)
    )
    chosen = {*_spread(tuple(np.flatnonzero(rare)), rows // 2), *_spread(tuple(range(len(table.steps))), rows // 2)}
    keep = sorted(chosen)
    return dataclasses.replace(table, steps=table.steps[keep], values=table.values[keep])


def _csv(table: MetricsTable) -> bytes:
    rows = [
        {"step": int(step), **dict(zip(table.names, values, strict=True))}
        for step, values in zip(table.steps, table.values.tolist(), strict=True)
    ]
    return ",".join(("step", *table.names)).encode() + b"\n" + format_rows(table.names, rows)


def _spread(items: Sequence[int], count: int) -> list[int]:
    """`count` of the items, evenly, the first and the last among them; of one, the last."""
    if len(items) <= count:
        return [int(item) for item in items]
    first = 0 if count > 1 else len(items) - 1
    return [int(items[k]) for k in np.unique(np.linspace(first, len(items) - 1, count).round().astype(int))]


def _licence(source: str) -> str:
    known = {info.name: info.licence for info in data_infos()}
    return known.get(source, known.get("folder", ""))


def _machine(environment: Environment) -> str:
    threads = f"{environment.threads} thread{'s' if environment.threads != 1 else ''}"
    return f"{environment.device}, {threads}, {environment.precision}, {platform.machine()}"


def _short(value: float) -> float:
    return round(value, 4)
