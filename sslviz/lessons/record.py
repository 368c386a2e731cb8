"""The record of an arm as it ships: its curves, thinned, and what happened; no weights, and nothing of its maker's machine."""

from __future__ import annotations

import dataclasses
import math
import shutil
from pathlib import Path

import numpy as np

from sslviz.spec.events import Event, Finished, SnapshotSaved
from sslviz.training.atomic import write_atomically
from sslviz.training.journal import NAME as EVENTS
from sslviz.training.journal import encode, read_journal
from sslviz.training.metrics_file import NAME as METRICS
from sslviz.training.metrics_file import MetricsTable, format_table, read_metrics
from sslviz.training.run_file import read_run_file, without_computer, write_run_file
from sslviz.training.thinning import chosen_rows

ROWS = 200
"""Rows of the thinned record, at most."""
DIGITS = 5
"""Significant digits that a curve on a screen can show."""


def keep_record(run: Path, out: Path) -> None:
    """Write the record of `run` to the folder `out`, in the place of what lies there. Raises TrainingError."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    config, environment = read_run_file(run)
    versions = without_computer(environment.versions)
    write_run_file(out, config, dataclasses.replace(environment, versions=versions))
    write_atomically(out / METRICS, format_table(_shortened(thinned(read_metrics(run), ROWS))))
    events = (_shared(event) for event in read_journal(run).events if not isinstance(event, SnapshotSaved))
    write_atomically(out / EVENTS, b"".join(encode(event) for event in events))


def _shared(event: Event) -> Event:
    return dataclasses.replace(event, folder="") if isinstance(event, Finished) else event


def thinned(table: MetricsTable, rows: int) -> MetricsTable:
    """At most `rows` rows: half of them such as hold what is measured now and then, the others evenly, the last always.

    Columns without any value are left out.
    """
    there = np.isfinite(table.values)
    names = [k for k in range(len(table.names)) if there[:, k].any()]
    rare = np.asarray(there[:, [k for k in names if there[:, k].mean() < 0.5]].any(axis=1), bool)
    keep = chosen_rows(rare, rows)
    return MetricsTable(tuple(table.names[k] for k in names), table.steps[keep], table.values[np.ix_(keep, names)])


def short(value: float) -> float:
    """The number to `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else value


def _shortened(table: MetricsTable) -> MetricsTable:
    values = np.array([short(value) for value in table.values.ravel().tolist()], np.float64)
    return dataclasses.replace(table, values=values.reshape(table.values.shape))
