"""Published augmentation recipes by name, from `resources/augmentations.json`.

Sizes are published for ImageNet's 224 px (or CIFAR-10's 32). Here the largest view of a recipe has the images' own size, and smaller
views the same share of it as in the source: `view_size` turns the share into px. An operation that a recipe lacks is switched off
and keeps a usual strength, so that switching it on shows something. Resizing is bilinear and anti-aliased also where the source
resizes bicubically, blur is a Gaussian cut at three standard deviations whatever its source cuts it at.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from sslviz.data.augment.own import USUAL_CHANCE, own_recipes
from sslviz.data.errors import DataError
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.catalogue import AugmentationInfo
from sslviz.spec.places import shipped


@functools.cache
def augmentation_infos() -> tuple[AugmentationInfo, ...]:
    """Every published recipe with its source, then our own, "none" last; raises DataError where the table cannot be read."""
    path = shipped("resources") / "augmentations.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["recipes"]
        return (*(_info(row) for row in rows), *own_recipes())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The table of published recipes cannot be read: {error}.",
                        "Install the program again.") from error  # fmt: skip


def recipe(name: str) -> Augmentation:
    """A recipe by name; raises DataError with the names that there are."""
    recipes = {info.name: info.augmentation for info in augmentation_infos()}
    if name not in recipes:
        raise DataError(f"There is no augmentation recipe called {name!r}.", f"There are: {', '.join(recipes)}.")
    return recipes[name]


def _info(row: dict[str, Any]) -> AugmentationInfo:
    source = row["source"]
    largest = max(view["crop_size"] or 1 for view in row["views"])
    return AugmentationInfo(
        name=row["name"],
        title=row["title"],
        source=f"{source['repo']} {source['file']} @{source['commit'][:8]}",
        note=row["note"],
        augmentation=Augmentation(row["name"], tuple(_view(view, largest) for view in row["views"])),
    )


def _view(row: dict[str, Any], largest: int) -> ViewRecipe:
    jitter, blur = row["color_jitter"], row["gaussian_blur"]
    settings: dict[str, Any] = dict(USUAL_CHANCE)
    if jitter:
        settings |= {name: jitter[name] for name in ("brightness", "contrast", "saturation", "hue")}
        settings["jitter_p"] = jitter["p"]
    if blur:
        settings |= {"blur_p": blur["p"], "blur_min": blur["sigma"][0], "blur_max": blur["sigma"][1]}
    for name, published in (("grayscale_p", row["grayscale_p"]), ("solarise_p", row["solarize_p"])):
        settings[name] = published or settings[name]
    return ViewRecipe(
        count=row["count"],
        share=(row["crop_size"] or 1) / largest,
        crop_min=row["crop_scale"][0],
        crop_max=row["crop_scale"][1],
        flip_p=row["horizontal_flip_p"],
        jitter=bool(jitter),
        grayscale=bool(row["grayscale_p"]),
        blur=bool(blur),
        solarise=bool(row["solarize_p"]),
        **settings,
    )
