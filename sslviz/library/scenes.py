"""Images with known masks that a run has not been trained on: scenes of another preset, and our shapes pasted on photographs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from sslviz.data import ImageData, Splits, load_data
from sslviz.library.errors import LibraryError
from sslviz.library.measuring import SCENES
from sslviz.spec.config import DataConfig
from sslviz.spec.params import Scalar

PASTED = "plain"
"""The preset whose objects are pasted: larger ones, one or two."""
PHOTOGRAPHS = "photographs"


def scenes(preset: str, like: Splits, seed: int) -> ImageData:
    """As many held-out scenes of a preset as object scores take, of the size of `like` or, as "plain@96", of their own.

    Raises SpecError for unknown presets, LibraryError for a size that is no number.
    """
    preset, at, size = preset.partition("@")
    if at and not size.isdigit():
        raise LibraryError(f"Scenes of {size or 'no'} px are no size.", "Name a preset and px, such as plain@96.")
    side = int(size) if at else like.train.image_size[0]
    dials: dict[str, Scalar] = {"preset": preset, "count": 2 * SCENES}
    return load_data(DataConfig("shapes", image_size=side, val_fraction=0.5, seed=seed, dials=dials)).val


def photographs(path: str, like: Splits, seed: int) -> ImageData:
    """Objects of our scenes on photographs, one after the other from `path`'s held-out images: the masks are ours.

    What a photograph itself shows counts as background. Raises DataError where there are no images.
    """
    drawn = scenes(PASTED, like, seed)
    if drawn.masks is None:
        raise LibraryError("These scenes have no masks.", "Choose a preset of shapes.")
    behind = load_data(DataConfig(str(Path(path).expanduser()), image_size=drawn.image_size[0])).val.images
    under = np.asarray(behind)[np.arange(len(drawn)) % len(behind)]  # (n, 3, H, W)
    object_there = np.asarray(drawn.masks)[:, None] > 0  # (n, 1, H, W)
    return dataclasses.replace(drawn, name=PHOTOGRAPHS, images=np.where(object_there, drawn.images, under))


def about_photographs(path: str, note: str) -> str:
    """What the card says of such a figure."""
    name = Path(path).name
    return f"{note}: shapes drawn by this program on photographs of {name}, enlarged where smaller; what these show themselves counts as background"
