"""A training backend of the tests' own: it obeys a RunControl as the real one does, and takes no time."""

import threading
import time
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import sslviz.training
from sslviz.engine import Engine
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.events import Event, Finished, Flipped, Scalars, StateChanged

PATIENCE_S = 60


class Inbox(list):
    """Events as they come, with a way to wait for one."""

    def __init__(self):
        super().__init__()
        self._came = threading.Condition()

    def put(self, event: Event) -> None:
        with self._came:
            self.append(event)
            self._came.notify_all()

    def wait(self, wanted, count: int = 1) -> Event:
        """The last of `count` events that satisfy `wanted`, be it a type or a predicate."""
        fits = (lambda event: isinstance(event, wanted)) if isinstance(wanted, type) else wanted
        with self._came:
            assert self._came.wait_for(lambda: sum(map(fits, self)) >= count, PATIENCE_S), list(self)
            return [event for event in self if fits(event)][count - 1]

    def of(self, run_id: str) -> list[Event]:
        return [event for event in self if event.run_id == run_id]

    def kinds(self, run_id: str) -> list[str]:
        return [type(event).__name__ for event in self.of(run_id)]


class FakeRun:
    """Takes `config.steps` steps. params: "raise_at", "deaf" (ignores stop until `release` is set)."""

    released = threading.Event()
    configs: ClassVar[list[RunConfig]] = []
    open_folders: ClassVar[set[Path]] = set()

    def __init__(self, run_id, config, folder, emit, control):
        if folder.name == "taken":
            raise SSLVizError("The folder is taken.", "Choose another.")
        self.run_id, self.config, self.folder, self.emit, self.control = run_id, config, folder, emit, control
        self.step = 0
        FakeRun.configs.append(config)

    @classmethod
    def resume(cls, run_id, folder, emit, control, steps=0):
        run = cls(run_id, RunConfig(steps=steps or 3), folder, emit, control)
        run.step = 1
        return run

    def run(self):
        FakeRun.open_folders.add(self.folder)
        self.emit(StateChanged(self.run_id, self.step, "running"))
        while self.step < self.config.steps and not self._stopped():
            version = self.control.version
            self._take_settings()
            if self.control.claim_step():
                self._take_step()
            elif not self.control.stopping:
                self.control.wait(version)
        state = "stopped" if self.step < self.config.steps else "finished"
        self.emit(Finished(self.run_id, self.step, state, str(self.folder)))
        FakeRun.open_folders.discard(self.folder)

    def _stopped(self) -> bool:
        return FakeRun.released.is_set() if self.config.params.get("deaf") else self.control.stopping

    def _take_settings(self):
        for setting in self.control.take_settings(self.step):
            self.emit(Flipped(self.run_id, self.step, setting.name, 0, setting.value))

    def _take_step(self):
        self.step += 1
        if self.step == self.config.params.get("raise_at"):
            raise RuntimeError("the weights caught fire")
        row = np.array([[time.perf_counter()]])
        self.emit(Scalars(self.run_id, self.step, ("seconds",), np.array([self.step]), row))


@pytest.fixture
def fake_training(monkeypatch):
    """FakeRun in the place of the real TrainingRun."""
    FakeRun.released = threading.Event()
    FakeRun.configs, FakeRun.open_folders = [], set()
    monkeypatch.setattr(sslviz.training, "TrainingRun", FakeRun, raising=False)
    return FakeRun


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def engine(fake_training, inbox):
    """An engine over the fake backend that tells the inbox."""
    with Engine(inbox.put) as engine:
        yield engine
        fake_training.released.set()
