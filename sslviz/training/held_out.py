"""The fixed images that a run is measured on: chosen once from the seed, the same at every step and in every resumed run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from numpy.typing import NDArray
from torch import Tensor

from sslviz.data import ImageData, Splits
from sslviz.data.augment import Augmenter
from sslviz.spec.augmentation import Augmentation, view_size
from sslviz.training.seeds import generator_at, stream_seed

PAIRS = 512
BANK = 2_000
QUERIES = 800
MOST_BYTES = 96 << 20
"""Images and their views take at most so much each; larger pictures mean fewer of them."""
_CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Images on the training device, at the size of the first view; bank and queries are None without labels.

    pairs (2, n, 3, h, w) uint8: two augmented views of validation images, made once with the recipe that the run began with.
    bank, queries (m, 3, h, w) uint8, not augmented: training images and validation images with their labels (m,).
    """

    pairs: Tensor
    bank: tuple[Tensor, Tensor] | None
    queries: tuple[Tensor, Tensor] | None


def hold_out(splits: Splits, augmentation: Augmentation, seed: int, device: torch.device) -> HeldOut:
    """Choose and prepare the images; fewer where the data has fewer."""
    size = view_size(augmentation.views[0], splits.train.image_size)
    room = MOST_BYTES // (3 * size[0] * size[1])
    bank = _labelled(splits.train, min(BANK, room * 2 // 3), seed, size, device)
    queries = _labelled(splits.val, min(QUERIES, room // 3), seed, size, device)
    both = bank is not None and queries is not None
    pairs = _pairs(splits.val, augmentation, min(PAIRS, room // 2), seed, device)
    return HeldOut(pairs, bank if both else None, queries if both else None)


def _pairs(data: ImageData, augmentation: Augmentation, count: int, seed: int, device: torch.device) -> Tensor:
    """Two views of `count` images by the first recipe, (2, n, 3, h, w) uint8."""
    chosen = _choose(np.arange(len(data)), count, seed)
    twice = Augmentation(augmentation.name, (dataclasses.replace(augmentation.views[0], count=2),))
    augmenter = Augmenter(twice, data.image_size, device)
    parts = []
    for k, start in enumerate(range(0, len(chosen), _CHUNK)):
        images = torch.from_numpy(np.asarray(data.images)[chosen[start : start + _CHUNK]]).to(device)
        (views,) = augmenter(images, generator_at(seed, "held-out views", k, device))
        parts.append(to_bytes(views))
    return torch.cat(parts, dim=1)


def _labelled(
    data: ImageData, count: int, seed: int, size: tuple[int, int], device: torch.device
) -> tuple[Tensor, Tensor] | None:
    """Up to `count` images whose label is known, and their labels; None where there is none."""
    if data.labels is None:
        return None
    labels = np.asarray(data.labels)
    chosen = _choose(np.flatnonzero(labels >= 0), count, seed)
    if not len(chosen):
        return None
    images = torch.cat([_resized(data, chosen[k : k + _CHUNK], size, device) for k in range(0, len(chosen), _CHUNK)])
    return images, torch.from_numpy(labels[chosen]).to(device)


def _resized(data: ImageData, indices: NDArray[np.int64], size: tuple[int, int], device: torch.device) -> Tensor:
    images = torch.from_numpy(np.asarray(data.images)[indices]).to(device)
    if tuple(images.shape[2:]) == size:
        return images
    return to_bytes(F.interpolate(images.float() / 255, size, mode="bilinear", antialias=True))


def _choose(among: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    random = np.random.Generator(np.random.Philox(key=stream_seed(seed, "held-out views")))
    return np.sort(random.permutation(among)[:count])


def to_bytes(images: Tensor) -> Tensor:
    """[0, 1] -> uint8, rounded; values outside are clipped."""
    return (images * 255).round_().clamp_(0, 255).to(torch.uint8)
