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
        _none(),
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
