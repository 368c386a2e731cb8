"""Folders and zips from end to end: what becomes of good ones."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.data.base import ImageData, Splits
from sslviz.data.folder import dataset
from sslviz.spec.errors import Cancelled, SpecError

Load = Callable[..., Splits]
Make = Callable[..., Path]
Picture = Callable[..., bytes]
ROOT = Path(__file__).parents[4]
CIFAR = Path(os.environ.get("SSLVIZ_TEST_ZIP") or ROOT.parent / "shared" / "data" / "cifar10.zip")
"""55,000 JPEGs as train/CLASS/x.jpg and test/CLASS/x.jpg."""


def classes(*counts: int, prefix: str = "") -> dict[str, int]:
    """Names to seeds: as many pictures in class a, b, c ... as said."""
    return {f"{prefix}{'abcdefgh'[c]}/{k}.png": 1000 * c + k for c, count in enumerate(counts) for k in range(count)}


def by_label(data: ImageData) -> dict[str, int]:
    assert data.labels is not None
    return {name: int((data.labels == k).sum()) for k, name in enumerate(data.class_names)}


@pytest.fixture(params=["folder", "zip"])
def put(request: pytest.FixtureRequest, folder: Make, zipped: Make) -> Make:
    """Either way to hand in the same files."""
    return folder if request.param == "folder" else zipped


def test_class_folders_are_split_by_seed_and_class(put: Make, load: Load) -> None:
    path = put(classes(40, 20))
    splits = load(path, val_fraction=0.2, seed=3)
    assert by_label(splits.train) == {"a": 32, "b": 16}
    assert by_label(splits.val) == {"a": 8, "b": 4}
    assert splits.train.image_size == (12, 12)
    assert "48 for training, 12 for validation, drawn with seed 3, from every class alike" in splits.note
    assert "no split folders" in splits.note
    again, other = load(path, val_fraction=0.2, seed=3), load(path, val_fraction=0.2, seed=4)
    assert again.fingerprint == splits.fingerprint != other.fingerprint


def test_pixels_and_labels_belong_together(put: Make, load: Load, picture: Picture) -> None:
    """Each picture has a colour of its own, from which its class is known."""
    files = {f"{'xyz'[k % 3]}/{k}.png": picture(colour=(k, 255 - k, 100 * (k % 3))) for k in range(90)}
    splits = load(put(files))
    seen = []
    for part in (splits.train, splits.val):
        assert part.images.flags.c_contiguous
        for image, label in zip(part.images, part.labels, strict=True):
            assert np.ptp(image, axis=(1, 2)).max() == 0
            red, green, blue = image[:, 0, 0].tolist()
            assert (green, blue) == (255 - red, 100 * label)
            seen.append(red)
    assert sorted(seen) == list(range(90))


@pytest.mark.parametrize("top", ["", "My Data/"])
def test_splits_of_the_folder_are_kept(put: Make, load: Load, top: str) -> None:
    files = (
        classes(9, 9, prefix=f"{top}Train/") | classes(3, 2, prefix=f"{top}VAL/") | classes(4, 4, prefix=f"{top}test/")
    )
    splits = load(put(files))
    assert by_label(splits.train) == {"a": 9, "b": 9}
    assert by_label(splits.val) == {"a": 3, "b": 2}
    assert "Split by folder: 18 for training, 5 for validation; the 8 of test are left aside" in splits.note


def test_test_serves_for_validation_where_there_is_no_val(put: Make, load: Load) -> None:
    splits = load(put(classes(9, 9, prefix="train/") | classes(3, 2, prefix="test/")))
    assert (len(splits.train), len(splits.val)) == (18, 5)
    assert "there is no val folder, so test serves" in splits.note


def test_train_alone_and_no_train(put: Make, load: Load) -> None:
    alone = load(put(classes(20, 20, prefix="train/"), "alone.zip"))
    assert (len(alone.train), len(alone.val)) == (36, 4)
    assert "Nothing to validate on lies beside train" in alone.note
    none = load(put(classes(10, 10, prefix="val/") | classes(10, 10, prefix="test/"), "none.zip"))
    assert (len(none.train), len(none.val)) == (36, 4)
    assert none.train.class_names == ("a", "b")
    assert "no train folder, so all were pooled" in none.note


def test_flat_pictures_have_no_classes(put: Make, load: Load) -> None:
    splits = load(put({f"{k}.png": k for k in range(30)}))
    assert splits.train.labels is None
    assert splits.val.labels is None
    assert splits.train.class_names == ()
    assert (len(splits.train), len(splits.val)) == (27, 3)
    assert "no classes" in splits.note


def test_zip_and_folder_of_the_same_files_are_the_same_data(folder: Make, zipped: Make, load: Load) -> None:
    files = classes(9, 12)
    assert load(folder(files)).fingerprint == load(zipped(files)).fingerprint


@pytest.mark.parametrize(
    ("side", "becomes", "why"), [(12, 12, "their own size"), (96, 96, "their own size"), (97, 64, "chosen for")]
)
def test_equal_squares_keep_their_size(
    folder: Make, load: Load, picture: Picture, side: int, becomes: int, why: str
) -> None:
    splits = load(folder({f"{k}.png": picture(k, (side, side)) for k in range(4)}))
    assert splits.train.image_size == (becomes, becomes)
    assert why in splits.note
    assert ("were resized" in splits.note) == (side != becomes)


def test_other_sizes_are_fitted_and_the_note_says_so(folder: Make, load: Load, picture: Picture) -> None:
    mixed = {f"{k}.png": picture(k, (20 + k, 30)) for k in range(8)}
    splits = load(folder(mixed))
    assert splits.train.image_size == (64, 64)
    assert "their sizes differ; 8 were resized (short side) and cropped to the middle" in splits.note
    assert load(folder(mixed), image_size=24).train.image_size == (24, 24)
    wide = load(folder({f"{k}.png": picture(k, (40, 30)) for k in range(4)}, "wide"))
    assert wide.train.image_size == (30, 30)
    assert "their own short side" in wide.note


def test_every_kind_in_one_folder(folder: Make, load: Load, picture: Picture) -> None:
    files = {"a/1.JPG": picture(1, kind="JPEG"), "a/2.jpeg": picture(2, kind="JPEG", mode="CMYK"), "a/3.png": picture(3, mode="L"),
             "b/4.webp": picture(4, kind="WEBP"), "b/5.bmp": picture(5, kind="BMP"), "b/6.TIF": picture(6, kind="TIFF", mode="RGBA"),
             "b/7.png": picture(7, mode="1"), "a/8.png": picture(8, mode="P")}  # fmt: skip
    splits = load(folder(files))
    assert len(splits.train) + len(splits.val) == 8
    assert splits.skipped_count == 0


def test_unreadable_files_are_skipped_counted_and_listed(put: Make, load: Load, picture: Picture) -> None:
    bad = {f"a/bad {k}.png": b"broken" for k in range(250)} | {"b/half.jpg": picture(kind="JPEG", size=(64, 64))[:700]}
    splits = load(put(classes(10, 10) | bad))
    assert len(splits.train) + len(splits.val) == 20
    assert (splits.skipped_count, len(splits.skipped)) == (251, 200)
    assert splits.skipped == tuple(sorted(splits.skipped))  # whoever looks for one finds it
    assert splits.skipped[0].startswith("a/bad 0.png: ")
    assert all(": " in line for line in splits.skipped)
    assert "251 files could not be used" in splits.note


def test_validation_that_cannot_be_read_is_replaced(put: Make, load: Load) -> None:
    splits = load(put(classes(10, 10, prefix="train/") | {"val/a/1.png": b"broken"}))
    assert (len(splits.train), len(splits.val)) == (18, 2)
    assert splits.skipped_count == 1


def test_junk_of_operating_systems_is_not_there(put: Make, load: Load) -> None:
    junk = {
        "__MACOSX/a/._1.png": b"x",
        "a/._1.png": b"x",
        ".DS_Store": b"x",
        "a/Thumbs.db": b"x",
        ".git/cover.png": b"x",
    }
    splits = load(put(classes(5, 5) | junk))
    assert splits.train.class_names == ("a", "b")
    assert splits.skipped_count == 0


def test_spaces_unicode_and_lone_images(put: Make, load: Load) -> None:
    files = {f"größe Ω/bild {k} 图.png": k for k in range(12)} | {"einzeln/eins.png": 99}
    splits = load(put(files, "Ordner mit Ümlaut 图.zip"))
    assert splits.train.class_names == ("einzeln", "größe Ω")
    assert by_label(splits.train)["einzeln"] == 1
    assert by_label(splits.val) == {"einzeln": 0, "größe Ω": 1}


def test_windows_zips_with_backslashes(zipped: Make, load: Load) -> None:
    path = zipped({name.replace("/", "@"): seed for name, seed in classes(5, 5, prefix="train/").items()})
    path.write_bytes(path.read_bytes().replace(b"@", b"\\"))
    assert load(path).train.class_names == ("a", "b")


def test_links_are_followed_but_not_in_circles(folder: Make, load: Load, tmp_path: Path) -> None:
    elsewhere = folder(classes(0, 6), "elsewhere")
    root = folder(classes(6))
    (root / "linked").symlink_to(elsewhere / "b")
    (root / "again").symlink_to(elsewhere / "b")
    (root / "a" / "loop").symlink_to(root)
    (root / "a" / "dangling.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(root / "a" / "pipe.png")
    splits = load(root)
    assert {k: v + by_label(splits.val)[k] for k, v in by_label(splits.train).items()} == {
        "a": 6,
        "again": 6,
        "linked": 6,
    }


def test_the_second_time_nothing_is_decoded(put: Make, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(classes(8, 8) | {"a/bad.png": b"x"})
    first = load(path)
    monkeypatch.setattr(dataset, "decode", None)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", None)
    monkeypatch.setattr("sslviz.data.assemble.mean_std", None)
    second = load(path)
    np.testing.assert_array_equal(first.train.images, second.train.images)
    assert (first.note, first.skipped, first.fingerprint) == (second.note, second.skipped, second.fingerprint)


def test_another_share_needs_no_decoding(put: Make, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(classes(20, 20))
    load(path)
    monkeypatch.setattr(dataset, "decode", None)
    assert len(load(path, val_fraction=0.5).val) == 20


def test_a_change_is_noticed(put: Make, load: Load, picture: Picture) -> None:
    files = classes(8, 8)
    before = load(put(files))
    files["a/0.png"] = picture(777)
    assert load(put(files)).fingerprint != before.fingerprint


def test_a_touched_or_moved_folder_is_the_same_data(
    folder: Make, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(classes(8, 8))
    before = load(root)
    shutil.move(root, tmp_path / "moved")
    monkeypatch.setattr(dataset, "decode", None)
    assert load(tmp_path / "moved").fingerprint == before.fingerprint


def test_a_damaged_entry_is_rebuilt(put: Make, load: Load, own_cache: Path) -> None:
    path = put(classes(8, 8))
    before = load(path).fingerprint
    (stored,) = (own_cache / "images").glob("*/images.bin")
    stored.write_bytes(b"\0" * stored.stat().st_size)
    assert load(path).fingerprint == before


def test_cancelling_leaves_no_entry(put: Make, load: Load, entries: Callable[[], list[str]]) -> None:
    path = put(classes(200, 200))
    asked = iter([False] * 150 + [True] * 10_000)
    with pytest.raises(Cancelled):
        load(path, cancelled=lambda: next(asked))
    assert entries() == []
    assert len(load(path).train) == 360


def test_progress_rises_to_one(put: Make, load: Load) -> None:
    seen: list[tuple[float, str]] = []
    load(put(classes(100, 100)), progress=lambda *now: seen.append(now))
    assert [f for f, _ in seen] == sorted(f for f, _ in seen)
    assert seen[-1] == (1.0, "decoding 200 of 200 images")
    assert seen[0][1].startswith("looking through ")


def test_a_limit_takes_a_fair_share(put: Make, load: Load) -> None:
    splits = load(put(classes(60, 30)), dials={"limit": 30})
    assert {k: v + by_label(splits.val)[k] for k, v in by_label(splits.train).items()} == {"a": 20, "b": 10}
    with pytest.raises(SpecError, match="There is no parameter called count"):
        load(put(classes(60, 30)), dials={"count": 3})


def test_home_and_relative_paths(folder: Make, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder(classes(4, 4))
    monkeypatch.chdir(root.parent)
    monkeypatch.setenv("HOME", str(root.parent))
    assert load("pictures").fingerprint == load("~/pictures").fingerprint == load(f" {root} ").fingerprint


def test_zip64(zipped: Make, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    path = zipped(classes(5, 5))
    assert b"PK\x06\x06" in path.read_bytes()
    load(path)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", None)
    assert len(load(path).train) == 9


def test_a_zip_with_something_before_and_a_comment_behind(
    zipped: Make, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(classes(5, 5))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"PK and more"
    path.write_bytes(b"#!/bin/sh\n" * 50 + path.read_bytes())
    assert len(load(path).train) == 9
    monkeypatch.setattr(zipfile.ZipFile, "infolist", None)
    assert len(load(path).train) == 9


@pytest.mark.slow
def test_a_hundred_thousand_files_in_one_class(tmp_path: Path, load: Load, picture: Picture) -> None:
    pixel = picture(size=(8, 8))
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for k in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"one/{k}.png"), pixel)
        archive.writestr("two/0.png", pixel)
    splits = load(tmp_path / "many.zip", dials={"limit": 1000})
    assert len(splits.train) + len(splits.val) == 1000
    assert "two" in splits.train.class_names


@pytest.mark.slow
@pytest.mark.skipif(
    not CIFAR.is_file(), reason="the zip of CIFAR-10 is not beside this checkout (SSLVIZ_TEST_ZIP names another place)"
)
def test_the_zip_of_cifar10(load: Load) -> None:
    splits = load(CIFAR, dials={"limit": 1100})
    assert by_label(splits.train) == dict.fromkeys(splits.train.class_names, 100)
    assert by_label(splits.val) == dict.fromkeys(splits.train.class_names, 10)
    assert splits.train.class_names == (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    assert splits.train.image_size == (32, 32)
    np.testing.assert_allclose(splits.train.mean, (0.491, 0.482, 0.447), atol=0.02)
    np.testing.assert_allclose(splits.train.std, (0.247, 0.243, 0.262), atol=0.02)
    with zipfile.ZipFile(CIFAR) as archive:
        streams = (io.BytesIO(archive.read(f"test/cat/{name}")) for name in (f"{k:04}.jpg" for k in range(0, 1000, 2)))
        cats = {np.asarray(Image.open(stream)).transpose(2, 0, 1).tobytes() for stream in streams}
    assert {image.tobytes() for image in splits.val.images[splits.val.labels == 3]} <= cats
