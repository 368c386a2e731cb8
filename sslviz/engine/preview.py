"""Views of chosen images, for the Augment view, the command line's contact sheet and notebooks. Computed on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sslviz.engine.errors import EngineError
from sslviz.spec.augmentation import OPERATIONS
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Array, frozen
from sslviz.spec.requests import AugmentImages

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from sslviz.data import ImageData, Splits


def augment_images(request: AugmentImages, data: ImageData) -> Mapping[str, Array]:
    """The payload that `AugmentImages` promises. The same seed gives the same views. Raises EngineError."""
    import torch

    from sslviz.data.augment import Augmenter

    indices = _checked(request.indices, len(data))
    originals = np.stack([data.images[i] for i in indices])  # (n, 3, H, W)
    images = torch.from_numpy(originals)
    augmenter = Augmenter(request.augmentation, data.image_size, torch.device("cpu"))
    with torch.no_grad():
        views = augmenter(images, _generator(request.seed))  # (count, n, 3, h, w) a recipe
        alone = {name: augmenter.alone(name, images, _generator(request.seed)) for name in OPERATIONS}
    labels = [-1] * len(indices) if data.labels is None else [int(data.labels[i]) for i in indices]
    return {
        "originals": frozen(originals.transpose(0, 2, 3, 1)),
        **_by_size(views),
        **{f"alone_{name}": _pixels(result) for name, result in alone.items()},
        "indices": frozen(np.array(indices, np.int64)),
        "labels": frozen(np.array(labels, np.int64)),
        "class_names": frozen(np.array(data.class_names, np.str_)),
        "count": frozen(np.array(len(data), np.int64)),
    }  # fmt: skip


def fetch_images(request: FetchImages, splits: Splits) -> Mapping[str, Array]:
    """The payload that `FetchImages` promises. Raises EngineError for numbers that do not exist."""
    data = splits.train if request.split == "train" else splits.val
    indices = _checked(request.indices, len(data), "training" if request.split == "train" else "validation")
    labels = [-1] * len(indices) if data.labels is None else [int(data.labels[i]) for i in indices]
    return {
        "images": frozen(np.stack([data.images[i] for i in indices]).transpose(0, 2, 3, 1)),
        "indices": frozen(np.array(indices, np.int64)),
        "labels": frozen(np.array(labels, np.int64)),
    }


def _checked(indices: Sequence[int], count: int, noun: str = "training") -> Sequence[int]:
    outside = [i for i in indices if not 0 <= i < count]
    if outside or not indices:
        wrong = f"There is no {noun} image {outside[0]}." if outside else "No image was chosen."
        raise EngineError(wrong, f"They are numbered 0 to {count - 1}.")
    return indices


def _generator(seed: int) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed)


def _by_size(views: Sequence[Tensor]) -> dict[str, Array]:
    """Views of one size side by side, (n, V, h, w, 3): "views" for the first size, "views_1" ... for further ones."""
    sizes: dict[tuple[int, ...], list[Array]] = {}
    for recipe in views:
        sizes.setdefault(tuple(recipe.shape[-2:]), []).extend(_pixels(view) for view in recipe)
    names = ("views", *(f"views_{k}" for k in range(1, len(sizes))))
    return {name: frozen(np.stack(group, axis=1)) for name, group in zip(names, sizes.values(), strict=True)}


def _pixels(images: Tensor) -> Array:
    """(n, 3, h, w) in [0, 1] as (n, h, w, 3) uint8."""
    return frozen((images * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy())
