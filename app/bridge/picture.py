"""RunPicture: what the window knows of one run, folded from its events; views read it and never change it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.events import (
    Diagnosed,
    Event,
    Failed,
    Finished,
    Flipped,
    Peeked,
    Progressed,
    Referenced,
    RunState,
    Scalars,
    SnapshotSaved,
    Started,
    StateChanged,
)

Floats = NDArray[np.float64]


class Table:
    """Rows of named measures that grow by doubling, so that reading a column costs no copy."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}
        self._steps: NDArray[np.int64] = np.empty(256, np.int64)
        self._values: Floats = np.empty((256, 0))
        self._rows = 0
        self.measured: set[str] = set()
        """The columns that have at least one value."""

    def append(self, chunk: Scalars) -> None:
        """Add a chunk; names not seen before become columns that are NaN above."""
        for name in chunk.names:
            if name not in self._columns:
                self._columns[name] = len(self._columns)
                self._values = np.column_stack([self._values, np.full(len(self._values), np.nan)])
        n = len(chunk.steps)
        self._grow(self._rows + n)
        rows = slice(self._rows, self._rows + n)
        self._steps[rows] = chunk.steps
        self._values[rows] = np.nan
        for j, name in enumerate(chunk.names):
            self._values[rows, self._columns[name]] = chunk.values[:, j]
            if name not in self.measured and not np.isnan(chunk.values[:, j]).all():
                self.measured.add(name)
        self._rows += n

    def _grow(self, rows: int) -> None:
        while rows > len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
            self._values = np.concatenate([self._values, np.full_like(self._values, np.nan)])

    def names(self) -> tuple[str, ...]:
        """The columns so far."""
        return tuple(self._columns)

    def series(self, name: str) -> tuple[NDArray[np.int64], Floats]:
        """Steps and values where `name` was measured; nothing is interpolated. Empty where it never was."""
        if name not in self._columns:
            return np.empty(0, np.int64), np.empty(0)
        values = self._values[: self._rows, self._columns[name]]
        measured = ~np.isnan(values)
        return self._steps[: self._rows][measured], values[measured]


@dataclass
class RunPicture:
    """One run as views see it. `version` grows with every event, so that a view can tell whether to draw."""

    run_id: str
    started: Started | None = None
    state: RunState = "preparing"
    status: str = ""
    fraction: float = float("nan")
    progress: Progressed | None = None
    diagnosis: Diagnosed | None = None
    failure: Failed | None = None
    table: Table = field(default_factory=Table)
    references: dict[tuple[str, str], float] = field(default_factory=dict)  # (measure, label) -> value
    flips: list[Flipped] = field(default_factory=list)
    snapshots: list[SnapshotSaved] = field(default_factory=list)
    peeks: dict[str, Peeked] = field(default_factory=dict)
    version: int = 0

    def fold(self, event: Event) -> None:
        """Take one event in. An event kind that this picture does not hold changes nothing but the version."""
        self.version += 1
        match event:
            case Started():
                self._begin(event)
            case Scalars():
                self.table.append(event)
            case Referenced() if math.isnan(event.value):
                self.references.pop((event.measure, event.label), None)  # the line no longer holds
            case Referenced():
                self.references[event.measure, event.label] = event.value
            case Flipped():
                self.flips.append(event)
            case SnapshotSaved():
                self.snapshots.append(event)
            case Peeked():
                self.peeks[event.name] = event
            case Progressed():
                self.progress = event
            case Diagnosed():
                self.diagnosis = event
            case StateChanged():
                self.state, self.status, self.fraction = event.state, event.text, event.fraction
            case Failed():
                self.failure = event
            case Finished():
                self.state, self.status = event.state, ""

    def _begin(self, event: Started) -> None:
        """A run that is resumed or opened tells its whole record again after this."""
        self.started, self.failure, self.diagnosis = event, None, None
        self.table, self.references, self.flips, self.snapshots, self.peeks = Table(), {}, [], [], {}

    def latest(self, name: str) -> float:
        """The last measured value of a column, NaN where there is none."""
        values = self.table.series(name)[1]
        return float(values[-1]) if len(values) else float("nan")
