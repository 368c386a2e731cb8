"""What else stands on a card: another preset, photographs, a supervised network, other seeds; and what cannot stand there."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from sslviz.evaluate import EvaluationError, subject_from_folder
from sslviz.library.beside import Beside, on_photographs, on_preset, require_beside, stand_beside
from sslviz.library.errors import LibraryError
from sslviz.library.scenes import photographs, scenes
from sslviz.training.run_file import Environment, write_run_file


@pytest.fixture(scope="module")
def subject(made):
    return subject_from_folder(made.model, made.splits)


@pytest.fixture(scope="module", autouse=True)
def few_scenes():
    """Few enough for a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sslviz.library.scenes.SCENES", 40)
        yield


@pytest.fixture
def red(tmp_path):
    """Photographs of nothing but red."""
    for k in range(6):
        Image.new("RGB", (16, 16), (250, k, 0)).save(tmp_path / f"{k}.png")
    return tmp_path


def test_scenes_may_have_a_size_of_their_own(subject):
    assert np.asarray(scenes("plain@48", subject.splits, 0).images).shape[2:] == (48, 48)
    with pytest.raises(LibraryError, match="no size"):
        scenes("plain@large", subject.splits, 0)


def test_scenes_of_another_preset_are_measured_beside_random_weights(subject):
    drawn = scenes("mixed", subject.splits, 0)
    assert drawn.images.shape == (40, 3, 16, 16)
    rows = on_preset(subject, "mixed")
    assert {row.model for row in rows} == {"this run", "random weights"}
    assert {row.images for row in rows} == {"shapes:mixed"}
    assert rows[0].measure == "object AUROC on mixed"


def test_shapes_are_pasted_where_the_masks_are(subject, red):
    pasted = photographs(str(red), subject.splits, 0)
    masks = np.asarray(pasted.masks) > 0
    images = np.asarray(pasted.images)
    assert (images[:, 0][~masks] == 250).all()
    plain = np.asarray(scenes("plain", subject.splits, 0).images)
    assert (images[:, 0][masks] == plain[:, 0][masks]).all()
    rows = on_photographs(subject, str(red))
    assert rows[0].images == f"photographs:{red.name}"
    assert f"photographs of {red.name}" in rows[0].note


def test_a_model_that_is_on_the_shelf_is_a_baseline_without_being_measured_again(subject, made, monkeypatch):
    monkeypatch.setattr("sslviz.library.beside.measure", None)
    rows = stand_beside(subject, Beside(supervised=made.model), 1)
    assert {row.model for row in rows} == {"supervised"}
    own = {row.measure: row.value for row in made.card.metrics if row.model == "this run"}
    assert {row.measure: row.value for row in rows} == {name: value for name, value in own.items() if name != "loss"}


def test_a_run_is_measured_by_the_same_protocol(subject, made):
    rows = stand_beside(subject, Beside(supervised=made.run), 1)
    own = {row.measure: row.value for row in made.card.metrics if row.model == "this run"}
    for row in rows:
        assert row.model == "supervised"
        assert row.value == pytest.approx(own[row.measure], abs=5e-3)


def test_another_seed_stands_under_its_number(subject, made, config):
    rows = stand_beside(subject, Beside(seeds=(made.run,)), 1)
    assert {row.model for row in rows} == {"seed 0"}
    assert {"knn on h: class", "object AUROC"} <= {row.measure for row in rows}


def test_what_is_no_baseline_is_refused(made, config, tmp_path):
    with pytest.raises(LibraryError, match="trained by simclr, without labels"):
        require_beside(config, Beside(supervised=made.run))
    other = dataclasses.replace(config, method="supervised", params={}, backbone="resnet_w16")
    write_run_file(tmp_path, other, Environment())
    with pytest.raises(LibraryError, match="has the backbone resnet_w16, and this run vit_d64"):
        require_beside(config, Beside(supervised=tmp_path))
    with pytest.raises(LibraryError, match="not this run with another seed"):
        require_beside(config, Beside(seeds=(made.run,)))  # the same seed
    with pytest.raises(LibraryError, match="not this run with another seed"):
        require_beside(config, Beside(seeds=(tmp_path,)))
    write_run_file(tmp_path, dataclasses.replace(config, seed=3, threads=2), Environment())
    require_beside(config, Beside(seeds=(tmp_path,), presets=("mixed",)))
    with pytest.raises(LibraryError, match="this run's own"):
        require_beside(config, Beside(presets=("lesson",)))


def test_factors_stand_on_a_card_beside_random_weights_and_are_found_again(subject):
    rows = stand_beside(subject, Beside(factors=("shape",)), 1)
    assert {(row.measure, row.model) for row in rows} == {
        ("factors on h: shape", "this run"),
        ("factors on h: shape", "random weights"),
        ("factors on pixels 16 × 16: shape", "raw pixels"),
    }
    with pytest.raises(EvaluationError, match="no factor called 'shap'"):
        stand_beside(subject, Beside(factors=("shap",)), 1)
