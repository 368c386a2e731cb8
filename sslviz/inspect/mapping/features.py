"""Features of any number of images, a batch at a time: what maps, neighbours and colours are made from."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch

from sslviz.data.base import Array, ImageData, silent
from sslviz.inspect.errors import InspectError
from sslviz.inspect.layers import checked_layers
from sslviz.inspect.mapping.facts import facts_of
from sslviz.inspect.mapping.feed import Feed, feed, free_bytes
from sslviz.inspect.mapping.gathered import Gathered
from sslviz.inspect.mapping.identity import mark_of
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.sampling import sampled
from sslviz.inspect.mapping.tokens import Read, reader
from sslviz.inspect.model import Model
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.mapping import FeaturePlan
from sslviz.spec.quantities import size_text


def gather(
    model: Model, plan: FeaturePlan, images: ImageData, *, progress: Progress = silent, stop: Stop = never
) -> Gathered:
    """Features of the images of a split that `plan` asks for. images: that split; `plan.model` and `plan.data` are not looked at.

    The same plan gives the same images in the same order; batches are as large as memory allows. stop: called between two batches.
    Raises InspectError for tokens, layers and images that there are not, for features that are not finite, and where memory would
    not hold them; Cancelled.
    """
    stop()
    read, (layer,) = reader(model, plan), checked_layers((plan.layer,), model.depth)
    shape = _shape(model, feed(model, images, np.empty(0, np.int64)), layer, read)
    of_patches = plan.tokens == "patches"
    index, left_out = sampled(plan, images, shape.places)
    food = feed(model, images, index)
    values = _values(model, food, layer, read, shape, progress, stop)
    facts = facts_of(food, shape.grid if of_patches else None)
    return Gathered(
        values, facts.index, facts.patch, facts.label, images.class_names, facts.factors, facts.factor_names, shape.grid, len(images),
        (*left_out, *food.notes, *facts.notes), mark_of(model, images, index, plan.tokens, layer),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one image gives."""

    grid: tuple[int, int]
    places: int  # points
    width: int  # numbers of each


def _shape(model: Model, food: Feed, layer: int, read: Read) -> _Shape:
    """That of a black image: refusals come before anything is read."""
    found = model.features(torch.zeros(1, 3, *food.size, dtype=torch.uint8), layer)
    with torch.inference_mode():
        rows = read(found)[0]  # (F,) or (L, F)
    return _Shape(found.grid, 1 if rows.ndim == 1 else len(rows), rows.shape[-1])


def _values(model: Model, food: Feed, layer: int, read: Read, shape: _Shape, progress: Progress, stop: Stop) -> Array:
    """(n, F) float32, image by image."""
    points, done = len(food) * shape.places, 0
    values = _room(points, shape.width)
    with closing(food.batches()) as batches, torch.inference_mode():
        for batch in batches:
            stop()
            rows = read(model.features(batch, layer)).float().reshape(-1, shape.width).cpu().numpy()
            values[done : done + len(rows)] = rows
            done += len(rows)
            progress(done / points, f"features of {done // shape.places:,} of {len(food):,} images")
    return values


def _room(points: int, width: int) -> Array:
    need, free = 4 * points * width, free_bytes()
    if 2 * need > free:
        raise InspectError(
            f"{points:,} features of {width:,} numbers take {size_text(need)}, and {size_text(free)} of memory are free.",
            "Take fewer images, or close what else needs memory.",
            field="images",
        )
    return np.empty((points, width), np.float32)
