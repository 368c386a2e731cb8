"""features: every image's, whatever happens on the way, and never twice."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import sslviz.engine.models
from sslviz.cli import feature_file, features
from sslviz.cli.feature_file import FeatureFile, is_finished
from sslviz.inspect.model import Model
from sslviz.spec.errors import SpecError
from tests.sslviz.inspect import networks


@pytest.fixture
def model(monkeypatch):
    """One small random network instead of a file."""
    made = {"model": networks.transformer()}
    monkeypatch.setattr(sslviz.engine.models, "open_reference", lambda ref: made["model"])
    return made


@pytest.fixture
def compute(command, model, tmp_path):
    """Runs the command quietly, into features.npz."""

    def run(data, *words):
        return command("features", "vit", data, "--out", tmp_path / "features.npz", "--quiet", *words)

    return run


@pytest.fixture
def out(tmp_path):
    return tmp_path / "features.npz"


@pytest.fixture
def classes(tmp_path):
    """Five pictures in two classes, one of which is no picture."""
    noise = np.random.default_rng(0)
    for k, (folder, name) in enumerate(
        [("cats", "a.png"), ("cats", "b.png"), ("dogs", "c.png"), ("dogs", "d.png"), ("dogs", "e.png")]
    ):
        path = tmp_path / "photos" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (30 + k, 40, 3), np.uint8)).save(path)
    (tmp_path / "photos" / "cats" / "b.png").write_text("not a picture")
    return tmp_path / "photos"


def test_a_folder_with_its_labels_names_and_what_could_not_be_read(compute, out, classes, model):
    result = compute(classes, "--tokens", "cls,patches,pooled", "--batch", "2")
    assert result.code == 0, result.err
    assert "Wrote" in result.out
    assert "left out cats/b.png: not an image" in result.err
    with np.load(out) as file:
        assert {name: file[name].shape for name in ("cls", "pooled", "patches")} == {
            "cls": (4, 24),
            "pooled": (4, 24),
            "patches": (4, 4, 4, 24),
        }
        assert file["names"].tolist() == ["cats/a.png", "dogs/c.png", "dogs/d.png", "dogs/e.png"]
        assert file["labels"].tolist() == [0, 1, 1, 1]
        assert file["class_names"].tolist() == ["cats", "dogs"]
        assert file["skipped"].tolist() == ["cats/b.png"]
        settings = json.loads(str(file["settings"]))
        pooled = file["pooled"]
    assert settings["sha256"] == "ab" * 32
    assert settings["size"] == [32, 32]
    seen = Image.open(classes / "dogs" / "d.png").resize(
        (32, 32), Image.Resampling.BICUBIC, box=(3.5, 0, 36.5, 33), reducing_gap=3.0
    )
    image = torch.from_numpy(np.asarray(seen).transpose(2, 0, 1).copy())[None]
    np.testing.assert_allclose(pooled[2], model["model"].features(image).pooled[0].numpy(), atol=1e-5)


def test_a_data_set_has_its_halves_and_factors(compute, out):
    assert compute("shapes", "--set", "data.preset=lesson", "--set", "data.count=20", "--layer", "1").code == 0
    with np.load(out) as file:
        assert file["split"].tolist() == ["train"] * 18 + ["val"] * 2
        assert {"factor_shape", "factor_hue"} <= set(file.files)
        assert len(file["pooled"]) == len(file["labels"]) == len(file["factor_hue"]) == 20
        assert file["names"][18] == "val 0"


def test_a_finished_file_is_made_again_only_for_other_settings(compute, out, pictures, model):
    folder = pictures(3)
    compute(folder)
    first = out.stat().st_mtime_ns
    assert "holds these features already" in compute(folder, "--batch", "1").out
    assert out.stat().st_mtime_ns == first
    for words in (("--layer", "2"), ("--size", "40"), ("--fit", "pad")):
        assert "Wrote" in compute(folder, *words).out
    Image.new("RGB", (20, 20)).save(folder / "new.png")
    assert "4 images" in compute(folder, "--fit", "pad").out
    other = networks.transformer(5)
    about = dataclasses.replace(other.describe(), sha256="cd" * 32)
    model["model"] = Model(dataclasses.replace(other.loaded, description=about))
    assert "Wrote" in compute(folder, "--fit", "pad").out  # the same name, another network


def test_interrupted_work_goes_on_where_it_was(compute, out, pictures, model, monkeypatch):
    folder, whole = pictures(7), None
    compute(folder, "--batch", "2")
    with np.load(out) as file:
        whole = file["pooled"]
    out.unlink()
    seen = interrupted_after(2, monkeypatch)
    result = compute(folder, "--batch", "2")
    assert result.code == 130
    assert result.err == "error: Interrupted after 4 of 7 images.\nThe same command goes on from there.\n"
    assert not out.exists()
    monkeypatch.undo()
    monkeypatch.setattr(sslviz.engine.models, "open_reference", lambda ref: model["model"])
    seen.clear()
    counted = features._Recipe.rows
    monkeypatch.setattr(
        features._Recipe, "rows", lambda self, pixels: seen.append(len(pixels)) or counted(self, pixels)
    )
    assert compute(folder, "--batch", "2").code == 0
    assert seen == [1, 2, 1]  # one grey picture to learn the shapes, then images 4 to 6
    with np.load(out) as file:
        np.testing.assert_array_equal(file["pooled"], whole)
        assert file["names"].tolist() == [f"{k}.png" for k in range(7)]
    assert not out.with_name("features.npz.part").exists()


def interrupted_after(batches, monkeypatch):
    """Ctrl-C while batch number `batches` + 1 is computed."""
    done, original = [], features._Recipe.rows

    def rows(self, pixels):
        if len(done) == batches + 1:  # one more call asks for the shapes
            raise KeyboardInterrupt
        done.append(1)
        return original(self, pixels)

    monkeypatch.setattr(features._Recipe, "rows", rows)
    return done


def test_what_was_left_of_other_settings_is_not_used(compute, out, pictures, model, monkeypatch):
    folder = pictures(5)
    interrupted_after(1, monkeypatch)
    compute(folder, "--batch", "2")
    monkeypatch.undo()
    monkeypatch.setattr(sslviz.engine.models, "open_reference", lambda ref: model["model"])
    compute(folder, "--layer", "1")
    with np.load(out) as file:
        assert len(file["pooled"]) == 5
        assert json.loads(str(file["settings"]))["layer"] == 1


def test_rows_that_a_crash_left_half_written_are_cut_off(out):
    shapes = {"pooled": (2,)}
    file = FeatureFile(out, {"a": 1}, shapes)
    file.append({"pooled": np.ones((3, 2), np.float32)}, 4, [(1, "broken")])
    file.save()
    file.append({"pooled": np.full((2, 2), 9, np.float32)}, 2)
    for handle in file._files.values():
        handle.close()  # state.json still speaks of three rows
    again = FeatureFile(out, {"a": 1}, shapes)
    assert again.seen == 4
    assert list(again.skipped) == [(1, "broken")]
    again.append({"pooled": np.zeros((1, 2), np.float32)}, 1)
    again.finish({"names": np.array(["x"] * 4)})
    with np.load(out) as made:
        assert made["pooled"].tolist() == [[1, 1]] * 3 + [[0, 0]]
    assert is_finished(out, {"a": 1})
    assert not is_finished(out, {"a": 2})


def test_a_spoilt_state_begins_anew(out):
    file = FeatureFile(out, {}, {"pooled": (2,)})
    file.append({"pooled": np.ones((3, 2), np.float32)}, 3)
    file.close()
    state = out.with_name("features.npz.part") / "state.json"
    state.write_text("{")
    assert FeatureFile(out, {}, {"pooled": (2,)}).seen == 0
    state.write_text(json.dumps({"settings": {}, "seen": 9, "rows": 9, "skipped": []}))  # more than there is
    assert FeatureFile(out, {}, {"pooled": (2,)}).seen == 0


def test_a_disk_without_room_is_told_before_anything_is_computed(out, monkeypatch):
    usage = shutil.disk_usage(out.parent)._replace(free=1_000)
    monkeypatch.setattr(feature_file.shutil, "disk_usage", lambda path: usage)
    FeatureFile(out, {}, {"pooled": (2,)}).require_room(50)
    with pytest.raises(SpecError, match="need 16 KB of disk"):
        FeatureFile(out, {}, {"patches": (10, 20)}).require_room(10)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("PHOTOS", "--out", "features.csv"), "no .npz file"),
        (("PHOTOS", "--out", "nowhere/features.npz"), "There is no folder"),
        (("PHOTOS", "--tokens", "words"), "no tokens called 'words'"),
        (("PHOTOS", "--tokens", "registers"), "has no registers"),
        (("PHOTOS", "--tokens", ""), "No tokens"),
        (("PHOTOS", "--layer", "1,2"), "of one layer"),
        (("PHOTOS", "--layer", "9"), "no layer 9"),
        (("PHOTOS", "--batch", "0"), "batch of 0"),
        (("nowhere",), "no data set, folder or zip"),
        (("EMPTY",), "holds no images"),
        (("BROKEN",), "No image could be read"),
        (("PHOTOS", "--out", "TAKEN"), "no features that this command has made"),
    ],
)
def test_what_cannot_be_is_refused(command, model, pictures, tmp_path, words, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_text("no")
    (tmp_path / "taken.npz").write_text("my thesis")
    places = {
        "PHOTOS": pictures(2),
        "EMPTY": tmp_path / "empty",
        "BROKEN": tmp_path / "broken",
        "TAKEN": tmp_path / "taken.npz",
    }
    given = [places.get(word, word) for word in words]
    if "--out" not in words:
        given += ["--out", tmp_path / "features.npz"]
    result = command("features", "vit", *given, "--quiet")
    assert result.code in (1, 2)
    assert said in result.err, result.err
    assert (tmp_path / "taken.npz").read_text() == "my thesis"
