"""A run becomes a model: it opens, it is what it was, it is small, and its card can be believed."""

import dataclasses

import pytest
import torch

from sslviz.evaluate import subject_from_folder
from sslviz.library.errors import LibraryError
from sslviz.library.export import UNTRAINED, Label, export, licences
from sslviz.library.picture import LARGEST, SIDE
from sslviz.library.picture import NAME as PICTURE
from sslviz.library.weights import halved, sha256_of
from sslviz.spec.card import NAME, WEIGHTS, from_toml, telling, to_toml
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Finished
from sslviz.training.journal import read_journal
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.metrics_file import read_metrics


def test_the_model_is_the_run_at_half_size(made):
    ours, run = (subject_from_folder(folder, made.splits) for folder in (made.model, made.run))
    assert ours.step == run.step == 6
    for name, weight in run.method.state_dict().items():
        assert torch.allclose(ours.method.state_dict()[name].float(), weight.float(), rtol=1e-3, atol=1e-5), name
    whole = (made.run / "checkpoint.safetensors").stat().st_size  # weights and two moments of each
    assert (made.model / WEIGHTS).stat().st_size < 0.6 * whole / 3 * 2
    assert made.card.sha256 == sha256_of(made.model / WEIGHTS)
    assert len(snapshot_steps_in(made.model)) == 2


def test_the_card_names_model_and_baselines_with_intervals(made):
    card = made.card
    assert from_toml((made.model / NAME).read_text()) == card
    models = {metric.model for metric in card.metrics if metric.measure.startswith("knn")}
    assert {"this run", "random weights", "raw pixels"} <= models
    assert {m.model for m in card.metrics if m.measure == "object AUROC"} == {"this run", "random weights"}
    assert all(metric.lo <= metric.value <= metric.hi for metric in card.metrics)
    assert card.steps == 6
    assert card.command == "sslviz train --config models/model/run.toml --out runs/model"
    assert (card.fingerprint, card.seeds, card.collapsed) == (made.splits.fingerprint, 1, "")


def test_one_number_tells_a_model_from_random_weights(made):
    own = next(m for m in made.card.metrics if m.measure == "knn on h: class" and m.model == "this run")
    assert telling(made.card).startswith(f"kNN {100 * own.value:.1f} % (random weights ")
    assert telling(dataclasses.replace(made.card, method="dino")).startswith("object AUROC 0.")
    assert telling(dataclasses.replace(made.card, metrics=())) == ""


def test_a_folder_in_use_is_not_overwritten(made):
    with pytest.raises(LibraryError, match="is not empty"):
        export(made.run, made.model, Label("x", "x"), made.splits)


def test_an_untrained_model_says_so_and_has_no_record_of_what_came_later(made, tmp_path):
    label = Label("model", "Random", ("small",), 2, 1, step=0, collapsed="training")
    card = export(made.run, tmp_path / "model", label, made.splits)
    assert (card.steps, card.minutes, card.weaknesses) == (0, 0.0, (UNTRAINED, "small"))
    assert card.collapsed == "training"
    ours = subject_from_folder(tmp_path / "model", made.splits)
    first = subject_from_folder(made.run, made.splits, 0)
    assert ours.step == 0
    for name, weight in first.method.state_dict().items():
        assert torch.equal(ours.method.state_dict()[name], weight.half().float() if weight.ndim > 1 else weight), name
    assert read_metrics(tmp_path / "model").steps.max() == 0
    assert not (tmp_path / "model" / "peeks.safetensors").exists()
    assert read_journal(tmp_path / "model").events[-1] == Finished("", 0, "stopped", "")
    assert not any(metric.measure == "loss" for metric in card.metrics)


def test_a_picture_says_what_it_is(made):
    picture = (made.model / PICTURE).read_bytes()
    assert picture[:4] == b"\x89PNG"
    assert [int.from_bytes(picture[k : k + 4], "big") for k in (16, 20)] == [SIDE, SIDE]
    assert 1_000 < len(picture) <= LARGEST


def test_a_licence_is_that_of_the_weights_and_names_the_terms_of_the_images():
    assert licences("shapes") == ("MIT, as the program", "made by this program: no restrictions")
    weights, images = licences("cifar10")
    assert images == "none stated; research use"
    assert images in weights
    assert licences("/somewhere/cats.zip") == ("its maker's", "yours")


def test_weights_that_do_not_fit_half_precision_are_refused():
    with pytest.raises(LibraryError, match="too large"):
        halved({"w": torch.full((2, 2), 1e6)})
    kept = halved({"bias": torch.full((2,), 1e6), "steps": torch.tensor(3), "w": torch.ones(2, 2)})
    assert [kept[name].dtype for name in ("bias", "steps", "w")] == [torch.float32, torch.int64, torch.float16]


def test_a_card_that_is_none_says_so(made):
    with pytest.raises(SpecError, match="describes no model"):
        from_toml("name = 3")
    assert from_toml(to_toml(dataclasses.replace(made.card, minutes=1.5))).minutes == 1.5


def test_a_card_of_before_is_still_read(made):
    text = to_toml(made.card)
    new = ("data_licence", "collapsed", "fingerprint", "seeds", "images")
    old = "\n".join(line for line in text.splitlines() if line.partition(" = ")[0] not in new)
    assert from_toml(old).metrics == made.card.metrics
    assert from_toml(old).collapsed == ""
