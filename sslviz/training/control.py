"""RunControl: how other threads steer a run. The run's thread sleeps on a condition; nothing polls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sslviz.spec.params import Scalar

if TYPE_CHECKING:
    from sslviz.training.learner import Learner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """A live parameter that somebody wants changed: before the next step, or once `at` steps are taken."""

    name: str
    value: Scalar
    at: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Something that somebody wants from the model between two batches, and where it goes."""

    take: Callable[[Learner, int], Any]
    future: Future[Any]

    def perform(self, learner: Learner, step: int) -> None:
        """Take it, in the run's thread; what goes wrong is whoever asked's to hear."""
        if self.future.set_running_or_notify_cancel():
            try:
                self.future.set_result(self.take(learner, step))
            except Exception as error:  # noqa: BLE001  looking must not end a run
                self.future.set_exception(error)


class RunControl:
    """Pause, go on, one step, stop, live settings, slow motion, watched peeks. Every method may be called from any thread.

    The first group is for whoever steers, the second for the run's own thread.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._paused = False
        self._permits = 0  # single steps asked for while paused
        self._stopping = False
        self._settings: list[Setting] = []
        self._speed = 0.0
        self._watched: frozenset[str] = frozenset()
        self._looks: list[Look] = []
        self._ended = False

    def pause(self) -> None:
        """Hold before the next step."""
        with self._changed:
            self._paused, self._permits = True, 0
            self._wake()

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._wake()

    def step(self) -> None:
        """Take one step, then hold; a running run is paused by it. Repeated calls add up."""
        with self._changed:
            self._paused = True
            self._permits += 1
            self._wake()

    def stop(self) -> None:
        """Save and end, after the step that is being taken; cannot be taken back."""
        with self._changed:
            self._stopping = True
            self._wake()

    def set(self, name: str, value: Scalar, at: int = 0) -> None:
        """Change a live parameter before the next step, or once `at` steps are taken; the run answers with `Flipped` or says why not."""
        with self._changed:
            self._settings.append(Setting(name, value, at))
            self._wake()

    def set_speed(self, steps_per_s: float) -> None:
        """Slow motion: at most so many steps a second; 0, or anything that is no positive number, is full speed."""
        with self._changed:
            self._speed = steps_per_s if steps_per_s > 0 else 0.0
            self._wake()

    def watch(self, names: tuple[str, ...]) -> None:
        """The peeks that some view wants from now on."""
        with self._changed:
            self._watched = frozenset(names)
            self._wake()

    def look(self, take: Callable[[Learner, int], T]) -> Future[T]:
        """Have `take(learner, steps taken)` called in the run's thread before its next step: quick, and changing nothing.

        The future is cancelled where the run ends before that.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._ended:
                future.cancel()
            else:
                self._looks.append(Look(take, future))
                self._wake()
        return future

    def _wake(self) -> None:
        self._version += 1
        self._changed.notify_all()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def paused(self) -> bool:
        """Whether the run is to hold, single steps aside."""
        return self._paused

    @property
    def step_wanted(self) -> bool:
        """Whether a single step was asked for that has not been taken."""
        return self._permits > 0

    @property
    def watched(self) -> frozenset[str]:
        """Names of the peeks that some view wants."""
        return self._watched

    @property
    def version(self) -> int:
        """Grows with every call that steers; read it before looking at the rest, then `wait` on it."""
        return self._version

    def take_settings(self, step: int) -> tuple[Setting, ...]:
        """The settings that are due when `step` steps are taken, each handed out once, oldest first."""
        with self._changed:
            due = tuple(setting for setting in self._settings if setting.at <= step)
            self._settings = [setting for setting in self._settings if setting.at > step]
        return due

    def take_looks(self) -> tuple[Look, ...]:
        """What somebody wants to see, each handed out once."""
        with self._changed:
            looks, self._looks = tuple(self._looks), []
        return looks

    def end(self) -> None:
        """The run has ended: nobody can look any more."""
        with self._changed:
            self._ended = True
            looks, self._looks = self._looks, []
        for look in looks:
            look.future.cancel()

    def upcoming(self, step: int) -> tuple[Setting, ...]:
        """The settings that are due after `step` steps are taken, oldest first; they stay."""
        with self._changed:
            return tuple(setting for setting in self._settings if setting.at > step)

    def claim_step(self) -> bool:
        """Whether the run may take a step now; uses up one single step while paused."""
        with self._changed:
            if self._stopping:
                return False
            if not self._paused:
                return True
            if self._permits:
                self._permits -= 1
                return True
            return False

    def wait(self, version: int) -> None:
        """Sleep until something was asked for since `version`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version)

    def pace(self, last_step: float, version: int) -> bool:
        """Slow motion: sleep until the next step is due after one begun at `last_step` (time.perf_counter).

        False if something was asked for since `version`, so that the run attends to it first.
        """
        with self._changed:
            if not self._speed or self._paused:
                return self._version == version
            remaining = last_step + 1 / self._speed - time.perf_counter()
            return not self._changed.wait_for(lambda: self._version != version, timeout=max(0.0, remaining))
