"""The record of a run as it ships: everything that views draw, thinned, and nothing that is only good for going on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.library.parts import UNSEEN, without
from sslviz.library.shareable import without_places
from sslviz.library.weights import halved
from sslviz.spec.events import Array, Event, Finished, Peeked, frozen
from sslviz.training.atomic import write_atomically
from sslviz.training.journal import NAME as EVENTS
from sslviz.training.journal import encode, read_journal
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.left_out import KEY
from sslviz.training.metrics_file import NAME as METRICS
from sslviz.training.metrics_file import MetricsTable, format_table, read_metrics
from sslviz.training.peek_file import load_peeks, save_peeks
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_tensors, write_tensors
from sslviz.training.thinning import chosen_rows, spread

ROWS = 400
"""Rows of the thinned record: enough for any curve on a screen."""
LAST_STEPS = 100
"""Steps whose loss the card tells as one number; the record keeps every one of them."""
EARLY = 50
"""Snapshots before this fraction of a run are left out, the untrained one excepted."""
VIEWS_OF = 16
"""Images of the last batch whose views are kept."""


def keep_record(run: Path, out: Path, step: int, ended: bool, snapshots: int) -> None:
    """Write what `run` recorded up to `step` into `out`, thinned. ended: that is the run's last step, whose pictures are kept."""
    _keep_events(run, out, step, ended)
    table = read_metrics(run).rows_until(step)
    write_atomically(out / METRICS, format_table(thinned(table, ROWS)))
    if ended and (peeks := load_peeks(run, "")):
        save_peeks(out, step, {peek.name: fewer_views(peek) for peek in peeks})
    for at in telling([at for at in snapshot_steps_in(run) if at <= step], snapshots):
        _keep_snapshot(run, out, at)


def _keep_events(run: Path, out: Path, step: int, ended: bool) -> None:
    events = [event for event in read_journal(run).events if event.step <= step]
    if not ended:
        events = [event for event in events if not isinstance(event, Finished)] + [Finished("", step, "stopped", "")]
    write_atomically(out / EVENTS, b"".join(encode(_shared(event)) for event in events))


def _shared(event: Event) -> Event:
    fields: dict[str, Any] = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    texts = {name: without_places(text) for name, text in fields.items() if isinstance(text, str)}
    return type(event)(**{**fields, **texts})


def _keep_snapshot(run: Path, out: Path, step: int) -> None:
    tensors, metadata = read_tensors(snapshot_path(run, step))
    parts = UNSEEN.get(metadata.get("method", ""), ())
    there = sorted({name.partition(".")[0] for name in tensors}.intersection(parts))
    target = snapshot_path(out, step)
    target.parent.mkdir(exist_ok=True)
    told = {name: without_places(text) for name, text in metadata.items()}
    write_tensors(target, halved(without(tensors, there)), {**told, **({KEY: json.dumps(there)} if there else {})})


def fewer_views(peek: Peeked) -> Peeked:
    """The views of the last batch take most of the room and look like those of any other: those of its first images."""
    if peek.name != "views":
        return peek
    arrays = {name: frozen(_first(name, array)) for name, array in peek.arrays.items()}
    return dataclasses.replace(peek, arrays=arrays, note=without_places(peek.note))


def _first(name: str, array: Array) -> Array:
    return array[:, :VIEWS_OF].copy() if name.startswith("images") else array[:VIEWS_OF].copy()


def telling(steps: Sequence[int], count: int) -> list[int]:
    """`count` of a run's snapshots, its last left out, which is the model itself: the untrained one, then late ones evenly.

    The first steps of a run look like its beginning; what is worth a place comes after a fiftieth of it.
    """
    if len(steps) < 2 or count < 1:
        return []
    later = [step for step in steps[1:-1] if step >= steps[-1] / EARLY]
    return [steps[0], *spread(later, count - 1)] if count > 1 else [steps[0]]


def thinned(table: MetricsTable, rows: int) -> MetricsTable:
    """At most about `rows` rows beside the last steps, which stay whole: rows in which something rare was measured, then any, evenly."""
    if len(table.steps) <= rows + LAST_STEPS:
        return table
    rare = (
        ~np.isnan(table.values[:, table.names.index("alignment")])
        if "alignment" in table.names
        else np.zeros(len(table.steps), bool)
    )
    keep = chosen_rows(rare, rows, LAST_STEPS)
    return dataclasses.replace(table, steps=table.steps[keep], values=table.values[keep])
