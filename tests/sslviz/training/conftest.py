"""Fixtures that train and resume tiny runs in the test's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sslviz.spec.config import RunConfig
from sslviz.training import RunControl, TrainingRun
from tests.sslviz.training.tiny_runs import Heard, Train


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fsync does cannot be tested without pulling a plug, and a busy disk makes it slow."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Trains a config into a folder of the test and returns what was heard."""

    def run(
        config: RunConfig, folder: str = "run", control: RunControl | None = None, when: Any = None, **options: Any
    ) -> Heard:
        heard = Heard(when) if when else Heard()
        TrainingRun("a", config, tmp_path / folder, heard, control or RunControl(), **options).run()
        return heard

    return run


@pytest.fixture
def resume(tmp_path: Path) -> Train:
    """Goes on with a run of the test."""

    def run(
        folder: str = "run", steps: int = 0, control: RunControl | None = None, when: Any = None, **options: Any
    ) -> Heard:
        heard = Heard(when) if when else Heard()
        TrainingRun.resume("a", tmp_path / folder, heard, control or RunControl(), steps, **options).run()
        return heard

    return run
