"""The tiny lesson's experiment, carried out once for all tests of the room. Not to be written to."""

import pytest

from sslviz.lessons.verify import Experiment, verify
from sslviz.training import RunControl, TrainingRun
from tests.sslviz.lessons.tiny_lesson import CATALOGUE, tiny_lesson


def train(config, folder):
    TrainingRun("run", config, folder, lambda event: None, RunControl()).run()


@pytest.fixture(scope="session")
def experiment(tmp_path_factory):
    """Trained with seeds 0 and 1, and verified."""
    folder = tmp_path_factory.mktemp("lesson")
    experiment = Experiment(tiny_lesson(folder), CATALOGUE, folder / "runs", train)
    return experiment, verify(experiment, 2)
