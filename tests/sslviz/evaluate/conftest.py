"""A tiny trained run and its images."""

from __future__ import annotations

from pathlib import Path

import pytest

from sslviz.data import Splits, load_data
from sslviz.evaluate import Subject, subject_from_folder
from sslviz.spec.events import Finished
from sslviz.training import RunControl, TrainingRun
from tests.sslviz.training.tiny_runs import Heard, tiny


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 6 steps on 120 shapes of 16 px; not to be written to."""
    folder, heard = tmp_path_factory.mktemp("evaluated") / "run", Heard()
    TrainingRun("a", tiny(6), folder, heard, RunControl()).run()
    assert isinstance(heard.end, Finished)
    assert heard.end.state == "finished"
    return folder


@pytest.fixture(scope="session")
def splits() -> Splits:
    return load_data(tiny().data)


@pytest.fixture
def subject(run_folder: Path, splits: Splits) -> Subject:
    return subject_from_folder(run_folder, splits)
