"""A run folder opened again: its record as events, its summary, and all the runs in a folder. Only reads."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from sslviz.spec.card import NAME as CARD
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.events import (
    Diagnosed,
    Event,
    Failed,
    Finished,
    Flipped,
    Progressed,
    Referenced,
    RunState,
    Scalars,
    SnapshotSaved,
    Started,
    StateChanged,
    frozen,
)
from sslviz.spec.requests import RunSummary
from sslviz.training.checkpoint import NAME as CHECKPOINT
from sslviz.training.journal import Record, read_journal
from sslviz.training.lock import owner_of
from sslviz.training.metrics_file import MetricsTable, read_metrics
from sslviz.training.peek_file import load_peeks
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.run_file import Environment, describe_surroundings, read_run_file

Emit = Callable[[Event], None]
_CHUNK = 20_000  # rows an event
SHOWN = ("loss", "knn", "alignment", "uniformity", "std", "rankme", "top1")
"""Measures of a summary."""


def replay(run_id: str, folder: Path, emit: Emit) -> None:
    """Tell the record in `folder`: `Started` with live=False, its numbers, marks and pictures, `Finished`.

    What is damaged becomes a `Failed` that says so; the rest is told all the same. Raises nothing for a damaged run.
    """
    folder = Path(folder)
    try:
        config, environment = read_run_file(folder)
    except SSLVizError as error:
        emit(Failed(run_id, 0, type(error).__name__, error.message, error.hint))
        emit(Finished(run_id, 0, "failed", str(folder)))
        return
    table, record = read_metrics(folder), read_journal(folder)
    step = _reached(table, record)
    emit(started(run_id, step, config, environment, folder, live=False))
    for event in record_events(run_id, folder, table, record):
        emit(event)
    for peek in load_peeks(folder, run_id):
        emit(peek)
    emit(_progress(run_id, step, total_steps(config, record), table))
    if owner := owner_of(folder):
        emit(StateChanged(run_id, step, "running", f"{owner} is writing this run."))
    if problem := " ".join(filter(None, (table.problem, record.problem, _missing_snapshots(folder, record)))):
        emit(Failed(run_id, step, "DamagedRecord", problem, _remedy(folder)))
    emit(Finished(run_id, step, _resting_state(record), str(folder)))


def started(run_id: str, step: int, config: RunConfig, env: Environment, folder: Path, *, live: bool) -> Started:
    """The event that opens a run."""
    return Started(
        run_id, step, config, str(folder), live, describe_surroundings(env), env.data_note, env.images, env.parameters,
        env.memory_bytes, env.class_names,
    )  # fmt: skip


def record_events(
    run_id: str, folder: Path, table: MetricsTable, record: Record, until: float = math.inf
) -> Iterator[Event]:
    """The record up to step `until`: reference lines, numbers, flips, snapshots that are there, the last diagnosis and failure."""
    for k in range(0, len(table.steps), _CHUNK):
        steps, values = table.steps[k : k + _CHUNK], table.values[k : k + _CHUNK]
        yield Scalars(run_id, int(steps[-1]), table.names, frozen(steps), frozen(values))
    last: dict[type[Event], Event] = {}
    for event in record.events:
        if event.step > until:
            continue
        told = _with_run(event, run_id)
        match told:
            case Referenced() | Flipped():
                yield told
            case SnapshotSaved(path=path):
                if (folder / path).is_file():
                    yield SnapshotSaved(run_id, told.step, str(folder / path))
            case Diagnosed() | Failed():
                last[type(told)] = told
    yield from last.values()


def _with_run(event: Event, run_id: str) -> Event:
    return dataclasses.replace(event, run_id=run_id)


def total_steps(config: RunConfig, record: Record) -> int:
    """How long the run is to be, after the changes on record."""
    changes = [flip.after for flip in record.flips() if flip.name == "steps"]
    return int(changes[-1]) if changes else config.steps


def _reached(table: MetricsTable, record: Record) -> int:
    """The last step on record; where the numbers are damaged, of whatever else is."""
    step = int(table.steps[-1]) if len(table.steps) else 0
    return max([step, *(event.step for event in record.events)]) if table.problem else step


def _progress(run_id: str, step: int, steps: int, table: MetricsTable) -> Progressed:
    last = table.last()
    return Progressed(
        run_id, step, steps, last.get("epoch", 0.0), last.get("seconds", 0.0), last.get("images_per_s", math.nan), math.nan, 0
    )  # fmt: skip


def _missing_snapshots(folder: Path, record: Record) -> str:
    if (folder / CARD).is_file():
        return ""  # a model that ships has few of its run's snapshots, which is no damage
    missing = {e.path for e in record.events if isinstance(e, SnapshotSaved) and not (folder / e.path).is_file()}
    return f"{len(missing)} snapshots are missing, such as {min(missing)}." if missing else ""


def _remedy(folder: Path) -> str:
    if (folder / CHECKPOINT).is_file():
        return "Everything else is shown. Resume goes on from the checkpoint and keeps the damaged file aside."
    return "Everything else is shown."


def _state(record: Record) -> str:
    """What the run was doing when its record ends."""
    for event in reversed(record.events):
        if isinstance(event, Finished | StateChanged):
            return event.state
    return "preparing"


def _resting_state(record: Record) -> RunState:
    state = _state(record)
    return "finished" if state == "finished" else "failed" if state == "failed" else "stopped"


def state_of(folder: Path, record: Record) -> str:
    """What the run does or did: "interrupted" where its record ends in mid-run and nobody is writing it."""
    state = _state(record)
    return "interrupted" if state in ("preparing", "running", "paused") and not owner_of(folder) else state


def summarise(folder: Path) -> RunSummary:
    """A run at a glance. Raises nothing: `problem` says what is wrong with the folder.

    state: that of a `Finished` or `StateChanged`; "interrupted" where the record ends in mid-run and nobody is writing it.
    """
    folder = Path(folder)
    modified = _modified(folder)
    try:
        config, _ = read_run_file(folder)
    except SSLVizError as error:
        return RunSummary(str(folder), folder.name, "", "", "", 0, 0, modified, {}, str(error))
    table, record = read_metrics(folder), read_journal(folder)
    last = {name: value for name, value in table.last().items() if name in SHOWN}
    step = _reached(table, record)
    problem = " ".join(filter(None, (table.problem, record.problem)))
    return RunSummary(
        str(folder), folder.name, config.method, config.data.source, state_of(folder, record), step,
        total_steps(config, record), modified,
        last, problem,
    )  # fmt: skip


def list_runs(folder: Path) -> tuple[RunSummary, ...]:
    """Summaries of the run folders directly in `folder`, newest first; a folder that is not there holds none."""
    try:
        runs = [path for path in Path(folder).iterdir() if (path / RUN_FILE).is_file()]
    except OSError:
        return ()
    return tuple(sorted(map(summarise, runs), key=lambda summary: summary.modified, reverse=True))


def _modified(folder: Path) -> float:
    """When the run last wrote something."""
    newest = 0.0
    for name in (RUN_FILE, "metrics.csv", "events.jsonl"):
        with contextlib.suppress(OSError):
            newest = max(newest, (folder / name).stat().st_mtime)
    return newest
