"""Views of images as a run's recipe draws them, at the size that the run's model takes."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from torch import Tensor

from sslviz.data.augment import Augmenter
from sslviz.data.base import Array, ImageData
from sslviz.inspect.model import Model
from sslviz.methods.base import METHODS
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.config import RunConfig
from sslviz.training.seeds import generator_at

OTHER_TASKS = frozenset({"pretext", "supervised", "masked", "multimodal"})
"""Families of methods whose loss compares no views."""


def compares_views(config: RunConfig) -> bool:
    """Whether the loss of a run is about several views of one image."""
    views = sum(view.count for view in config.augmentation.views)
    return views > 1 and config.method in METHODS and METHODS[config.method].info.family not in OTHER_TASKS


class Drawer:
    """Draws `count` views of images by the first recipe of a run: the same ones for the same seed and place, whatever the weights."""

    def __init__(self, model: Model, config: RunConfig, images: ImageData, count: int, seed: int) -> None:
        recipe = _recipe(config.augmentation.views[0], model.describe().image_size, count)
        augmentation = Augmentation(config.augmentation.name, (recipe,))
        self._augment = Augmenter(augmentation, images.image_size, torch.device("cpu"))
        self._images, self._seed = images, seed

    def __call__(self, index: Array, place: int) -> Tensor:
        """Views (V, B, 3, h, w) in [0, 1] of the images with these numbers (B,), which begin at `place` of all that are asked for."""
        pixels = torch.from_numpy(np.array(np.asarray(self._images.images)[index]))
        views: Tensor
        (views,) = self._augment(pixels, generator_at(self._seed, "held-out views", place, torch.device("cpu")))
        return views


def _recipe(view: ViewRecipe, size: tuple[int, int], count: int) -> ViewRecipe:
    """The run's, for images that may be larger or smaller than its own were."""
    square = size[0] == size[1]
    return dataclasses.replace(view, count=count, size=size[0] if square else view.size)
