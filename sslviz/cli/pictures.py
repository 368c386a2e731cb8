"""Pictures as the command line names them, and what every command that shows a model pictures takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sslviz.cli.configure import data_source
from sslviz.cli.drawing import DRAWN
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.inspection import Fit, PictureRef
from sslviz.spec.samples import SAMPLES

SAMPLE = "sample:"
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff"})
FITS: tuple[Fit, ...] = ("crop", "pad", "resize")
_LARGEST = 100_000  # px


@dataclass(frozen=True, slots=True)
class Named:
    """A picture and what figures and files call it."""

    name: str
    ref: PictureRef


def add_picture_arguments(parser: argparse.ArgumentParser) -> None:
    """IMAGE... and how it is brought to the model's size."""
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE",
        help=f"a file, a folder of pictures, {SAMPLE}NAME, or DATA:NUMBER of a data set's validation images (shapes:3)",
    )  # fmt: skip
    add_size_arguments(parser)


def add_size_arguments(parser: argparse._ActionsContainer) -> None:
    """The size that the model gets, and how a picture is brought to it."""
    parser.add_argument("--size", metavar="N|HxW", help="pixels that the model gets (its own size)")
    parser.add_argument(
        "--fit", choices=FITS, default="crop", help="cut the middle out, pad with grey, or stretch the sides (crop)"
    )


def pictures_from(words: Sequence[str], size: tuple[int, int], fit: Fit) -> list[Named]:
    """The pictures that the command line names, folders opened. Raises SpecError for what is none."""
    return [found for word in words for found in _named(word, size, fit)]


def _named(word: str, size: tuple[int, int], fit: Fit) -> list[Named]:
    if word.startswith(SAMPLE):
        return [_sample(word.removeprefix(SAMPLE), size, fit)]
    path = Path(word).expanduser()
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            raise SpecError(
                f"{word} holds no pictures.", "Choose a folder with JPEG, PNG, WebP, BMP or TIFF files in it."
            )
        return [Named(file.name, PictureRef(path=str(file), size=size, fit=fit)) for file in files]
    if path.exists():
        return [Named(path.name, PictureRef(path=str(path), size=size, fit=fit))]
    source, colon, number = word.rpartition(":")
    if colon and number.isdigit():
        data = DataConfig(source=data_source(source, shipped_catalogue()))
        return [Named(f"{Path(source).name} {number}", PictureRef(data=data, index=int(number), size=size, fit=fit))]
    raise SpecError(
        f"There is no picture called {word}.",
        f"Give a file, a folder, DATA:NUMBER such as shapes:3, or {SAMPLE}NAME; samples: {', '.join(s.name for s in SAMPLES)}.",
    )


def _sample(name: str, size: tuple[int, int], fit: Fit) -> Named:
    names = [sample.name for sample in SAMPLES]
    if name not in names:
        raise SpecError(f"There is no sample called {name!r}.", f"There are: {', '.join(names)}.")
    return Named(name, PictureRef(sample=name, size=size, fit=fit))


def size_from(word: str | None) -> tuple[int, int]:
    """(height, width) from "224" or "480x640"; (0, 0) where nothing is said. Raises SpecError."""
    if not word:
        return 0, 0
    height, _, width = word.lower().replace("×", "x").partition("x")
    sides = (height.strip(), (width or height).strip())
    if not all(side.isdigit() and 0 < int(side) <= _LARGEST for side in sides):
        raise SpecError(
            f"--size {word} is no size.", "Write pixels, such as --size 224, or height x width: --size 480x640."
        )
    return int(sides[0]), int(sides[1])


def figure_path(out: str, named: Named, only: bool, kind: str) -> Path:
    """Where the page of one picture goes: `out` itself where it is a file, else a file in that folder."""
    path = Path(out).expanduser()
    return path if only else path / f"{Path(named.name).stem.replace(' ', '_')}_{kind}.png"


def is_figure(out: str) -> bool:
    """Whether `--out` names a figure and not a folder. Raises SpecError for a file that cannot be drawn."""
    path = Path(out).expanduser()
    if path.suffix.lower() in DRAWN:
        return True
    if path.suffix and not path.is_dir():
        raise SpecError(
            f"{path.name} is of no kind that can be drawn.", f"End it with {', '.join(DRAWN)}, or name a folder."
        )
    return False
