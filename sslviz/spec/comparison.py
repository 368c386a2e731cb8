"""Runs and models side by side: what is asked, and what comes back. Frozen, picklable, written and read by everybody.

What may share an axis is for `sslviz.spec.comparable` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sslviz.spec.config import RunConfig
from sslviz.spec.events import Array
from sslviz.spec.inspection import ModelRef

Axis = Literal["step", "epoch", "time", "images"]

AXES: Mapping[Axis, str] = {
    "step": "step",
    "epoch": "epoch",
    "time": "training time in s",
    "images": "images seen",
}
"""What curves can be drawn over, and how the axis is called."""

LEAST, MOST = 2, 4
"""How many can be compared."""

UNSAID = "–"
"""A setting that a run does not have, in a table."""


@dataclass(frozen=True, slots=True)
class CompareModels:
    """Read the records of two to four runs or models. Newest wins. Answers `Comparison`.

    points: at most so many of each curve, the lowest and the highest of each stretch among them (0: all).
    """

    request_id: int
    models: tuple[ModelRef, ...]
    points: int = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One measure of one run, (n,) each: where it was measured, and what. epochs and seconds are NaN where they are not on record."""

    steps: Array  # int64, rising
    epochs: Array
    seconds: Array  # of training; pauses are left out
    values: Array  # float64, finite

    def x(self, axis: Axis, batch_size: int) -> Array:
        """Where the values lie on an axis; `batch_size` images a step."""
        along = {"epoch": self.epochs, "time": self.seconds, "images": self.steps * float(batch_size)}
        found: Array = along.get(axis, self.steps.astype(np.float64))
        return found


@dataclass(frozen=True, slots=True)
class Reference:
    """A level to compare a measure with, such as ("knn", "raw pixels", 0.815)."""

    measure: str
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A setting that was changed while the run trained."""

    step: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of those that are compared. Without a record of training `config` is None and `traces` is empty."""

    model: ModelRef
    name: str  # short, and of each side another
    folder: str = ""  # of the record, "" where there is none
    config: RunConfig | None = None
    state: str = ""
    step: int = 0
    traces: Mapping[str, Trace] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    marks: tuple[Mark, ...] = ()
    problem: str = ""  # what of it cannot be compared, why, and what to do

    @property
    def run_name(self) -> str:
        """The name without a snapshot's step: that of its curves."""
        return self.name.replace(f", step {self.model.snapshot:,}", "") if self.model.snapshot >= 0 else self.name


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not the same everywhere. `values` as people say them, one a side, UNSAID where a side has no such setting."""

    group: str  # "method", "data", "augmentation", "optimiser", "run", "surroundings"; "only in some"
    name: str  # as `--set` takes it
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A measured number; `lo` and `hi` its 95 % interval, NaN where it has none."""

    value: float
    lo: float = float("nan")
    hi: float = float("nan")
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One measure of every side, or of a baseline of each. `remark`: why the numbers of a row say nothing about each other."""

    group: str  # "while training", "evaluated"
    measure: str
    model: str  # "this run", "random weights", "raw pixels" ...
    numbers: tuple[Number | None, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What `CompareModels` asks. `same`: settings that are the same in all."""

    sides: tuple[Side, ...]
    differences: tuple[Difference, ...]
    same: int
    scores: tuple[ScoreRow, ...]
    notes: tuple[str, ...] = ()


def traced(series: Callable[[str], tuple[Array, Array]], measure: str, points: int = 0) -> Trace:
    """The measure from a record that gives steps and values of each column; values that are not finite are left out.

    points: at most about so many, the lowest and the highest of each stretch; 0: all. Nothing is averaged or interpolated.
    """
    steps, values = series(measure)
    kept = np.isfinite(values)
    steps, values = steps[kept], values[kept]
    picks = _extremes(values, points) if 0 < points < len(values) else slice(None)
    steps, values = steps[picks], values[picks]
    return Trace(steps, _at(series("epoch"), steps), _at(series("seconds"), steps), values)


def _extremes(values: Array, points: int) -> Array:
    """Places of the first, the last, and the lowest and the highest of each of points / 2 stretches, rising."""
    stretches = np.array_split(np.arange(len(values)), max(points // 2 - 1, 1))
    found = [pick for part in stretches for pick in (part[values[part].argmin()], part[values[part].argmax()])]
    unique: Array = np.unique([0, *found, len(values) - 1])
    return unique


def _at(column: tuple[Array, Array], steps: Array) -> Array:
    """The column's values at these steps, NaN where it was not measured there."""
    known, values = column
    found = np.full(len(steps), np.nan)
    if len(known):
        places = np.searchsorted(known, steps).clip(max=len(known) - 1)
        there = known[places] == steps
        found[there] = values[places[there]]
    return found
