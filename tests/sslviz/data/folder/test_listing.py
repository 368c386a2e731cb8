"""What folders say: splits, classes, and what is left out. By names alone."""

from __future__ import annotations

import pytest

from sslviz.data.folder.listing import arrange, is_junk, shown
from sslviz.data.folder.plan import plan


def said(*names: str) -> list[tuple[str, str]]:
    return [(one.split, one.label) for one in arrange(names).found]


def test_class_folders() -> None:
    assert said("cat/1.jpg", "dog/2.PNG", "dog/deep/3.webp") == [("", "cat"), ("", "dog"), ("", "dog")]


def test_flat() -> None:
    assert said("1.jpg", "2.tiff") == [("", ""), ("", "")]
    assert said("holiday/1.jpg", "holiday/2.bmp") == [("", ""), ("", "")]


@pytest.mark.parametrize("top", ["", "data/", "a/b/c/"])
@pytest.mark.parametrize(
    ("train", "val", "test"),
    [("train", "val", "test"), ("Train", "VALID", "Test"), ("training", "validation", "testing")],
)
def test_splits_are_never_classes(top: str, train: str, val: str, test: str) -> None:
    names = [f"{top}{split}/{label}/1.jpg" for split in (train, val, test) for label in ("cat", "dog")]
    assert sorted(said(*names)) == sorted(
        (split, label) for split in ("train", "val", "test") for label in ("cat", "dog")
    )


def test_splits_inside_classes_and_behind_a_common_folder() -> None:
    assert said("cat/train/1.jpg", "dog/train/1.jpg", "cat/test/1.jpg") == [
        ("test", "cat"),
        ("train", "cat"),
        ("train", "dog"),
    ]
    assert said("train/images/cat/1.jpg", "train/images/dog/1.jpg") == [("train", "cat"), ("train", "dog")]


def test_splits_without_classes() -> None:
    assert said("train/1.jpg", "test/2.jpg") == [("test", ""), ("train", "")]


def test_what_does_not_fit_is_left_out_with_a_remark() -> None:
    listing = arrange(["train/cat/1.jpg", "train/dog/1.jpg", "train/loose.jpg", "sample.jpg", "extra/2.jpg"])
    assert [(one.split, one.label) for one in listing.found] == [("train", "cat"), ("train", "dog")]
    assert listing.remarks == (
        "2 images outside the train, val and test folders left out",
        "1 image outside the class folders left out",
    )


def test_classes_beside_a_test_folder_are_for_training() -> None:
    assert said("cat/1.jpg", "dog/1.jpg", "test/cat/1.jpg") == [("train", "cat"), ("train", "dog"), ("test", "cat")]


def test_other_files_are_counted_not_taken() -> None:
    listing = arrange(["a.txt", "b/c.txt", "LICENSE", "x.gif", "cat/1.jpg", "dog/1.jpg"])
    assert len(listing.found) == 2
    assert listing.others == {".txt": 2, "no suffix": 1, ".gif": 1}


def test_names_in_no_order_with_strange_letters() -> None:
    assert said("Ü/1.jpg", "a b/2.jpg", "\udcff/3.jpg") == [("", "a b"), ("", "Ü"), ("", "?")]


@pytest.mark.parametrize("name", [".git", "__MACOSX", "._photo.jpg", ".DS_Store", "Thumbs.db", "desktop.ini"])
def test_junk(name: str) -> None:
    assert is_junk(name)
    assert not is_junk("photo.jpg")


def test_shown_names_are_printable_and_short() -> None:
    assert shown("a\x1b[31m\n") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}"
    shown("\udcff").encode()
    assert len(shown("x" * 5000)) == 200


def test_no_names() -> None:
    assert arrange([]).found == ()


# --- plans -----------------------------------------------------------------------------------------------------------


def names(**counts: int) -> list[str]:
    """train_cat=3 -> train/cat/0.jpg ... train/cat/2.jpg"""
    return [f"{key.replace('_', '/')}/{k:03}.jpg" for key, count in counts.items() for k in range(count)]


def test_val_is_for_validation_and_test_is_left_aside() -> None:
    made = plan(arrange(names(train_cat=6, train_dog=6, val_cat=2, val_dog=2, test_cat=3)), 0, 0)
    assert made.validation == "val"
    assert [one.split for one in made.found] == ["train"] * 12 + ["val"] * 4
    assert made.class_names == ("cat", "dog")
    assert [made.class_names[label] for label in made.labels] == [one.label for one in made.found]


def test_test_serves_where_there_is_no_val() -> None:
    made = plan(arrange(names(train_cat=6, train_dog=6, test_cat=3, test_dog=1)), 0, 0)
    assert (made.validation, len(made.found)) == ("test", 16)


@pytest.mark.parametrize(
    "kept", [{"cat": 20, "dog": 10}, {"train_cat": 20, "train_dog": 10}, {"val_cat": 20, "test_dog": 10}]
)
def test_everything_is_pooled_in_a_fair_order_otherwise(kept: dict[str, int]) -> None:
    made = plan(arrange(names(**kept)), 0, 0)
    assert made.validation == ""
    assert sorted(one.label for one in made.found[:3]) == ["cat", "cat", "dog"]
    assert made.found != plan(arrange(names(**kept)), 1, 0).found


def test_validation_keeps_to_classes_that_training_has() -> None:
    made = plan(arrange(names(train_cat=6, train_dog=6, val_cat=2, val_bird=3)), 0, 0)
    assert len(made.found) == 14
    assert made.remarks == ("3 images of val in classes that train has not are left out",)
    made = plan(arrange([*names(train_cat=6, train_dog=6), *(f"val/images/{k}.jpg" for k in range(4))]), 0, 0)
    assert (made.validation, len(made.found)) == ("", 12)
    assert made.remarks == ("val has none of the classes of train and is not used",)


def test_a_limit_keeps_the_proportions() -> None:
    made = plan(arrange(names(train_cat=600, train_dog=300, test_cat=60, test_dog=30)), 0, 99)
    assert [
        sum(one.split == s and one.label == c for one in made.found) for s in ("train", "test") for c in ("cat", "dog")
    ] == [60, 30, 6, 3]


def test_no_classes_is_minus_one() -> None:
    assert set(plan(arrange(["1.jpg", "2.jpg"]), 0, 0).labels) == {-1}
