"""The images that features are computed of, one after the other: a data set, or a folder or zip of any size that is never loaded whole."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sslviz.cli.data import data_config, progress_line
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array

if TYPE_CHECKING:
    from sslviz.data import Splits
    from sslviz.data.folder.sources import Source


class Images(Protocol):
    """Images by number, and what is known of them."""

    @property
    def key(self) -> str:
        """Equal for equal images."""

    @property
    def names(self) -> Sequence[str]:
        """Of all images, in order."""

    @property
    def remarks(self) -> Sequence[str]:
        """What the user should know: files that were left out, where the images are from."""

    def read(self, number: int) -> Array:
        """(H, W, 3) uint8. Raises Unreadable."""

    def facts(self, kept: Array) -> Mapping[str, Array]:
        """Labels, names and the like of the images whose numbers are `kept`."""


@dataclass(frozen=True, slots=True, eq=False)
class FolderImages:
    """Files below a folder or in a zip, each read when its turn comes."""

    source: Source
    key: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    remarks: tuple[str, ...]

    def read(self, number: int) -> Array:
        """(H, W, 3) uint8, turned as EXIF says. Raises Unreadable."""
        from sslviz.data.folder.decode import upright

        return np.asarray(upright(self.source.read(self.names[number])))

    def facts(self, kept: Array) -> Mapping[str, Array]:
        """names; labels, class_names and split where folders say them."""
        classes = sorted({*self.labels} - {""})
        numbers = {name: k for k, name in enumerate(classes)} | {"": -1}
        return {
            "names": np.array([self.names[k] for k in kept], np.str_),
            "labels": np.array([numbers[self.labels[k]] for k in kept], np.int64),
            "class_names": np.array(classes, np.str_),
            "split": np.array([self.splits[k] for k in kept], np.str_),
        }


@dataclass(frozen=True, slots=True, eq=False)
class SetImages:
    """Both halves of a data set, training images first."""

    splits: Splits
    key: str
    names: tuple[str, ...]
    remarks: tuple[str, ...]

    def read(self, number: int) -> Array:
        """(H, W, 3) uint8."""
        train = len(self.splits.train)
        data, number = (self.splits.train, number) if number < train else (self.splits.val, number - train)
        pixels: Array = np.asarray(data.images[number]).transpose(1, 2, 0)
        return pixels

    def facts(self, kept: Array) -> Mapping[str, Array]:
        """names, labels (-1 unknown), class_names, split, and "factor_NAME" of each known factor."""
        halves = (self.splits.train, self.splits.val)
        labels = [np.full(len(half), -1) if half.labels is None else np.asarray(half.labels) for half in halves]
        factors = {
            f"factor_{name}": np.concatenate([half.factors[name] for half in halves])[kept]
            for name in halves[0].factors
        }
        return {
            "names": np.array([self.names[k] for k in kept], np.str_),
            "labels": np.concatenate(labels).astype(np.int64)[kept],
            "class_names": np.array(halves[0].class_names, np.str_),
            "split": np.repeat(np.array(["train", "val"]), [len(half) for half in halves])[kept],
            **factors,
        }


def images_from(arguments: argparse.Namespace) -> Images:
    """The images that the command line names. Raises SpecError, DataError."""
    from sslviz.data.folder.sources import open_source
    from sslviz.data.load import data_infos

    names = {info.name for info in data_infos()} - {"folder"}
    if arguments.data not in names:
        path = Path(arguments.data).expanduser()
        if not path.exists():
            raise SpecError(
                f"There is no data set, folder or zip called {arguments.data!r}.",
                f"Data sets: {', '.join(sorted(names))}.",
            )
        return _folder(open_source(path, lambda: False), path)
    from sslviz.data import load_data

    config = data_config(arguments.data, argparse.Namespace(**{**vars(arguments), "image_size": None}))
    splits = load_data(config, progress=progress_line(quiet=arguments.quiet))
    numbered = [
        f"{split} {k}" for split, half in (("train", splits.train), ("val", splits.val)) for k in range(len(half))
    ]
    return SetImages(splits, splits.fingerprint, tuple(numbered), (splits.note,))


def _folder(source: Source, path: Path) -> FolderImages:
    listing = source.listing()
    if not listing.found:
        raise SpecError(f"{path} holds no images.", "Choose a folder or zip with JPEG, PNG, WebP, BMP or TIFF files.")
    found = listing.found
    return FolderImages(
        source, source.key(), tuple(one.name for one in found), tuple(one.label for one in found),
        tuple(one.split for one in found), (*listing.remarks, *listing.skipped),
    )  # fmt: skip
