"""One small run and the model that it became, for all tests of this room. Not to be written to."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from sslviz.data import Splits, load_data
from sslviz.library.export import Label, export
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.card import Card
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training import RunControl, TrainingRun


@dataclass(frozen=True)
class Made:
    """A run's folder, the folder of its model, the card, and the images."""

    run: Path
    model: Path
    card: Card
    splits: Splits


@pytest.fixture(scope="session")
def config() -> RunConfig:
    data = DataConfig(image_size=16, dials={"preset": "lesson", "count": 200})
    views = Augmentation("tiny", (ViewRecipe(count=2),))
    return RunConfig(
        "simclr", {"dim": 8, "width": 8}, data, "vit_d64", views, batch_size=16, steps=6, threads=1, snapshots=5
    )


@pytest.fixture(scope="session")
def made(config, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("library")
    TrainingRun("a", config, folder / "run", lambda _event: None, RunControl()).run()
    splits = load_data(config.data)
    card = export(folder / "run", folder / "model", Label("model", "A model", ("small",), 2, 1), splits)
    return Made(folder / "run", folder / "model", card, splits)


@pytest.fixture
def own_model(made, tmp_path) -> Path:
    """A copy of the model, to be spoilt."""
    return shutil.copytree(made.model, tmp_path / "model")
