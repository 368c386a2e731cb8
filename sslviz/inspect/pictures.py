"""From a `PictureRef` to the pixels that a network gets, with whatever is known of the picture and what was done to it."""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sslviz.data import Splits, load_data
from sslviz.data.base import Array
from sslviz.data.folder.decode import SUFFIXES, Unreadable, be_quiet, upright
from sslviz.data.folder.listing import shown
from sslviz.inspect.errors import InspectError
from sslviz.inspect.fitting import Size, fitted, nearest_size
from sslviz.inspect.samples import photograph, sample_called, scene
from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.inspection import PictureRef

USUAL = 224
"""Side in px for networks that were made for no size in particular."""

SMALLEST = 32
"""px of a side below which convolutional networks have nothing left to look at."""

THUMBNAIL = 640
"""Longer side in px of the whole picture that goes with an answer."""

Data = Callable[[DataConfig], Splits]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture ready for a network."""

    name: str
    pixels: Array  # (H, W, 3) uint8
    truth: Array | None  # (H, W) uint8, 0 the background; where the data has masks
    whole: Array  # (H', W', 3) uint8: as it was given, its longer side THUMBNAIL px at most
    frame: tuple[float, float, float, float]  # top, left, bottom, right of `pixels` in shares of it
    fit_said: str  # for captions: "fit: crop", "resized"; "" where the picture had that size
    notes: tuple[str, ...]

    @property
    def size(self) -> Size:
        """Height and width in px."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @property
    def images(self) -> Tensor:
        """As `Model` takes it: (1, 3, H, W) uint8."""
        return torch.from_numpy(self.pixels.transpose(2, 0, 1).copy())[None]


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    image: Image.Image  # RGB, upright
    name: str
    mask: Array | None = None
    notes: tuple[str, ...] = ()


def read_picture(ref: PictureRef, description: Description, data: Data = load_data) -> Picture:
    """The picture at the size that `ref` asks for, or at the model's own; sides become whole numbers of patches.

    data: where a data set's images come from. Raises InspectError for what is no picture, and the errors of loading data.
    """
    size, note = size_for(ref, description)
    given = _given(ref, size, data)
    grey = padding(description)
    made = fitted(given.image, given.mask, size, ref.fit, grey)
    notes = tuple(text for text in (note, *given.notes, made.note) if text)
    whole = given.image.copy()
    whole.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BICUBIC)
    return Picture(given.name, made.pixels, made.truth, np.array(whole), made.frame, made.how, notes)


def size_for(ref: PictureRef, description: Description) -> tuple[Size, str]:
    """The size that the model gets, and what was changed about the one asked for. Raises InspectError for sizes that are none."""
    if any(side < 0 for side in ref.size) or (0 in ref.size and any(ref.size)):
        raise InspectError(
            f"{ref.size[0]} × {ref.size[1]} px is no size.", "Give a height and a width in px, or 0 for both."
        )
    own = tuple(side or USUAL for side in description.image_size)
    asked = ref.size if any(ref.size) else (own[0], own[1])
    cell = description.patch if description.kind == "vit" else (1, 1)
    size = nearest_size(asked, (max(cell[0], 1), max(cell[1], 1)))
    if description.kind == "cnn":
        size = (max(size[0], SMALLEST), max(size[1], SMALLEST))
    if size == tuple(asked):
        return size, ""
    cause = (
        f"is no whole number of patches of {cell[0]} × {cell[1]} px" if description.kind == "vit" else "is too small"
    )
    return size, f"{asked[0]} × {asked[1]} px {cause}: the nearest that is right, {size[0]} × {size[1]} px, was taken."


def _given(ref: PictureRef, size: Size, data: Data) -> _Given:
    """The whole picture. Exactly one of the four ways to name it is taken."""
    ways = [bool(ref.path), ref.data is not None, bool(ref.sample), bool(ref.pixels)]
    if sum(ways) != 1:
        raise InspectError(
            "No picture was chosen." if not any(ways) else "Several pictures were named at once.",
            "Give one of: a file, an image of a data set, a sample, pixels that were pasted.",
        )
    if ref.path:
        return _file(Path(ref.path).expanduser())
    if ref.data is not None:
        return _of_data(ref.data, ref.split, ref.index, data)
    if ref.sample:
        return _sample(ref.sample, size)
    return _Given(_decoded(io.BytesIO(ref.pixels), "What was pasted"), "pasted picture")


def _file(path: Path) -> _Given:
    if not path.is_file():
        raise _no_file(path)
    return _Given(_decoded(path, shown(path.name)), shown(path.name))


def _no_file(path: Path) -> InspectError:
    if path.is_dir():
        return InspectError(
            f"{shown(path)} is a folder, not a picture.", "Choose a picture inside it, or name the folder as the data."
        )
    beside = [p.name for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, 3, cutoff=0.6)
    hint = f"Close to it: {', '.join(map(shown, near))}." if near else "Check its name and its folder."
    return InspectError(f"There is no picture {shown(path)}.", hint)


def _decoded(source: Path | io.BytesIO, name: str) -> Image.Image:
    be_quiet()
    try:
        return upright(source)
    except Unreadable as reason:
        raise InspectError(
            f"{name} cannot be used as a picture: {reason}.",
            "JPEG, PNG, WebP, BMP and TIFF are read; RGB always works.",
        ) from reason


def _of_data(config: DataConfig, split: str, index: int, data: Data) -> _Given:
    splits = data(config)
    part = splits.train if split == "train" else splits.val
    noun = "training" if split == "train" else "validation"
    if not 0 <= index < len(part):
        raise InspectError(
            f"There is no {noun} image {index}.", f"They are numbered 0 to {len(part) - 1}.", field="index"
        )
    image = Image.fromarray(np.ascontiguousarray(part.images[index].transpose(1, 2, 0)))
    mask = None if part.masks is None else np.array(part.masks[index])
    return _Given(image, f"{part.name}, {noun} image {index}", mask)


def _sample(name: str, size: Size) -> _Given:
    sample = sample_called(name)
    if not sample.library:
        pixels, mask = scene(sample, max(size))
        return _Given(Image.fromarray(pixels), sample.name, mask)
    path = photograph(sample)
    return _Given(_decoded(path, sample.name), sample.name, notes=(f"{sample.title}: {sample.licence}.",))


def padding(description: Description) -> tuple[int, int, int]:
    """What padding is painted with: the mean colour that the network takes away, so that it sees zeros."""
    mean = (
        description.mean if len(description.mean) == 3 else (sum(description.mean) / max(len(description.mean), 1),) * 3
    )
    red, green, blue = (round(255 * value) for value in mean)
    return red, green, blue
