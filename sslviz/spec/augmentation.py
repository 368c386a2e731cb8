"""What is done to an image before a method sees it: one recipe a kind of view."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, check, describe, param, switch


@dataclass(frozen=True, slots=True)
class ViewRecipe:
    """Per-sample random operations in the order of the fields; `count` views are made with it.

    Probabilities and strengths follow torchvision's definitions. `size` 0 keeps the data's own size.
    """

    count: int = param(2, lo=1, hi=12, label="views", live=False)
    size: int = param(0, lo=0, hi=512, label="size", unit="px", live=False, down="0: the images' own size")
    share: float = param(1.0, lo=0.1, hi=1.0, label="size as a share", unit="of the images' own size", live=False,
                         paper="1; 96/224 for the local views of DINO and SwAV",
                         up="local views show more detail", down="smaller local views: cheaper steps; used while the size is 0")  # fmt: skip
    crop: bool = switch(True, label="crop", off="the whole picture in every view: the two views are hard to tell apart")
    crop_min: float = param(0.08, lo=0.01, hi=1.0, label="smallest crop", unit="of the area", paper="0.08 SimCLR, 0.2 MoCo",
                            up="easier pairs", down="harder pairs: parts must match the whole")  # fmt: skip
    crop_max: float = param(
        1.0, lo=0.01, hi=1.0, label="largest crop", unit="of the area", paper="1.0; 0.4 for DINO's local views"
    )
    crop_ratio: float = param(4 / 3, lo=1.0, hi=3.0, label="aspect ratio up to", paper="4/3")
    flip: bool = switch(True, label="flip", off="left stays left")
    flip_p: float = param(0.5, lo=0.0, hi=1.0, label="flip probability", paper="0.5")
    jitter: bool = switch(True, label="colour jitter", off="colour alone can tell images apart: a shortcut")
    jitter_p: float = param(0.8, lo=0.0, hi=1.0, label="jitter probability", paper="0.8")
    brightness: float = param(0.4, lo=0.0, hi=1.0, paper="0.4 (0.8 ImageNet SimCLR)")
    contrast: float = param(0.4, lo=0.0, hi=1.0, paper="0.4 (0.8 ImageNet SimCLR)")
    saturation: float = param(0.4, lo=0.0, hi=1.0, paper="0.4; 0.2 for BYOL")
    hue: float = param(0.1, lo=0.0, hi=0.5, unit="turns", paper="0.1 (0.2 ImageNet SimCLR)")
    grayscale: bool = switch(True, label="grayscale", off="colour is always there")
    grayscale_p: float = param(0.2, lo=0.0, hi=1.0, label="grayscale probability", paper="0.2")
    blur: bool = switch(True, label="blur", off="fine texture is always there")
    blur_p: float = param(0.0, lo=0.0, hi=1.0, label="blur probability", paper="0.5 at 224 px, 0 at 32 px")
    blur_min: float = param(0.1, lo=0.01, hi=5.0, label="smallest blur", unit="px", paper="0.1")
    blur_max: float = param(2.0, lo=0.01, hi=5.0, label="largest blur", unit="px", paper="2.0 at 224 px")
    solarise: bool = switch(True, label="solarise", off="bright pixels are never inverted")
    solarise_p: float = param(0.0, lo=0.0, hi=1.0, label="solarise probability", paper="0.2 on one of BYOL's two views")
    solarise_threshold: float = param(0.5, lo=0.0, hi=1.0, label="solarise above", paper="0.5")


OPERATIONS = ("crop", "flip", "jitter", "grayscale", "blur", "solarise")
"""The switches of a ViewRecipe, in the order in which they act."""


def view_size(view: ViewRecipe, image_size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) in px of a view of images of (height, width): the one rule for sizes.

    `size` > 0 is a square of that many px. Else the images' own size times `share`, rounded to the nearest multiple of 8 (at
    least 8) where the share is below 1: 96/224 of 224 px is 96, of 96 px 40, of 64 px 24, of 32 px 16.
    """
    if view.size:
        return view.size, view.size
    if view.share >= 1.0:
        return image_size
    height, width = (max(8, 8 * round(side * view.share / 8)) for side in image_size)
    return height, width


@dataclass(frozen=True, slots=True)
class Augmentation:
    """All views of an image; `name` is the published recipe that it started from."""

    name: str = "custom"
    views: tuple[ViewRecipe, ...] = (ViewRecipe(),)

    @property
    def count(self) -> int:
        """How many views a batch gets in all."""
        return sum(view.count for view in self.views)


def with_setting(augmentation: Augmentation, name: str, value: Scalar) -> Augmentation:
    """A copy with one field changed: `crop` in every view, `0.crop` in the first recipe only. Raises SpecError."""
    which, _, field_name = name.rpartition(".")
    infos = {info.name: info for info in describe(ViewRecipe)}
    if field_name not in infos:
        raise SpecError(f"An augmentation has no setting {field_name!r}.", f"There are: {', '.join(infos)}.")
    if which and not (which.isdigit() and int(which) < len(augmentation.views)):
        raise SpecError(f"There is no view recipe {which}.", f"They are numbered 0 to {len(augmentation.views) - 1}.")
    change: dict[str, Any] = {field_name: check(infos[field_name], value)}
    views = tuple(
        dataclasses.replace(view, **change) if which in ("", str(k)) else view
        for k, view in enumerate(augmentation.views)
    )
    return dataclasses.replace(augmentation, views=views)
