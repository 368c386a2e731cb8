"""Recipes of our own, for methods whose papers publish none or none for small pictures; "none" among them."""

from __future__ import annotations

from typing import Any

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.catalogue import AugmentationInfo

USUAL_CHANCE: dict[str, Any] = {"jitter_p": 0.8, "grayscale_p": 0.2, "blur_p": 0.5, "solarise_p": 0.2}
"""Probabilities that an operation has when the user switches it on in a recipe that lacks it."""

OFF: dict[str, Any] = {
    "crop": False,
    "flip": False,
    "jitter": False,
    "grayscale": False,
    "blur": False,
    "solarise": False,
}
"""No operation at all."""


def own_recipes() -> tuple[AugmentationInfo, ...]:
    """In the order of lists."""
    return (
        _info("clip", "CLIP, small images", "one gentle crop: captions may name places", _one(crop=True, crop_min=0.8)),
        _info(
            "pretext",
            "Pretext tasks",
            "one view, half of it at least, flipped or not: the task asks for the rest, colours stay",
            _one(crop=True, crop_min=0.5, flip=True),
        ),
        _info(
            "supervised",
            "Supervised, small images",
            "one view, a third of it at least, flipped or not: classes may be colours",
            _one(crop=True, crop_min=0.35, flip=True),
        ),
        _info("dino_shapes", "DINO, small images", MULTI_CROP_NOTE, *_multi_crop()),
        _none(),
    )


MULTI_CROP_NOTE = (
    "DINO's crops and colours without blur, 4 local views at half the size; more hue jitter ends in uniform output"
)


def _multi_crop() -> tuple[ViewRecipe, ...]:
    """Two global and four local crops, 32 and 16 px of images of 32 px."""
    colours = {
        **USUAL_CHANCE,
        "brightness": 0.4,
        "contrast": 0.4,
        "saturation": 0.2,
        "hue": 0.1,
        "blur": False,
        "solarise": False,
    }
    return (
        ViewRecipe(count=2, crop_min=0.4, **colours),
        ViewRecipe(count=4, share=0.5, crop_min=0.08, crop_max=0.4, **colours),
    )


def _one(**operations: Any) -> ViewRecipe:
    """One view with these operations and no others."""
    return ViewRecipe(count=1, **{**OFF, **USUAL_CHANCE, **operations})


def _none() -> AugmentationInfo:
    identical = ViewRecipe(**OFF, **USUAL_CHANCE)
    note = "two identical views: contrastive learning has nothing to learn from"
    return _info("none", "No augmentation", note, identical)


def _info(name: str, title: str, note: str, *views: ViewRecipe) -> AugmentationInfo:
    return AugmentationInfo(name, title, "", note, Augmentation(name, views))
