"""Shapes as a data set: splits, cache, dials, and what happens when the cache cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sslviz.data import cache
from sslviz.data.base import Splits
from sslviz.data.errors import DataError
from sslviz.data.shapes import dataset
from sslviz.spec.errors import Cancelled, SpecError

Load = Callable[..., Splits]
SMALL = {"count": 300}


def test_splits_are_one_set_cut_in_two(load: Load) -> None:
    splits = load("shapes", dials=SMALL, image_size=32, val_fraction=0.2, seed=4)
    whole = dataset.generate(dataset.d.chosen(SMALL), 32, 4, np.arange(300))
    assert (len(splits.train), len(splits.val)) == (240, 60)
    for part, rows in ((splits.train, slice(0, 240)), (splits.val, slice(240, 300))):
        np.testing.assert_array_equal(part.images, whole["images"][rows])
        np.testing.assert_array_equal(part.masks, whole["masks"][rows])
        assert part.images.flags.c_contiguous
        assert part.image_size == (32, 32)
        np.testing.assert_array_equal(part.labels, part.factors["background"])
        assert part.class_names == part.factor_names["background"]
        for name, values in part.factors.items():
            np.testing.assert_array_equal(values, whole[f"factor-{name}"][rows])
    assert "seed 4" in splits.note
    assert "60" in splits.note


def test_mean_and_std_are_those_of_the_training_pixels(load: Load) -> None:
    splits = load("shapes", dials=SMALL, image_size=32)
    pixels = splits.train.images.astype(np.float64) / 255
    np.testing.assert_allclose(splits.train.mean, pixels.mean((0, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(splits.train.std, pixels.std((0, 2, 3)), atol=1e-5)
    assert (splits.val.mean, splits.val.std) == (splits.train.mean, splits.train.std)


def test_own_sizes(load: Load) -> None:
    assert load("shapes", dials=SMALL).train.image_size == (64, 64)
    lesson = load("shapes", dials=SMALL | {"preset": "lesson"})
    assert lesson.train.image_size == (32, 32)
    assert lesson.train.factor_names["shape"] == ("circle", "square", "triangle", "star", "cross")


@pytest.mark.parametrize("label", ["shape", "hue", "background"])
def test_the_class_is_the_factor_that_the_dial_names(load: Load, label: str) -> None:
    data = load("shapes", dials=SMALL | {"label": label}, image_size=32).train
    np.testing.assert_array_equal(data.labels, data.factors[label])
    assert data.class_names == data.factor_names[label]


def test_the_second_start_reads_what_the_first_painted(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load("shapes", dials=SMALL, image_size=32)
    monkeypatch.setattr(dataset, "generate", None)
    monkeypatch.setattr("sslviz.data.assemble.mean_std", None)
    second = load("shapes", dials=SMALL, image_size=32)
    np.testing.assert_array_equal(first.train.images, second.train.images)
    assert (first.train.mean, first.fingerprint, first.note) == (second.train.mean, second.fingerprint, second.note)
    with pytest.raises(ValueError, match="read-only"):
        second.train.images[0] = 0


def test_everything_that_changes_pixels_changes_the_fingerprint(load: Load) -> None:
    settings = [{}, {"seed": 1}, {"image_size": 24}, {"dials": SMALL | {"preset": "single"}}, {"dials": SMALL | {"mark": "label"}},
                {"dials": SMALL | {"label": "shape"}}, {"val_fraction": 0.3}, {"dials": {"count": 301}}]  # fmt: skip
    prints = [load("shapes", **({"dials": SMALL, "image_size": 32} | one)).fingerprint for one in settings]
    assert len(set(prints)) == len(settings)


def test_progress_rises_to_one(load: Load) -> None:
    seen: list[tuple[float, str]] = []
    load("shapes", dials=SMALL, image_size=32, progress=lambda *now: seen.append(now))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "300 of 300" in seen[-1][1]


def test_cancelling_leaves_nothing(load: Load, entries: Callable[[], list[str]]) -> None:
    asked = iter([False] * 3 + [True] * 99)
    with pytest.raises(Cancelled):
        load("shapes", dials={"count": 2000}, image_size=32, cancelled=lambda: next(asked))
    assert entries() == []


def test_a_cache_that_cannot_be_written_costs_only_time(
    load: Load, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = load("shapes", dials=SMALL, image_size=32)
    own_cache.parent.joinpath("a file").write_text("in the way")
    monkeypatch.setenv("SSLVIZ_CACHE", str(own_cache.parent / "a file" / "cache"))
    splits = load("shapes", dials=SMALL, image_size=32)
    assert splits.fingerprint == kept.fingerprint
    assert "Not kept for the next start: The cache at" in splits.note


def test_a_set_too_large_for_disk_and_memory_is_refused(load: Load, entries: Callable[[], list[str]]) -> None:
    with pytest.raises(DataError, match=r"The cache needs .* GB and the disk at .* has") as caught:
        load("shapes", dials={"count": 2_000_000}, image_size=512)
    assert "SSLVIZ_CACHE" in caught.value.hint
    assert entries() == []


def test_old_generated_sets_make_room_but_decoded_ones_stay(
    load: Load, monkeypatch: pytest.MonkeyPatch, entries: Callable[[], list[str]]
) -> None:
    with cache.write("folder-of-someone") as writer:
        writer.append(images=np.zeros((9, 3, 400, 400), np.uint8))
    monkeypatch.setattr(dataset, "_KEEP_BYTES", 3_500_000)  # two sets of 1.2 MB and the one being made
    for seed in range(5):
        load("shapes", dials=SMALL, image_size=32, seed=seed)
    assert len([name for name in entries() if name.startswith("shapes-")]) <= 3
    assert "folder-of-someone" in entries()


@pytest.mark.parametrize(
    "settings", [{"dials": {"count": 1}}, {"dials": {"nonsense": 1}}, {"image_size": 9999}, {"val_fraction": 0.9}]
)
def test_numbers_out_of_range(load: Load, settings: dict[str, object]) -> None:
    with pytest.raises(SpecError):
        load("shapes", **settings)


def test_images_too_small_to_train_on(load: Load) -> None:
    with pytest.raises(DataError, match="4 px are too small"):
        load("shapes", image_size=4)


@pytest.mark.parametrize(
    ("dials", "factor"),
    [
        ({"preset": "single"}, "background"),
        ({"preset": "mixed"}, "hue"),
        ({"preset": "plain"}, "hue"),
        ({"background": "rays"}, "hue"),
    ],
)
def test_the_class_is_what_tells_images_apart(load: Load, dials: dict[str, str], factor: str) -> None:
    data = load("shapes", dials=SMALL | dials, image_size=32).train
    np.testing.assert_array_equal(data.labels, data.factors[factor])
    assert data.class_names == data.factor_names[factor]
