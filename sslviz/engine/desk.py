"""The desk: jobs that wait their turn in lanes, one thread a lane; the newest of a kind wins; any can be given up.

Every job with a request id gets exactly one `Answered` or `Refused`.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sslviz.engine.errors import explain
from sslviz.spec.errors import Cancelled
from sslviz.spec.events import Advanced, Answered, Event, Refused

ADVANCE_EVERY_S = 0.05

_WHOLE = (0.0, 1.0, "")

_WHY = {
    "Superseded": ("A newer request of the same kind took its place.", ""),
    "Cancelled": ("It was cancelled.", ""),
    "Closed": ("The engine was shut down before it came to this.", "Ask again."),
}


@dataclass(eq=False)
class Job:
    """One piece of work. `work(job)` returns the payload; it calls `advance` and looks at `is_given_up` now and then.

    newest_wins: an older one of this `kind` that still waits is refused; one that is being worked on is given up
    too if it is `about` something else. request_id 0: nobody waits for an answer.
    """

    kind: str
    work: Callable[[Job], Any]
    emit: Callable[[Event], None]
    request_id: int = 0
    newest_wins: bool = False
    about: object = None
    given_up: str = ""
    _told: float = field(default=0.0, repr=False)
    _frame: tuple[float, float, str] = field(default=_WHOLE, repr=False)

    def is_given_up(self) -> bool:
        """Whether to stop as soon as possible, by raising Cancelled."""
        return bool(self.given_up)

    def advance(self, fraction: float, text: str) -> None:
        """Tell how far it is; as often as you like, sent a few times a second."""
        now = time.monotonic()
        if self.request_id and now - self._told >= ADVANCE_EVERY_S:
            self._told = now
            low, high, before = self._frame
            if self._frame != _WHOLE:
                fraction = low + (high - low) * (0.0 if math.isnan(fraction) else fraction)
            self.emit(Advanced("", 0, self.request_id, fraction, before + text))

    @contextmanager
    def within(self, low: float, high: float, before: str = "") -> Iterator[None]:
        """What `advance` tells meanwhile is a part of the whole, from the share `low` to `high`; its text begins with `before`."""
        self._frame = (low, high, before)
        try:
            yield
        finally:
            self._frame = _WHOLE

    def refuse(self, kind: str) -> None:
        """Answer that it was given up."""
        if self.request_id:
            self.emit(Refused("", 0, self.request_id, kind, *_WHY[kind]))

    def perform(self) -> None:
        """Do the work and answer, whatever happens."""
        try:
            payload = self.work(self)
        except Cancelled:
            self.refuse(self.given_up or "Cancelled")
        except Exception as error:  # noqa: BLE001  whatever goes wrong is the answer
            self._fail(error)
        else:
            self._answer(payload)

    def _answer(self, payload: object) -> None:
        if self.given_up:
            self.refuse(self.given_up)
        elif self.request_id:
            self.emit(Answered("", 0, self.request_id, payload))

    def _fail(self, error: Exception) -> None:
        why = explain(error)
        self.emit(Refused("", 0, self.request_id, why.kind, why.message, why.hint, why.trace, why.field))


class Desk:
    """Takes jobs from any thread; each lane works off its own, oldest first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Job]] = {}
        self._current: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._last = time.monotonic()

    def idle_s(self) -> float:
        """For how long there has been nothing to do; 0 while there is."""
        with self._changed:
            busy = bool(self._current) or any(self._waiting.values())
            return 0.0 if busy else time.monotonic() - self._last

    def put(self, lane: str, job: Job) -> None:
        """Queue a job; never blocks on work."""
        with self._changed:
            accepted = not self._closed
            superseded = self._supersede(job) if accepted else []
            if accepted:
                self._lane(lane).append(job)
                self._changed.notify_all()
        for old in superseded:
            old.refuse("Superseded")
        if not accepted:
            job.refuse("Closed")

    def _lane(self, lane: str) -> deque[Job]:
        if lane not in self._waiting:
            self._waiting[lane] = deque()
            thread = threading.Thread(target=self._work, args=(lane,), name=f"sslviz {lane}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self._waiting[lane]

    def _supersede(self, job: Job) -> list[Job]:
        if not job.newest_wins:
            return []
        for current in self._current.values():
            if current.kind == job.kind and current.about != job.about:
                current.given_up = current.given_up or "Superseded"
        return self._take(lambda other: other.kind == job.kind)

    def _take(self, chosen: Callable[[Job], bool]) -> list[Job]:
        taken = [job for lane in self._waiting.values() for job in lane if chosen(job)]
        for lane in self._waiting.values():
            kept = [job for job in lane if job not in taken]
            lane.clear()
            lane.extend(kept)
        return taken

    def cancel(self, request_id: int) -> None:
        """Give up on a request. One that was answered already stays answered."""
        with self._changed:
            for current in self._current.values():
                if current.request_id == request_id:
                    current.given_up = "Cancelled"
            waiting = self._take(lambda job: job.request_id == request_id)
        for job in waiting:
            job.refuse("Cancelled")

    def _work(self, lane: str) -> None:
        """A thread for each job: what it computes with in parallel ends with it, and does not slow down runs (see OPENMP)."""
        while (job := self._next(lane)) is not None:
            worker = threading.Thread(target=job.perform, name=f"sslviz {lane}, at work", daemon=True)
            worker.start()
            worker.join()

    def _next(self, lane: str) -> Job | None:
        with self._changed:
            if self._current.pop(lane, None):
                self._last = time.monotonic()
            self._changed.wait_for(lambda: bool(self._waiting[lane]) or self._closed)
            if self._closed:
                return None
            self._current[lane] = self._waiting[lane].popleft()
            return self._current[lane]

    def close(self) -> None:
        """Give up on everything, refuse what waits, and let the threads end; does not wait for them."""
        with self._changed:
            self._closed = True
            for current in self._current.values():
                current.given_up = current.given_up or "Closed"
            waiting = self._take(lambda _: True)
            self._changed.notify_all()
        for job in waiting:
            job.refuse("Closed")

    def threads(self) -> tuple[threading.Thread, ...]:
        """The lanes' threads, to be joined after `close`."""
        return tuple(self._threads)
