"""Answers like the worker's, made without it, for a panel that starts alone and for its tests.

The pictures are made up and the operations are crude: nearest pixels, no jitter but a shuffle of brightness.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe, view_size
from sslviz.spec.catalogue import AugmentationInfo, Catalogue
from sslviz.spec.events import Answered, frozen
from sslviz.spec.requests import AugmentImages

SIDE, COUNT = 32, 500
CLASSES = ("disc", "square", "ring")


def example_catalogue() -> Catalogue:
    """Two recipes: two views, and two views with four smaller ones."""
    simclr = Augmentation("simclr_cifar10", (ViewRecipe(),))
    dino = Augmentation("dino", (ViewRecipe(blur_p=1.0), ViewRecipe(count=4, share=96 / 224, crop_max=0.4)))
    return Catalogue(augmentations=(
        AugmentationInfo("simclr_cifar10", "SimCLR, CIFAR-10", "google-research/simclr README.md @383d4143",
                         "no blur", simclr),
        AugmentationInfo("dino", "DINO, ImageNet", "facebookresearch/dino main_dino.py @7c446df5", "", dino),
    ))  # fmt: skip


def answer(request: AugmentImages, count: int = COUNT) -> Answered:
    """What a worker would answer, with made-up pictures."""
    rng = np.random.default_rng(request.seed)
    originals = np.stack([_picture(index) for index in request.indices])
    groups: dict[tuple[int, int], list[NDArray[Any]]] = {}
    for view in request.augmentation.views:
        size = view_size(view, (SIDE, SIDE))
        made = [np.stack([_view(image, view, size, rng) for image in originals]) for _ in range(view.count)]
        groups.setdefault(size, []).extend(made)
    arrays = {f"views_{k}" if k else "views": np.stack(group, 1) for k, group in enumerate(groups.values())}
    first = request.augmentation.views[0]
    for name in OPERATIONS:
        only = ViewRecipe(**{other: other == name for other in OPERATIONS}, crop_min=first.crop_min)
        arrays[f"alone_{name}"] = np.stack([_view(image, only, (SIDE, SIDE), rng) for image in originals])
    return Answered("", 0, request.request_id, {
        "originals": frozen(originals), **{name: frozen(array) for name, array in arrays.items()},
        "indices": frozen(np.array(request.indices, np.int64)),
        "labels": frozen(np.array([index % len(CLASSES) for index in request.indices], np.int64)),
        "class_names": frozen(np.array(CLASSES)), "count": frozen(np.array(count, np.int64)),
    })  # fmt: skip


def _picture(index: int) -> NDArray[np.uint8]:
    """A disc, a square or a ring in a colour of its own on a soft ground."""
    rng = np.random.default_rng(index)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j] - rng.uniform(-0.3, 0.3, (2, 1, 1))
    far = np.maximum(abs(x), abs(y)) if index % 3 == 1 else np.hypot(x, y)
    inside = (far < 0.5) & ((far > 0.25) | (index % 3 != 2))
    ground = rng.uniform(60, 170, 3) + 30 * x[..., None]
    return np.where(inside[..., None], rng.uniform(0, 255, 3), ground).clip(0, 255).astype(np.uint8)


def _view(
    image: NDArray[np.uint8], view: ViewRecipe, size: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    side = int(SIDE * rng.uniform(view.crop_min, view.crop_max) ** 0.5) if view.crop else SIDE
    top, left = rng.integers(0, SIDE - side + 1, 2)
    rows, columns = (start + np.arange(n) * side // n for start, n in ((top, size[0]), (left, size[1])))
    made = image[rows][:, columns].astype(float)
    made = made[:, ::-1] if view.flip and rng.random() < view.flip_p else made
    made = made * rng.uniform(1 - view.brightness, 1 + view.brightness) if view.jitter else made
    made = (
        np.broadcast_to(made.mean(2, keepdims=True), made.shape)
        if view.grayscale and rng.random() < view.grayscale_p
        else made
    )
    return made.clip(0, 255).astype(np.uint8)
