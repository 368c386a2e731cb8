"""Augmenter: random views of a whole batch, per-sample parameters, tensor operations on the images' device."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor

from sslviz.data.augment.view import Buffers, ViewMaker
from sslviz.data.errors import DataError
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe

CACHED_BYTES = 1 << 21
"""Size of a chunk of images as float32 on a CPU; the buffers of a view are as large again, a few times."""


class Augmenter:
    """Makes the views of an `Augmentation` of images of one size.

    The same generator state gives the same views, whatever the number of threads. Keeps its buffers between calls: use one
    Augmenter a thread. Holds no random state.
    """

    def __init__(self, augmentation: Augmentation, image_size: tuple[int, int] | int, device: torch.device) -> None:
        size = (image_size, image_size) if isinstance(image_size, int) else image_size
        if min(size) < 2:
            raise DataError(f"Images of {size[0]} x {size[1]} px are too small to augment.", "Use at least 2 x 2 px.")
        self.augmentation = augmentation
        self.image_size = size
        self.device = device
        self._buffers = Buffers(device)
        self._makers = tuple(ViewMaker(view, size, self._buffers) for view in augmentation.views)
        self._alone: dict[str, ViewMaker] = {}

    def __call__(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """One float32 (count, B, 3, h, w) in [0, 1] for each view recipe. images (B, 3, H, W) uint8 on the device.

        The generator may live on the CPU while the images do not: then the views are the same on every device. Raises DataError.
        """
        return self._make(self._makers, images, generator)

    def alone(self, operation: str, images: Tensor, generator: torch.Generator) -> Tensor:
        """(B, 3, H, W) float32 in [0, 1]: one operation at the first recipe's strength and probability 1. Raises DataError."""
        if operation not in OPERATIONS:
            raise DataError(f"There is no operation {operation!r}.", f"There are: {', '.join(OPERATIONS)}.")
        if operation not in self._alone:
            view = only(self.augmentation.views[0], operation)
            self._alone[operation] = ViewMaker(view, self.image_size, self._buffers)
        return self._make((self._alone[operation],), images, generator)[0][0]

    def _make(self, makers: tuple[ViewMaker, ...], images: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        self._check(images)
        n = len(images)
        plans = [maker.plan(n, generator) for maker in makers]
        views = tuple(torch.empty((m.view.count, n, 3, *m.size), device=self.device) for m in makers)
        for start in range(0, n, step := self._chunk(n)):
            here = slice(start, start + step)
            pixels = self._pixels(images[here])
            for maker, plan, made in zip(makers, plans, views, strict=True):
                for k in range(maker.view.count):
                    maker.fill(
                        made[k, here], pixels, plan[slice(k * n + start, min(k * n + start + step, (k + 1) * n))]
                    )
        return views

    def _chunk(self, n: int) -> int:
        """Images at a time: on a CPU as many as stay in its cache, elsewhere all."""
        if self.device.type != "cpu":
            return max(n, 1)
        return max(8, CACHED_BYTES // (12 * self.image_size[0] * self.image_size[1]))

    def _check(self, images: Tensor) -> None:
        if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
            raise DataError(f"Expected images (B, 3, H, W) of uint8, got {tuple(images.shape)} of {images.dtype}.",
                            "Convert grey images to RGB and pixels to 0 to 255 first.")  # fmt: skip
        if tuple(images.shape[2:]) != self.image_size:
            raise DataError(f"Expected images of {self.image_size[0]} x {self.image_size[1]} px, "
                            f"got {images.shape[2]} x {images.shape[3]}.", "Make an Augmenter for this size.")  # fmt: skip

    def _pixels(self, images: Tensor) -> Tensor:
        """Rows with their three channels side by side, in [0, 1]: (n, H, 3, W)."""
        n, c, h, w = images.shape
        return self._buffers.get("pixels", n, h, c, w).copy_(images.permute(0, 2, 1, 3)).mul_(1 / 255)


def only(view: ViewRecipe, operation: str) -> ViewRecipe:
    """One view with `operation` alone, at its strength and probability 1, at the images' own size."""
    changes: dict[str, Any] = {name: name == operation for name in OPERATIONS}
    changes |= {f"{name}_p": 1.0 for name in OPERATIONS if name != "crop"}
    return dataclasses.replace(view, count=1, size=0, share=1.0, **changes)
