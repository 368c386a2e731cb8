"""Reporter: what a run says goes to whoever listens and into its folder; rows of numbers go in chunks, and none is lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

import numpy as np
import psutil

from sslviz.spec.events import Event, Progressed, Scalars, frozen
from sslviz.training.errors import TrainingError
from sslviz.training.metrics_file import Row
from sslviz.training.run_folder import RunFolder

CHUNK_S = 0.2
"""A chunk of rows is sent so often at most."""
_SPEED_WINDOW_S = 3.0

Emit = Callable[[Event], None]


class Reporter:
    """Sends and records. A disk that refuses does not raise here: `trouble` holds the reason until somebody takes it."""

    def __init__(self, run_id: str, folder: RunFolder, emit: Emit, batch_size: int) -> None:
        self.run_id = run_id
        self.folder = folder
        self.emit = emit
        self.trouble: TrainingError | None = None
        self._batch_size = batch_size
        self._rows: list[Row] = []
        self._sent = time.perf_counter()
        self._speed: deque[tuple[float, int]] = deque()
        self._process = psutil.Process()

    def tell(self, event: Event, *, record: bool = True) -> None:
        """Send an event, after the rows that come before it, and record it if its kind is recorded."""
        self.flush()
        self.emit(event)
        if record:
            self.attempt(lambda: self.folder.record(event))

    def attempt(self, write: Callable[[], object]) -> bool:
        """Whether the disk took it; else `trouble` says why."""
        try:
            write()
        except TrainingError as error:
            self.trouble = error
            return False
        return True

    def take_trouble(self) -> TrainingError | None:
        """Why the disk refused something since the last call."""
        trouble, self.trouble = self.trouble, None
        return trouble

    def row(self, step: int, values: Mapping[str, float]) -> None:
        """The numbers of a step; sent with the next chunk."""
        self._rows.append({"step": step, **values})

    def flush_if_due(self, *, at_once: bool = False) -> bool:
        """Send the chunk if it is time; whether it was."""
        if not at_once and time.perf_counter() - self._sent < CHUNK_S:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Send and record the rows so far."""
        self._sent = time.perf_counter()
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        self.emit(as_scalars(self.run_id, rows))
        self.attempt(lambda: self.folder.append_rows(rows))

    def images_per_s(self, seconds: float, step: int) -> float:
        """Training images a second over the last few seconds of training, at `seconds` and after `step`; NaN before any."""
        self._speed.append((seconds, step))
        while len(self._speed) > 2 and seconds - self._speed[1][0] >= _SPEED_WINDOW_S:
            self._speed.popleft()
        (start, first) = self._speed[0]
        return (step - first) * self._batch_size / (seconds - start) if seconds > start else float("nan")

    def progress(self, step: int, steps: int, epoch: float, seconds: float, images_per_s: float) -> None:
        """Say where the run is."""
        eta = (steps - step) * self._batch_size / images_per_s if images_per_s > 0 else float("nan")
        memory = self._process.memory_info().rss
        self.emit(Progressed(self.run_id, step, steps, epoch, seconds, images_per_s, eta, memory))


def as_scalars(run_id: str, rows: list[Row]) -> Scalars:
    """Rows as one chunk; NaN where a row lacks a measure."""
    names = tuple(dict.fromkeys(name for row in rows for name in row if name != "step"))
    values = np.array([[row.get(name, np.nan) for name in names] for row in rows], np.float64)
    steps = np.array([row["step"] for row in rows], np.int64)
    return Scalars(run_id, int(steps[-1]), names, frozen(steps), frozen(values.reshape(len(rows), len(names))))
