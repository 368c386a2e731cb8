"""Which files are images, and what their folders say about them: split and class. Names are labels only, never places to write to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sslviz.data.folder.decode import SUFFIXES

_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_JUNK = frozenset({"__macosx", "$recycle.bin", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Found:
    """One image: where it lies (a path below the root, or a name in the zip), and what its folders say."""

    name: str
    split: str  # "train", "val", "test" or ""
    label: str  # "" where no folder names a class


@dataclass(frozen=True)
class Listing:
    """The images that count, in the order of their names, and what was left out."""

    found: tuple[Found, ...]
    remarks: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()  # "name: reason"
    others: Counter[str] = field(default_factory=Counter)  # suffixes of files that are no images


def is_junk(part: str) -> bool:
    """Files and folders that operating systems leave about, hidden ones among them."""
    return part.startswith(".") or part.lower() in _JUNK


def is_image(name: str) -> bool:
    """By its suffix."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def arrange(names: Iterable[str], skipped: Sequence[str] = ()) -> Listing:
    """Split and class of each image by its folders. names: with "/" between parts, junk already left out.

    Folders that hold everything are looked through. A folder called train, val, valid, validation or test (any case) is a split wherever
    it lies, never a class; the first other folder is the class.
    """
    images, others = [], Counter[str]()
    for name in names:
        if is_image(name):
            images.append(name)
        else:
            others[PurePosixPath(name).suffix.lower() or "no suffix"] += 1
    depth = _common_depth(images)
    found = tuple(_found(name, depth) for name in sorted(images))
    kept, remarks = _consistent(found)
    return Listing(kept, remarks, tuple(skipped), others)


def _common_depth(names: Sequence[str]) -> int:
    """How many leading folders all names share, a split's folder not counted."""
    if not names:
        return 0
    first, last = min(names).split("/")[:-1], max(names).split("/")[:-1]
    depth = 0
    for one, other in zip(first, last, strict=False):
        if one != other or one.lower() in _SPLITS:
            break
        depth += 1
    return depth


def _found(name: str, depth: int) -> Found:
    folders = name.split("/")[depth:-1]
    split = next((_SPLITS[part.lower()] for part in folders if part.lower() in _SPLITS), "")
    return Found(name, split, next((part for part in folders if part.lower() not in _SPLITS), ""))


def _consistent(found: tuple[Found, ...]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Leave out what does not fit the rest: images beside the splits, images beside the classes. With a remark each."""
    remarks = []
    splits = {one.split for one in found}
    if "train" in splits and "" in splits:
        loose = sum(one.split == "" for one in found)
        found = tuple(one for one in found if one.split)
        remarks.append(f"{_images(loose)} outside the train, val and test folders left out")
    elif splits & {"val", "test"} and "" in splits:  # what is not set aside is for training
        found = tuple(one if one.split else Found(one.name, "train", one.label) for one in found)
    if {one.label for one in found} > {""}:
        loose = sum(one.label == "" for one in found)
        found = tuple(one for one in found if one.label)
        remarks.append(f"{_images(loose)} outside the class folders left out")
    return found, tuple(remarks)


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
