"""Figures found again: those of the file hold, those that somebody improved do not, and what cannot be checked is said."""

import dataclasses

import pytest

from sslviz.library.shelf import card_of, folders
from sslviz.library.verify import Given, verify
from sslviz.spec.card import NAME, WEIGHTS, Card, CardMetric, to_toml
from sslviz.training.run_file import read_run_file


def change(folder, **changes):
    """The card in `folder` with other fields."""
    (folder / NAME).write_text(to_toml(dataclasses.replace(card_of(folder), **changes)))


def by_name(findings):
    return {(f.metric.measure, f.metric.model): f for f in findings}


@pytest.fixture(scope="module")
def found(made):
    return verify(made.model)


def test_every_figure_of_a_model_is_found_again(made, found):
    assert [f.metric for f in found] == list(made.card.metrics)
    assert [f.holds for f in found] == [True] * len(found)
    for f in found:
        assert f.found == pytest.approx(f.metric.value, abs=2e-4), f.metric.measure


def test_what_is_wrong_missing_or_another_run_s_is_told_apart(own_model):
    card = card_of(own_model)
    better = tuple(
        dataclasses.replace(m, value=m.value + 1, lo=m.lo + 1, hi=m.hi + 1)
        if (m.measure, m.model) == ("knn on h: class", "this run")
        else m
        for m in card.metrics
    )
    further = (
        CardMetric("knn on h: class", "supervised", 0.5, 0.4, 0.6),
        CardMetric("knn on h: class", "seed 1", 0.5, 0.4, 0.6),
        CardMetric("object AUROC on photographs", "this run", 0.9, 0.8, 1.0, images="photographs:x.zip"),
        CardMetric("colour sense", "this run", 0.9, 0.8, 1.0),
    )
    change(own_model, metrics=better + further)
    metrics = (own_model / "metrics.csv").read_text().splitlines(keepends=True)
    (own_model / "metrics.csv").write_text("".join(metrics[:2] + metrics[4:]))  # two steps are gone
    found = by_name(verify(own_model))
    assert found["knn on h: class", "this run"].holds is False
    assert found["knn on pixels: class", "raw pixels"].holds is True
    assert found["loss", "this run"].holds is None
    assert "each of the last 100 steps" in found["loss", "this run"].why
    for model in ("supervised", "seed 1"):
        assert "another run's figure" in found["knn on h: class", model].why
    assert "--photographs" in found["object AUROC on photographs", "this run"].why
    assert "measures nothing of that name" in found["colour sense", "this run"].why


def test_other_weights_do_not_hold(own_model, made):
    """The file of the untrained state under the trained model's card."""
    from sslviz.training.snapshots import snapshot_path

    snapshot_path(own_model, 0).replace(own_model / WEIGHTS)
    found = by_name(verify(own_model, Given(seeds=1)))
    assert found["object AUROC", "this run"].found != pytest.approx(
        next(m.value for m in made.card.metrics if m.measure == "object AUROC" and m.model == "this run"), abs=1e-4
    )


def test_other_images_are_measured_and_not_counted(own_model):
    change(own_model, fingerprint="another")
    found = by_name(verify(own_model))
    assert found["knn on h: class", "this run"].holds is None
    assert found["knn on h: class", "this run"].found is not None
    assert found["knn on h: class", "this run"].why.startswith("these are not the images of the card")
    assert found["loss", "this run"].holds is True


def test_data_that_is_not_there_is_a_finding(own_model):
    path = own_model / "run.toml"
    path.write_text(path.read_text().replace('source = "shapes"', 'source = "nowhere.zip"'))
    found = by_name(verify(own_model))
    assert found["loss", "this run"].holds is True
    assert found["knn on h: class", "this run"].holds is None
    assert "nowhere.zip" in found["knn on h: class", "this run"].why
    assert "--data PATH" in found["knn on h: class", "this run"].why


def cost(folder) -> float:
    """About how long a model takes to verify: its parameters times the pixels that it sees."""
    card: Card = card_of(folder)
    return float(card.parameters * card.image_size[0] * card.image_size[1])


@pytest.mark.slow
def test_the_cheapest_model_that_ships_is_what_its_card_says():
    """Fully: every figure that this machine can find, with one seed, whose value lies within the interval of several."""
    made_here = [folder for folder in folders() if read_run_file(folder)[0].data.source == "shapes"]
    found = verify(min(made_here, key=cost), Given(seeds=1))
    assert [f for f in found if f.holds is False] == []
    assert {"knn on h: class", "linear on h: class"} <= {f.metric.measure for f in found if f.holds}
