"""Alike: a few images compared pair by pair, two views of each where that is what the model's loss compared."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it

from sslviz.data.base import Array, ImageData, silent
from sslviz.inspect.mapping.features import gather
from sslviz.inspect.mapping.neighbours import similarity
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.sampling import sampled
from sslviz.inspect.mapping.views import Drawer, compares_views
from sslviz.inspect.model import Model
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.mapping import FeaturePlan

LONGEST = 96
"""Pixels of the longer side of a picture that is only shown."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """r rows; of k images in pairs r = 2k, and rows i and i + k are two views of one image."""

    matrix: Array  # (r, r) float32 cosines
    index: Array  # (r,) int64, number of the image in its split
    label: Array  # (r,) int64, -1 unknown
    pictures: Array  # (r, h, w, 3) uint8, what was compared, at most LONGEST px
    paired: bool


def alike(
    model: Model, plan: FeaturePlan, images: ImageData, *, progress: Progress = silent, stop: Stop = never
) -> Alike:
    """Cosines of the images that `plan` chose, each with each; `plan.seed` draws their views.

    Raises InspectError for images and features that there are not, and for features that are not finite; Cancelled.
    """
    index, _ = sampled(plan, images, places=1)
    config = model.loaded.config
    paired = config is not None and compares_views(config)
    if config is not None and paired:
        views = Drawer(model, config, images, count=2, seed=plan.seed)(index, place=0)
        pixels, index = _bytes(views.flatten(0, 1)), np.tile(index, 2)
    else:
        pixels = np.array(np.asarray(images.images)[index])
    labels = np.full(len(index), -1) if images.labels is None else np.asarray(images.labels)[index]
    shown = ImageData(images.name, pixels, labels, images.class_names, mean=images.mean, std=images.std)
    every = dataclasses.replace(plan, chosen=tuple(range(len(shown))))
    found = gather(model, every, shown, progress=progress, stop=stop)
    return Alike(similarity(found), index, labels.astype(np.int64), _small(pixels), paired)


def _bytes(images: torch.Tensor) -> Array:
    """(n, 3, h, w) in [0, 1] -> uint8."""
    made: Array = (images * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return made


def _small(pixels: Array) -> Array:
    """(r, 3, H, W) uint8 -> (r, h, w, 3), no side longer than LONGEST."""
    longest = max(pixels.shape[2:])
    if longest > LONGEST:
        size = [max(1, round(side * LONGEST / longest)) for side in pixels.shape[2:]]
        shrunk = F.interpolate(torch.from_numpy(pixels).float(), size, mode="bilinear", antialias=True)
        pixels = _bytes(shrunk / 255)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
