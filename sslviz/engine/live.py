"""Copies of the models of live runs, taken between two batches, so that looking never changes a run and hardly slows it."""

from __future__ import annotations

import copy
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.runs import Runs
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import Cancelled

if TYPE_CHECKING:
    from sslviz.inspect.model import Model
    from sslviz.methods import Method
    from sslviz.training.learner import Learner

SHARE = 0.04
"""Of the time that passes, for copies of a live model and for what is computed with them."""
WARM_UP = 0.1
"""How much the first copy of a run counts: it warms caches and libraries up, and a view that has just been opened should move."""
GAP_S = 0.25
"""Between two copies, at least: more often than that nobody sees."""
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A model that belongs to nobody else, its run's configuration, and after how many steps it was copied."""

    method: Method
    config: RunConfig
    step: int
    seconds: float = 0.0  # that the run was held up


def copy_of(learner: Learner, step: int) -> Taken:
    """A copy of the model as it is now. The run's own is not touched, not even its mode."""
    began = time.perf_counter()
    method = copy.deepcopy(learner.method)
    return Taken(method, learner.config, step, time.perf_counter() - began)


def take(runs: Runs, run_id: str, job: Job) -> Taken | None:
    """A copy of the live model; None where there is none, or the run ends before it could be taken. Raises Cancelled."""
    future = runs.look(run_id, copy_of) if run_id else None
    if future is None:
        return None
    try:
        return _wait(future, run_id, job, runs)
    except CancelledError:
        return None


def _wait(future: Future[Taken], run_id: str, job: Job, runs: Runs) -> Taken | None:
    while True:
        if job.is_given_up():
            future.cancel()
            raise Cancelled("It was cancelled.")
        try:
            return future.result(_LOOK_EVERY_S)
        except TimeoutError:
            job.advance(float("nan"), "waiting for the run's next step")
            if not runs.is_live(run_id) and future.cancel():
                return None


Convert = Callable[[Taken, str], "Model"]
"""A copied method and the name of one of its networks, "" for the usual one, as a model."""


@dataclass(slots=True, eq=False)
class LiveModel:
    """A live run's model as it was after `step` steps, and the seconds that were spent on it."""

    taken: Taken
    convert: Convert
    at: float
    spent_s: float
    weight: float = 1.0
    serial: int = field(default_factory=itertools.count(1).__next__)
    _models: dict[str, Model] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """After how many steps it was copied."""
        return self.taken.step

    @property
    def config(self) -> RunConfig:
        """Of its run."""
        return self.taken.config

    def model(self, network: str = "") -> Model:
        """One network of the method, "" for the usual one. Raises InspectError where there is none of that name."""
        if network not in self._models:
            began = time.perf_counter()
            self._models[network] = self.convert(self.taken, network)
            self.spend(time.perf_counter() - began)
        return self._models[network]

    def spend(self, seconds: float) -> None:
        """Something was computed with it."""
        self.spent_s += self.weight * seconds

    def is_due(self, now: float) -> bool:
        """Whether the time since this copy has earned what was spent on it."""
        since = now - self.at
        return since >= GAP_S and since * SHARE >= self.spent_s


class LiveModels:
    """The last copy of each live run. A new one is taken once the time that has passed since pays for it."""

    def __init__(
        self,
        runs: Runs,
        convert: Convert | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._runs = runs
        self._convert = convert or _as_model
        self._clock = clock
        self._known: dict[str, LiveModel] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}

    def get(self, run_id: str, job: Job) -> LiveModel | None:
        """The model as it is now, or lately; None where the run is not live. Who asks meanwhile gets the same. Raises Cancelled."""
        if not self._runs.is_live(run_id):
            return None
        with self._lock:
            turn = self._turns.setdefault(run_id, threading.Lock())
        while not turn.acquire(timeout=_LOOK_EVERY_S):
            if job.is_given_up():
                raise Cancelled("It was cancelled.")
        try:
            return self._get(run_id, job)
        finally:
            turn.release()

    def _get(self, run_id: str, job: Job) -> LiveModel | None:
        known = self._known.get(run_id)
        if known and not known.is_due(self._clock()):
            return known
        taken = take(self._runs, run_id, job)
        if taken is None:
            return None
        if known and (known.step, known.config) == (taken.step, taken.config):  # a run that holds
            known.at, known.spent_s = self._clock(), taken.seconds
            return known
        weight = 1.0 if known else WARM_UP
        fresh = LiveModel(taken, self._convert, self._clock(), weight * taken.seconds, weight)
        with self._lock:
            self._known = {name: live for name, live in self._known.items() if self._runs.is_live(name)}
            self._known[run_id] = fresh
            self._turns = {name: turn for name, turn in self._turns.items() if self._runs.is_live(name)}
        return fresh

    def last(self, run_id: str) -> LiveModel | None:
        """The last copy of a run that has ended since."""
        return self._known.get(run_id)


def _as_model(taken: Taken, network: str) -> Model:
    from sslviz.inspect.own import model_of

    return model_of(taken.method, taken.config, taken.step, network=network)
