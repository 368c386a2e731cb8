"""RunRecord: what is known of a run, folded from its events, for scripts, notebooks and figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sslviz.engine.errors import EngineError
from sslviz.spec.config import RunConfig
from sslviz.spec.events import (
    Array,
    Diagnosed,
    Event,
    Failed,
    Finished,
    Flipped,
    Peeked,
    Referenced,
    RunState,
    Scalars,
    SnapshotSaved,
    Started,
    StateChanged,
)
from sslviz.spec.mailbox import merge_scalars

Series = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass
class RunRecord:
    """One run: its configuration, its measures over the steps, and what happened on the way.

    `record["knn"]` gives the steps at which kNN accuracy was measured and its values; nothing is interpolated.
    """

    folder: Path
    started: Started | None = None
    state: RunState = "preparing"
    ended: bool = False
    step: int = 0
    references: dict[tuple[str, str], float] = field(default_factory=dict)  # (measure, label) -> value
    flips: list[Flipped] = field(default_factory=list)
    snapshots: list[Path] = field(default_factory=list)
    peeks: dict[str, Mapping[str, Array]] = field(default_factory=dict)
    diagnosis: Diagnosed | None = None
    failure: Failed | None = None
    _chunks: list[Scalars] = field(default_factory=list, repr=False)

    def fold(self, event: Event) -> None:
        """Take one event of the run in."""
        self.step = max(self.step, event.step)
        match event:
            case Started():
                self.started = event
            case Scalars():
                self._chunks.append(event)
            case Referenced() if math.isnan(event.value):
                self.references.pop((event.measure, event.label), None)  # it no longer applies
            case Referenced():
                self.references[event.measure, event.label] = event.value
            case Flipped():
                self.flips.append(event)
            case SnapshotSaved():
                self.snapshots.append(Path(event.path))
            case Peeked():
                self.peeks[event.name] = event.arrays
            case Diagnosed():
                self.diagnosis = event
            case StateChanged():
                self.state = event.state
            case Failed():
                self.failure = event
            case Finished():
                self.state, self.ended = event.state, True

    @property
    def config(self) -> RunConfig:
        """How the run was set up; raises EngineError before it has started."""
        if self.started is None:
            raise EngineError("The run has not started, so there is no configuration.", "Wait for it to start.")
        return self.started.config

    @property
    def steps(self) -> int:
        """How many steps it takes in all, as last decided."""
        decided = [flip.after for flip in self.flips if flip.name == "steps"]
        return int(decided[-1]) if decided else self.config.steps

    @property
    def names(self) -> tuple[str, ...]:
        """The measures that were taken at least once."""
        table = self._table()
        return tuple(name for name in table.names if len(self[name][0])) if table else ()

    def __getitem__(self, name: str) -> Series:
        """Steps and values where `name` was measured, both empty where it never was."""
        table = self._table()
        if table is None or name not in table.names:
            return np.empty(0, np.int64), np.empty(0)
        values = table.values[:, table.names.index(name)]
        measured = ~np.isnan(values)
        return table.steps[measured], values[measured]

    @property
    def last(self) -> dict[str, float]:
        """The last value of every measure."""
        return {name: float(self[name][1][-1]) for name in self.names}

    def _table(self) -> Scalars | None:
        if len(self._chunks) > 1:
            self._chunks = [merge_scalars(self._chunks)]
        return self._chunks[0] if self._chunks else None

    def raise_failure(self) -> None:
        """Raises EngineError in the words of the failure, if the run has failed."""
        if self.failure:
            raise EngineError(self.failure.message, self.failure.hint)


def open_run(folder: str | Path) -> RunRecord:
    """The record that a run left in `folder`, from the command line, the window or another machine.

    Raises EngineError or TrainingError where the folder holds no run that this program can read.
    """
    from sslviz.training import replay

    record = RunRecord(Path(folder))
    replay("", Path(folder), record.fold)
    if record.started is None:
        record.raise_failure()
    return record
