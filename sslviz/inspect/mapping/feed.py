"""Feed: images of a data set at the size that a model takes, in batches that fit into memory."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import psutil
import torch
from PIL import Image
from torch import Tensor

from sslviz.data.base import Array, ImageData
from sslviz.data.parallel import in_order
from sslviz.inspect.channels import channels_note
from sslviz.inspect.fitting import Fitted, Size, fitted
from sslviz.inspect.memory import memory_need
from sslviz.inspect.model import Model
from sslviz.inspect.pictures import padding, size_for
from sslviz.spec.inspection import PictureRef

BATCH_BYTES = 256 << 20
"""What a batch may hold inside the network, and at most a quarter of what is free."""
MOST, MOST_ON_CPU = 256, 64
"""Images at a time: more are not faster; of a processor's caches, slower."""


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """Images by their numbers, as `Model` takes them. Those of another size are cropped and resized as every picture is."""

    images: ImageData
    index: Array  # (n,) int64
    size: Size
    batch: int
    grey: tuple[int, int, int]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.index)

    @property
    def fits(self) -> bool:
        """Whether the images have the model's size already."""
        return self.images.image_size == self.size

    def batches(self) -> Generator[Tensor, None, None]:
        """(B, 3, H, W) uint8, in order; the next ones are resized meanwhile. Close it where work is given up."""
        starts = range(0, len(self), self.batch)
        if self.fits:
            yield from map(self._at, starts)
            return
        with closing(in_order(self._at, starts)) as batches:
            yield from batches

    def masks(self) -> Array | None:
        """(n, H, W) bool: the objects, where the data has masks, at the model's size."""
        if self.images.masks is None:
            return None
        if self.fits:
            return np.asarray(self.images.masks)[self.index] > 0
        found = [self._fitted(number).truth for number in self.index]
        return np.stack([np.zeros(self.size, bool) if truth is None else truth > 0 for truth in found])

    def _at(self, start: int) -> Tensor:
        rows = self.index[start : start + self.batch]
        if self.fits:
            return torch.from_numpy(np.array(np.asarray(self.images.images)[rows]))
        pixels = np.stack([self._fitted(number).pixels for number in rows])
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))

    def _fitted(self, number: int) -> Fitted:
        image = Image.fromarray(np.ascontiguousarray(self.images.images[number].transpose(1, 2, 0)))
        mask = None if self.images.masks is None else np.asarray(self.images.masks[number])
        return fitted(image, mask, self.size, "crop", self.grey)


def feed(model: Model, images: ImageData, index: Array) -> Feed:
    """The images with these numbers for this model, at its own size."""
    about = model.describe()
    size, note = size_for(PictureRef(), about)
    notes = tuple(said for said in (note, _resized(images, size), channels_note(about.channels)) if said)
    return Feed(images, index, size, batch_for(model, size), padding(about), notes)


def batch_for(model: Model, size: Size) -> int:
    """How many images of this size go through the model at a time."""
    need = memory_need(model, size)
    room = min(BATCH_BYTES, need.free_bytes // 4)
    most = MOST_ON_CPU if model.device.type == "cpu" else MOST
    return int(np.clip(room // max(need.need_bytes, 1), 1, most))


def free_bytes() -> int:
    """Of this computer's memory."""
    return int(psutil.virtual_memory().available)


def _resized(images: ImageData, size: Size) -> str:
    given = images.image_size
    if given == size:
        return ""
    cut = "" if given[0] * size[1] == given[1] * size[0] else "cropped in the middle and "
    return f"Images of {given[0]} × {given[1]} px were {cut}resized to {size[0]} × {size[1]} px, the model's own size."
