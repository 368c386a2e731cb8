"""One side of a comparison, read from whatever its source leaves on disk: a run folder, a model that ships, a bare checkpoint."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.card import NAME as CARD
from sslviz.spec.card import CardMetric
from sslviz.spec.card import from_toml as card_from
from sslviz.spec.comparison import Mark, Reference, Side, Trace, traced
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.events import Referenced
from sslviz.spec.inspection import ModelRef
from sslviz.spec.places import shipped
from sslviz.spec.quantities import said
from sslviz.training.archive import state_of
from sslviz.training.comparing.evaluated import read_evaluation
from sslviz.training.journal import Record, read_journal
from sslviz.training.metrics_file import MetricsTable, read_metrics
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.run_file import Environment, read_run_file

NAMED = ("timm:", "hf:")
_AXES = frozenset({"epoch", "seconds"})
NO_RECORD = (
    "It has no record of training, only what it sees can be compared. A run folder would have curves and settings."
)
NO_METRICS = "It has no metrics: it was not trained for a step, or metrics.csv is missing. Its settings and what it sees are compared."


@dataclass(frozen=True, slots=True)
class Material:
    """Everything on record of one side. metrics: of its card and of an evaluation that lies with it."""

    side: Side
    table: MetricsTable = field(default_factory=MetricsTable)  # up to the side's step
    environment: Environment = field(default_factory=Environment)
    metrics: tuple[CardMetric, ...] = ()

    def renamed(self, name: str) -> Material:
        """The same under another name."""
        return dataclasses.replace(self, side=dataclasses.replace(self.side, name=name))

    @property
    def above(self) -> str:
        """The name of the folder that it lies in."""
        return Path(self.side.folder or self.side.model.source).absolute().parent.name


def read_material(model: ModelRef, points: int) -> Material:
    """What is known of a model; curves of at most so many points (0: all). Raises nothing: `problem` says what is wrong."""
    folder = record_folder(model.source)
    if folder is None:
        return Material(Side(model, _name(model), problem=_why_none(model)))
    try:
        config, environment = read_run_file(folder)
    except SSLVizError as error:
        return Material(Side(model, _name(model), problem=f"{error.message} {error.hint}".strip()))
    table, record = read_metrics(folder), read_journal(folder)
    metrics, problems = _metrics(folder, int(table.steps[-1]) if len(table.steps) else -1)
    whole = [*problems, table.problem, record.problem, "" if len(table.steps) or table.problem else NO_METRICS]
    seen = table.rows_until(model.snapshot) if model.snapshot >= 0 else table
    side = Side(
        model, _name(model), str(folder), config, state_of(folder, record), int(seen.steps[-1]) if len(seen.steps) else 0,
        _traces(table, points), _references(record), _marks(record), " ".join(filter(None, whole)),
    )  # fmt: skip
    return Material(side, seen, environment, () if model.snapshot >= 0 else metrics)


def record_folder(source: str) -> Path | None:
    """The run folder that a source names or lies in; None where there is no record."""
    if not source or source.startswith(NAMED):
        return None
    path = Path(source).expanduser()
    for folder in (path, path.parent, path.parent.parent) if path.is_file() else (path,):
        if (folder / RUN_FILE).is_file():
            return folder
    try:
        named = shipped("models") / source
    except SpecError:
        return None
    return named if (named / RUN_FILE).is_file() else None


def _why_none(model: ModelRef) -> str:
    path = Path(model.source).expanduser()
    if model.source.startswith(NAMED) or path.is_file():
        return NO_RECORD
    if path.is_dir():
        return f"There is no {RUN_FILE} in it. {NO_RECORD}"
    return f"There is no file or folder {model.source}. It was moved or deleted: choose it again where it is now."


def _name(model: ModelRef) -> str:
    name = model.source if model.source.startswith(NAMED) else Path(model.source).name or model.source or model.run_id
    return model.named(name)


def _traces(table: MetricsTable, points: int) -> dict[str, Trace]:
    """The measures that were taken at least once."""

    def series(name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if name not in table.names:
            return np.empty(0, np.int64), np.empty(0)
        values = table.values[:, table.names.index(name)]
        measured = ~np.isnan(values)
        return table.steps[measured], values[measured]

    found = {name: traced(series, name, points) for name in table.names if name not in _AXES}
    return {name: trace for name, trace in found.items() if len(trace.values)}


def _references(record: Record) -> tuple[Reference, ...]:
    """The levels that hold at the end."""
    found: dict[tuple[str, str], Reference] = {}
    for event in record.events:
        if isinstance(event, Referenced):
            found[event.measure, event.label] = Reference(event.measure, event.label, event.value)
    return tuple(level for level in found.values() if not math.isnan(level.value))


def _marks(record: Record) -> tuple[Mark, ...]:
    return tuple(
        Mark(flip.step, f"{flip.name} {said(flip.before)} → {said(flip.after)}")
        for flip in record.flips()
        if flip.name != "steps"
    )


def _metrics(folder: Path, last: int) -> tuple[tuple[CardMetric, ...], list[str]]:
    """What the card and an evaluation in the folder say, and what of them cannot be read."""
    found: list[CardMetric] = []
    problems = []
    try:
        if (folder / CARD).is_file():
            found += card_from((folder / CARD).read_text(encoding="utf-8")).metrics
        found += read_evaluation(folder, last)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"Its scores cannot be read ({error}).")
    except SSLVizError as error:
        problems.append(f"{error.message} {error.hint}".strip())
    return tuple(found), problems
