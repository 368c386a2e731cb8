"""How badly a masked autoencoder paints each image, and each patch of it."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import torch
from torch import Tensor

from sslviz.data.base import Array, ImageData
from sslviz.inspect.mapping.feed import feed
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.tasks import Hardness
from sslviz.inspect.model import Model
from sslviz.inspect.reconstruction import draw_masking, require_decoder
from sslviz.inspect.stopping import Stop
from sslviz.methods.mae import MAE
from sslviz.spec.inspection import Strategy

MASKS = 4
"""Each image is painted so many times: a patch stays visible in all of them once in 256 times, and has no value then."""
RATIO = 0.75
"""Of files, which do not tell theirs; as in the paper."""


def masked_error(model: Model, images: ImageData, index: Array, seed: int, progress: Progress, stop: Stop) -> Hardness:
    """Mean squared error of hidden patches, over the same masks for every image. Raises InspectError, Cancelled."""
    ratio, strategy = _training_mask(model)
    masks = _masks(model, ratio, strategy, seed)
    sums, done = [], 0
    with closing(feed(model, images, index).batches()) as batches:
        for batch in batches:
            stop()
            sums.append(_errors(model, batch, masks))
            done += len(batch)
            progress(done / len(index), f"masked errors of {done:,} of {len(index):,} images")
    total, count = np.concatenate(sums), masks.sum(0).numpy()  # (m, L), (L,)
    places = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    values = (total.sum(1) / count.sum()).astype(np.float32)
    about = (
        f"Mean squared error of hidden patches ({ratio:.0%} hidden, {strategy}), mean of {MASKS} masks that are the same for every image. "
        "Plain images are easy and textured ones hard, whatever the model understands of them."
    )
    return Hardness(values, "error of hidden patches", about, places)


def _training_mask(model: Model) -> tuple[float, Strategy]:
    """What the run hides of its images."""
    method = model.loaded.method
    if not isinstance(method, MAE):
        return RATIO, "random"
    strategies: dict[str, Strategy] = {"random": "random", "block": "block", "grid": "grid"}
    return method.params.mask_ratio, strategies[method.params.strategy]


def _masks(model: Model, ratio: float, strategy: Strategy, seed: int) -> Tensor:
    """(MASKS, L) bool, True where hidden."""
    grid = require_decoder(model.loaded).plan.grid
    drawn = draw_masking(MASKS, grid, None, ratio, strategy, seed, None)
    return drawn.hidden.bool()


def _errors(model: Model, batch: Tensor, masks: Tensor) -> Array:
    """Sum over the masks of each hidden patch's error: (B, L) float64."""
    total = torch.zeros(len(batch), masks.shape[1], dtype=torch.float64)
    for mask in masks:
        errors = model.reconstruct(batch, mask=mask).errors.flatten(1).cpu().double()
        total += errors.masked_fill(~mask, 0)
    return total.numpy()
