"""Which files are images, and what their folders say about them: split and class. Names are labels only, never places to write to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sslviz.data.folder.decode import SUFFIXES
from sslviz.spec.quantities import counted

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


def shown(name: object) -> str:
    """A stranger's file name for the screen and for files: printable, not endless, valid text."""
    plain = str(name).encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in plain)[-200:]


def arrange(names: Iterable[str], skipped: Sequence[str] = ()) -> Listing:
    """Split and class of each image by its folders. names: with "/" between parts, junk already left out.

    A folder called train, val, valid, validation or test (any case) is a split wherever it lies, never a class. Folders that hold
    everything are looked through; of the others the first is the class.
    """
    images, others = [], Counter[str]()
    for name in names:
        if is_image(name):
            images.append(name)
        else:
            others[PurePosixPath(name).suffix.lower() or "no suffix"] += 1
    kept, remarks = _consistent(_found(sorted(images)))
    return Listing(kept, remarks, tuple(skipped), others)


def _found(names: Sequence[str]) -> tuple[Found, ...]:
    splits, folders = [], []
    for name in names:
        parts = name.split("/")[:-1]
        splits.append(next((_SPLITS[part.lower()] for part in parts if part.lower() in _SPLITS), ""))
        folders.append(tuple(part for part in parts if part.lower() not in _SPLITS))
    depth = _common_depth(folders)
    return tuple(
        Found(name, split, shown(parts[depth]) if len(parts) > depth else "")
        for name, split, parts in zip(names, splits, folders, strict=True)
    )


def _common_depth(folders: Sequence[tuple[str, ...]]) -> int:
    """How many leading folders all share."""
    if not folders:
        return 0
    first, last = min(folders), max(folders)  # what these two share, all between them do
    same = (one == other for one, other in zip(first, last, strict=False))
    return next((k for k, equal in enumerate(same) if not equal), min(len(first), len(last)))


def _consistent(found: tuple[Found, ...]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Leave out what does not fit the rest: images beside the splits, images beside the classes. With a remark each."""
    remarks = []
    splits = {one.split for one in found}
    if "train" in splits and "" in splits:
        loose = sum(one.split == "" for one in found)
        found = tuple(one for one in found if one.split)
        remarks.append(f"{counted(loose, 'image')} outside the train, val and test folders left out")
    elif "" in splits and len(splits) > 1:  # what is not set aside is for training
        found = tuple(one if one.split else replace(one, split="train") for one in found)
    if {one.label for one in found} > {""}:
        loose = sum(one.label == "" for one in found)
        found = tuple(one for one in found if one.label)
        remarks.append(f"{counted(loose, 'image')} outside the class folders left out")
    return found, tuple(remarks)
