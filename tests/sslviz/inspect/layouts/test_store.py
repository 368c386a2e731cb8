"""What was laid out comes back as it was; what cannot be used is told and computed anew; the folder stays small."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from sslviz.inspect.layouts import LayoutStore, lay_out_once, lay_out_run_once
from sslviz.inspect.layouts import store as room
from sslviz.inspect.layouts.store import DAMAGED, key_of
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import doubled, features

UMAP = LayoutPlan("umap", neighbours=5)


@pytest.fixture
def store(tmp_path):
    return LayoutStore(tmp_path / "layouts")


class Counted:
    """`doubled`, counted."""

    def __init__(self):
        self.times = 0

    def __call__(self, *given):
        self.times += 1
        return doubled(*given)


def test_a_layout_is_computed_once(store):
    fit, values = Counted(), features(20)
    values[4] = values[2]
    first = lay_out_once(store, "m", values, UMAP, fit=fit)
    again = lay_out_once(LayoutStore(store._folder), "m", values, UMAP, fit=fit)
    assert fit.times == 1
    assert (first.stored, again.stored) == (False, True)
    np.testing.assert_array_equal(first.points, again.points)
    assert (again.kept, again.repeated, again.notes) == (first.kept, 1, first.notes)


def test_a_run_is_computed_once(store):
    fit, frames = Counted(), [features(20), features(20, seed=1)]
    first = lay_out_run_once(store, ["a", "b"], frames, UMAP, fit=fit)
    again = lay_out_run_once(store, ["a", "b"], frames, UMAP, fit=fit)
    assert fit.times == 2
    np.testing.assert_array_equal(first.points, again.points)
    assert (first.stored, again.stored) == (False, True)


def test_a_run_of_one_snapshot_is_not_taken_for_a_model(store):
    lay_out_once(store, "a", features(20), UMAP, fit=doubled)
    assert store.find_run(["a"], UMAP, 20) == (None, "")


def test_pca_is_quicker_computed_than_read(store):
    assert not lay_out_once(store, "m", features(20), LayoutPlan()).stored
    assert not lay_out_run_once(store, ["m"], [features(20)], LayoutPlan()).stored
    assert not store._folder.exists()


def test_what_matters_makes_another_key_and_what_does_not_makes_none():
    key = key_of("m", UMAP)
    others = [
        key_of("n", UMAP), key_of(["m"], UMAP), key_of("m", replace(UMAP, seed=1)), key_of("m", replace(UMAP, neighbours=6)),
        key_of("m", replace(UMAP, metric="euclidean")), key_of("m", replace(UMAP, method="tsne")),
    ]  # fmt: skip
    assert len({key, *others}) == 1 + len(others)
    assert key_of("m", replace(UMAP, perplexity=99.0)) == key
    assert key_of("m", LayoutPlan("tsne", neighbours=3)) == key_of("m", LayoutPlan("tsne"))


def test_another_version_of_a_library_makes_another_key(monkeypatch):
    key = key_of("m", UMAP)
    monkeypatch.setattr(room, "version", lambda name: "99")
    assert key_of("m", UMAP) != key


@pytest.mark.parametrize("mark", ["", [], ["a", ""]])
def test_features_without_a_mark_are_not_kept(mark):
    with pytest.raises(ValueError, match="without a mark"):
        key_of(mark, UMAP)


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def flipped(path):
    data = bytearray(path.read_bytes())
    data[data.index(b"points.npy") + 200] ^= 0xFF
    path.write_bytes(data)


def emptied(path):
    path.write_bytes(b"")


def pickled(path):
    with path.open("wb") as file:
        np.savez(file, about=np.array([{}], object), points=np.zeros((20, 2), np.float32))


def older(path):
    with np.load(path) as file:
        about, points = file["about"].tobytes(), file["points"]
    with path.open("wb") as file:
        np.savez(file, about=np.frombuffer(about.replace(b'"format":1', b'"format":0'), np.uint8), points=points)


def swapped(path):
    with np.load(path) as file:
        about, points = file["about"], file["points"]
    with path.open("wb") as file:
        np.savez(file, about=about, points=points[:-1])


def not_finite(path):
    with np.load(path) as file:
        about, points = file["about"], file["points"].copy()
    points[3] = np.nan
    with path.open("wb") as file:
        np.savez(file, about=about, points=points)


@pytest.mark.parametrize("harm", [cut, flipped, emptied, pickled, older, swapped, not_finite])
def test_a_file_that_cannot_be_used_is_computed_anew_and_told(store, harm):
    first = lay_out_once(store, "m", features(20), UMAP, fit=doubled)
    (path,) = store._folder.iterdir()
    harm(path)
    again = lay_out_once(store, "m", features(20), UMAP, fit=doubled)
    np.testing.assert_array_equal(again.points, first.points)
    assert not again.stored
    assert again.notes == (DAMAGED,)
    assert lay_out_once(store, "m", features(20), UMAP, fit=doubled).stored


def test_no_damage_is_a_crash_or_another_map(store):
    first = lay_out_once(store, "m", features(20), UMAP, fit=doubled)
    (path,) = store._folder.iterdir()
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.choice(len(whole), 300, replace=False):
        harmed = bytearray(whole)
        harmed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(harmed)
        found, note = store.find("m", UMAP, 20)
        assert (found is None) == (note == DAMAGED)
        if found is not None:  # bits of dates and the like
            np.testing.assert_array_equal(found.points, first.points)


def test_the_least_recently_used_go_first(tmp_path):
    store = LayoutStore(tmp_path, keep_bytes=2_500)  # three of about 800 bytes
    for age, mark in enumerate("abc"):
        lay_out_once(store, mark, features(20), UMAP, fit=doubled)
        os.utime(tmp_path / f"{key_of(mark, UMAP)}.npz", (1_000 + age, 1_000 + age))
    store.find("a", UMAP, 20)  # used just now
    (tmp_path / "left.npz.12345678.part").write_bytes(bytes(100))
    os.utime(tmp_path / "left.npz.12345678.part", (1, 1))
    lay_out_once(store, "d", features(20), UMAP, fit=doubled)
    kept = {path.name.removesuffix(".npz") for path in tmp_path.iterdir()}
    assert kept == {key_of(mark, UMAP) for mark in "acd"}


def test_the_newest_is_kept_however_large(tmp_path):
    store = LayoutStore(tmp_path, keep_bytes=10)
    for mark in "ab":
        lay_out_once(store, mark, features(20), UMAP, fit=doubled)
    assert [path.name for path in tmp_path.iterdir()] == [f"{key_of('b', UMAP)}.npz"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = LayoutStore(tmp_path / "file" / "layouts")
    assert not lay_out_once(store, "m", features(20), UMAP, fit=doubled).stored
    assert not lay_out_once(store, "m", features(20), UMAP, fit=doubled).stored
