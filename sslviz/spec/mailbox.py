"""Mailbox: events on their way to a reader that may be slower than the writer. Bounded, and nothing that counts is lost.

`Peeked` is latest-wins by (run, name), `Progressed` by run. `Scalars` of a run that wait side by side become one chunk.
Every other event keeps its place and is never dropped. An event never overtakes an earlier milestone of its run.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Hashable, Sequence

import numpy as np

from sslviz.spec.events import Event, Peeked, Progressed, Scalars, frozen


class Mailbox:
    """Thread-safe: any number of writers, one reader."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[Event]] = {}  # in order of delivery; more than one event: Scalars to merge
        self._open_chunks: dict[str, Hashable] = {}  # run -> its Scalars that may still grow
        self._serial = itertools.count()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, event: Event) -> None:
        """Take an event; never blocks. After `close` it is kept too, so that last words still arrive."""
        with self._changed:
            match event:
                case Peeked():
                    self._replace(("peeked", event.run_id, event.name), event)
                case Progressed():
                    self._replace(("progressed", event.run_id), event)
                case Scalars():
                    self._grow(event)
                case _:
                    self._open_chunks.pop(event.run_id, None)  # later scalars stay behind this milestone
                    self._waiting[next(self._serial)] = [event]
            self._changed.notify()

    def _replace(self, key: Hashable, event: Event) -> None:
        self._waiting.pop(key, None)  # the newer one goes to the end: it must not overtake a milestone
        self._waiting[key] = [event]

    def _grow(self, chunk: Scalars) -> None:
        if chunk.run_id not in self._open_chunks:
            self._open_chunks[chunk.run_id] = key = next(self._serial)
            self._waiting[key] = []
        self._waiting[self._open_chunks[chunk.run_id]].append(chunk)

    def drain(self, limit: int = 1_000) -> list[Event]:
        """At most `limit` events, oldest first; empty where none waits. Never blocks."""
        with self._changed:
            keys = list(itertools.islice(self._waiting, limit))
            taken = [self._waiting.pop(key) for key in keys]
            self._open_chunks = {run: key for run, key in self._open_chunks.items() if key in self._waiting}
        return [_merged(events) for events in taken]

    def wait(self, timeout: float | None = None) -> bool:
        """Block until an event waits (True), or until the timeout in seconds or `close` (False where none waits)."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed, timeout)
            return bool(self._waiting)

    def close(self) -> None:
        """Wake the reader; `wait` no longer blocks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def __len__(self) -> int:
        return len(self._waiting)


def _merged(events: Sequence[Event]) -> Event:
    chunks = [event for event in events if isinstance(event, Scalars)]
    return events[0] if len(chunks) < 2 else merge_scalars(chunks)


def merge_scalars(chunks: Sequence[Scalars]) -> Scalars:
    """Chunks of one run as one, rows in order; a name that a chunk lacks is NaN in its rows."""
    names = tuple(dict.fromkeys(name for chunk in chunks for name in chunk.names))
    values = np.full((sum(len(chunk.steps) for chunk in chunks), len(names)), np.nan)
    row = 0
    for chunk in chunks:
        rows = slice(row, row := row + len(chunk.steps))
        values[rows, [names.index(name) for name in chunk.names]] = chunk.values
    steps = np.concatenate([chunk.steps for chunk in chunks])
    return Scalars(chunks[-1].run_id, chunks[-1].step, names, frozen(steps), frozen(values))
