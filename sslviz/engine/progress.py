"""The progress bar of a run, in a terminal or a notebook."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import Any, Self, TextIO

import numpy as np
from tqdm.auto import tqdm

from sslviz.spec.events import Diagnosed, Event, Failed, Flipped, Progressed, Scalars, Started, StateChanged
from sslviz.spec.measures import in_words
from sslviz.spec.quantities import said, size_text

_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} steps{postfix}"
_SECONDS_TERMINAL, _SECONDS_LOG = 0.1, 10.0
"""Between two drawings: a terminal shows one line, a log file keeps them all."""

_DELAY_S = 0.05  # nothing is drawn before the first event


class ProgressBar:
    """Draws the events of one run: what is being prepared, then steps, loss, kNN, images/s and the time left."""

    def __init__(self, file: TextIO | None = None) -> None:
        out = file or sys.stderr
        often = _SECONDS_TERMINAL if out.isatty() else _SECONDS_LOG
        self._bar: tqdm[Any] = tqdm(
            desc="starting",
            total=0,
            file=out,
            dynamic_ncols=True,
            bar_format=_FORMAT,
            mininterval=often,
            delay=_DELAY_S,
        )
        self._shown: dict[str, str] = {}
        self._told: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Started():
                self._bar.reset(event.config.steps)
                self._say(f"{event.config.method} on {event.config.data.source}, {event.device}. {event.data_note}")
                self._say(
                    f"{event.parameters:,} parameters; training will need about {size_text(event.memory_bytes)} more memory."
                )
            case StateChanged(state="paused", text=text) if text and text not in self._told:
                self._told.add(text)
                self._say(text)
            case StateChanged() if event.text:
                share = "" if math.isnan(event.fraction) else f" {event.fraction:.0%}"
                self._bar.set_description_str(event.text + share, refresh=self._bar.fp.isatty())
            case StateChanged():
                self._bar.set_description_str(event.state, refresh=False)
            case Scalars():
                self._take(event)
            case Progressed():
                self._move(event)
            case Flipped():
                self._say(f"step {event.step}: {event.name} {said(event.before)} -> {said(event.after)}")
            case Diagnosed() if event.text not in self._told:
                self._told.add(event.text)
                self._say(f"step {event.step}: {event.text}")
            case Failed() if self._bar.total:
                self._bar.set_description_str("failed", refresh=False)

    def _take(self, chunk: Scalars) -> None:
        for j, name in enumerate(chunk.names):
            measured = chunk.values[:, j][~np.isnan(chunk.values[:, j])]
            if name in ("loss", "knn") and len(measured):
                self._shown[name] = in_words(name, float(measured[-1])) if name == "knn" else f"{measured[-1]:.3f}"

    def _move(self, event: Progressed) -> None:
        self._shown["images/s"] = f"{event.images_per_s:,.0f}"
        if not math.isnan(event.eta_s):
            self._shown["left"] = clock(event.eta_s)
        self._bar.total = event.steps
        self._bar.set_postfix_str(", ".join(f"{name} {value}" for name, value in self._shown.items()), refresh=False)
        self._bar.update(event.step - self._bar.n)

    def _say(self, line: str) -> None:
        self._bar.write(line.strip(), file=self._bar.fp)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.leave = bool(self._bar.total)  # a run that never began leaves its error only
        if self._bar.leave:
            self._bar.refresh()
        self._bar.close()


def clock(seconds: float) -> str:
    """A duration as "1:05" or "2:01:05"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
