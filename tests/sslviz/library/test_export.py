"""A run becomes a model: it opens, it is what it was, it is small, and its card can be believed."""

import dataclasses

import numpy as np
import pytest
import torch

from sslviz.data import load_data
from sslviz.evaluate import subject_from_folder
from sslviz.library.errors import LibraryError
from sslviz.library.export import Label, export
from sslviz.library.record import telling, thinned
from sslviz.library.weights import halved, sha256_of
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.card import NAME, WEIGHTS, from_toml, to_toml
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.errors import SpecError
from sslviz.training import RunControl, TrainingRun
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.metrics_file import MetricsTable, read_metrics


@pytest.fixture(scope="module")
def config() -> RunConfig:
    data = DataConfig(image_size=16, dials={"preset": "lesson", "count": 200})
    views = Augmentation("tiny", (ViewRecipe(count=2),))
    return RunConfig(
        "simclr", {"dim": 8, "width": 8}, data, "vit_d64", views, batch_size=16, steps=6, threads=1, snapshots=5
    )


@pytest.fixture(scope="module")
def made(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    TrainingRun("a", config, folder / "run", lambda _event: None, RunControl()).run()
    splits = load_data(config.data)
    card = export(folder / "run", folder / "model", Label("model", "A model", ("small",), 2, 1), splits)
    return folder, card, splits


def test_the_model_is_the_run_at_half_size(made):
    folder, card, splits = made
    ours = subject_from_folder(folder / "model", splits)
    run = subject_from_folder(folder / "run", splits)
    assert ours.step == run.step == 6
    for name, weight in run.method.state_dict().items():
        assert torch.allclose(ours.method.state_dict()[name].float(), weight.float(), rtol=1e-3, atol=1e-5), name
    assert (folder / "model" / WEIGHTS).stat().st_size < 0.6 * (
        folder / "run" / "checkpoint.safetensors"
    ).stat().st_size / 3 * 2
    assert card.sha256 == sha256_of(folder / "model" / WEIGHTS)
    assert len(snapshot_steps_in(folder / "model")) == 2


def test_the_card_names_model_and_baselines_with_intervals(made):
    folder, card, _ = made
    assert from_toml((folder / "model" / NAME).read_text()) == card
    models = {metric.model for metric in card.metrics if metric.measure.startswith("knn")}
    assert {"this run", "random weights", "raw pixels"} <= models
    assert {metric.model for metric in card.metrics if metric.measure == "object AUROC"} == {
        "this run",
        "random weights",
    }
    assert all(metric.lo <= metric.value <= metric.hi for metric in card.metrics)
    assert card.steps == 6
    assert card.command == "sslviz train --config models/model/run.toml --out runs/model"


def test_a_folder_in_use_is_not_overwritten(made):
    folder, _, splits = made
    with pytest.raises(LibraryError, match="is not empty"):
        export(folder / "run", folder / "model", Label("x", "x"), splits)


def test_thinning_keeps_the_ends_and_what_was_measured():
    steps = np.arange(1_000)
    values = np.full((1_000, 2), np.nan)
    values[:, 0] = steps
    values[::50, 1] = 1.0
    kept = thinned(MetricsTable(("loss", "alignment"), steps, values), 100)
    assert len(kept.steps) <= 201
    assert {0, 999, 50, 950} <= set(kept.steps.tolist())
    assert kept.steps[-100:].tolist() == list(range(900, 1_000))  # the card's loss can be found from them
    assert thinned(kept, 100) is not None
    assert (kept.values[:, 0] == kept.steps).all()


def test_snapshots_are_the_untrained_one_and_late_ones():
    assert telling((0, 1, 2, 3, 6, 12, 22, 40, 74, 137, 253, 468, 865, 1600), 6) == [0, 40, 74, 137, 468, 865]
    assert telling((0, 6), 6) == [0]
    assert telling((0, 3, 6), 1) == [0]
    assert telling((6,), 3) == []
    assert telling((0, 3, 6), 0) == []


def test_the_record_reads_like_any_other(made):
    folder, _, _ = made
    ours, run = read_metrics(folder / "model"), read_metrics(folder / "run")
    assert ours.problem == ""
    assert ours.names == run.names
    assert (ours.steps == run.steps).all()


def test_weights_that_do_not_fit_half_precision_are_refused():
    with pytest.raises(LibraryError, match="too large"):
        halved({"w": torch.full((2, 2), 1e6)})
    kept = halved({"bias": torch.full((2,), 1e6), "steps": torch.tensor(3), "w": torch.ones(2, 2)})
    assert [kept[name].dtype for name in ("bias", "steps", "w")] == [torch.float32, torch.int64, torch.float16]


def test_a_card_that_is_none_says_so(made):
    _, card, _ = made
    with pytest.raises(SpecError, match="describes no model"):
        from_toml("name = 3")
    assert from_toml(to_toml(dataclasses.replace(card, minutes=1.5))).minutes == 1.5
