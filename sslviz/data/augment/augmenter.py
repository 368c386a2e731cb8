"""Augmenter: random views of a whole batch, per-sample parameters, tensor operations on the images' device.

A view is  clamp(M (R_y X R_x^T) + o): two batched matrix products for crop, flip, resize and blur (sampling.py), one for all
colours (colour.py), then solarise. Blur and colours commute but for the clamp, so blur joins the sampling matrices.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor

from sslviz.data.augment.colour import fold, random_factors
from sslviz.data.augment.crop import random_boxes, whole
from sslviz.data.augment.draws import Draws
from sslviz.data.augment.sampling import BlurAxis, blur_radius, resizing
from sslviz.data.errors import DataError
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe, view_size


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
        self._buffers: dict[str, Tensor] = {}
        self._makers = tuple(_ViewMaker(view, size, device, self._buffers) for view in augmentation.views)
        self._alone: dict[str, _ViewMaker] = {}

    def __call__(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """One float32 (count, B, 3, h, w) in [0, 1] for each view recipe. images (B, 3, H, W) uint8 on `device`."""
        pixels = self._pixels(images)
        return tuple(maker.make(pixels, generator) for maker in self._makers)

    def alone(self, operation: str, images: Tensor, generator: torch.Generator) -> Tensor:
        """(B, 3, H, W) float32 in [0, 1]: one operation at the first recipe's strength and probability 1. Raises DataError."""
        if operation not in OPERATIONS:
            raise DataError(f"There is no operation {operation!r}.", f"There are: {', '.join(OPERATIONS)}.")
        if operation not in self._alone:
            view = only(self.augmentation.views[0], operation)
            self._alone[operation] = _ViewMaker(view, self.image_size, self.device, self._buffers)
        return self._alone[operation].make(self._pixels(images), generator)[0]

    def _pixels(self, images: Tensor) -> Tensor:
        """Rows with their three channels side by side, in [0, 1]: (B, H, 3, W)."""
        if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
            raise DataError(f"Expected images (B, 3, H, W) of uint8, got {tuple(images.shape)} of {images.dtype}.",
                            "Convert grey images to RGB and pixels to 0 to 255 first.")  # fmt: skip
        if tuple(images.shape[2:]) != self.image_size:
            raise DataError(f"Expected images of {self.image_size[0]} x {self.image_size[1]} px, "
                            f"got {images.shape[2]} x {images.shape[3]}.", "Make an Augmenter for this size.")  # fmt: skip
        b, c, h, w = images.shape
        pixels = buffer(self._buffers, "pixels", (b, h, c, w), images.device)
        return pixels.copy_(images.permute(0, 2, 1, 3)).mul_(1 / 255)


def only(view: ViewRecipe, operation: str) -> ViewRecipe:
    """One view with `operation` alone, at its strength and probability 1, at the images' own size."""
    changes: dict[str, Any] = {name: name == operation for name in OPERATIONS}
    changes |= {f"{name}_p": 1.0 for name in OPERATIONS if name != "crop"}
    return dataclasses.replace(view, count=1, size=0, share=1.0, **changes)


def buffer(buffers: dict[str, Tensor], name: str, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """A float32 buffer that is reused while its shape stays: fresh memory costs more than the arithmetic on it."""
    kept = buffers.get(name)
    if kept is None or kept.shape != shape or kept.device != device:
        kept = buffers[name] = torch.empty(shape, device=device)
    return kept


class _ViewMaker:
    """The views of one recipe."""

    def __init__(
        self, view: ViewRecipe, image_size: tuple[int, int], device: torch.device, buffers: dict[str, Tensor]
    ) -> None:
        self.view = view
        self.image_size = image_size
        self.size = view_size(view, image_size)
        self._buffers = buffers
        self._flips = view.flip and view.flip_p > 0
        self._blurs = view.blur and view.blur_p > 0
        self._colours = (view.jitter and view.jitter_p > 0) or (view.grayscale and view.grayscale_p > 0)
        self._solarises = view.solarise and view.solarise_p > 0
        self._samples = view.crop or self._flips or self._blurs or self.size != image_size
        radius = blur_radius(max(view.blur_min, view.blur_max))
        self._axes = [BlurAxis.build(side, radius, device) for side in self.size] if self._blurs else []

    def make(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """(count, B, 3, h, w) from pixels (B, H, 3, W)."""
        count, n = self.view.count, len(pixels)
        draws = Draws.of(count * n, generator, pixels.device)
        views = torch.empty((count, n, 3, *self.size), device=pixels.device)
        planes = views if not self._colours else buffer(self._buffers, "planes", tuple(views.shape), pixels.device)
        means = self._sample(pixels, draws, planes) if self._samples else _copy(pixels, planes)
        if self._colours:
            self._recolour(planes.flatten(0, 1), means, draws, views.flatten(0, 1))
        views.clamp_(0.0, 1.0)
        if self._solarises:
            self._solarise(views.flatten(0, 1), draws)
        return views

    def _sample(self, pixels: Tensor, draws: Draws, planes: Tensor) -> Tensor:
        """Write the cropped, flipped, resized and blurred views to `planes`; their mean colours before blur, (n, 3)."""
        n, height, _, width = pixels.shape
        rows, columns = self._resizing(draws)
        means = self._means(pixels, rows, columns) if self._blurs and self._colours else None
        if self._blurs:
            sigma = torch.where(draws.happens("blur", self.view.blur_p), self._sigma(draws), 0.0)
            rows, columns = (
                torch.bmm(axis.matrices(sigma), matrices)
                for axis, matrices in zip(self._axes, (rows, columns), strict=True)
            )
        h, w = self.size
        wide = buffer(self._buffers, "wide", (n, height * 3, w), pixels.device)
        small = buffer(self._buffers, "small", (n, h, 3 * w), pixels.device)
        for k, plane in enumerate(planes):
            part = slice(k * n, (k + 1) * n)
            torch.bmm(pixels.view(n, height * 3, width), columns[part].transpose(1, 2), out=wide)  # (n, H 3, w)
            torch.bmm(rows[part], wide.view(n, height, 3 * w), out=small)  # (n, h, 3 w)
            plane.copy_(small.view(n, h, 3, w).permute(0, 2, 1, 3))
        return planes.flatten(0, 1).mean((2, 3)) if means is None else means

    def _resizing(self, draws: Draws) -> tuple[Tensor, Tensor]:
        """Matrices of the rows (n, h, H) and of the columns (n, w, W)."""
        view, (height, width) = self.view, self.image_size
        boxes = (
            random_boxes(draws, self.image_size, (view.crop_min, view.crop_max), view.crop_ratio)
            if view.crop
            else whole(draws, self.image_size)
        )
        flip = draws.happens("flip", view.flip_p) if self._flips else None
        return (
            resizing(boxes.top, boxes.height, height, self.size[0]),
            resizing(boxes.left, boxes.width, width, self.size[1], flip),
        )

    def _sigma(self, draws: Draws) -> Tensor:
        low, high = sorted((self.view.blur_min, self.view.blur_max))
        return draws.between("sigma", low, high)

    def _means(self, pixels: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """Mean colours (count n, 3) of the views, without making them: contrast comes before blur."""
        n, height, _, width = pixels.shape
        across = torch.bmm(pixels.view(n, height * 3, width), columns.mean(1).view(-1, n, width).permute(1, 2, 0))
        down = rows.mean(1).view(-1, n, height)  # (count, n, H)
        return torch.einsum("vnh,nhcv->vnc", down, across.view(n, height, 3, -1)).flatten(0, 1)

    def _recolour(self, planes: Tensor, means: Tensor, draws: Draws, views: Tensor) -> None:
        """views = matrix @ planes + offset, over (n, 3, h, w)."""
        matrix, offset = fold(random_factors(draws, self.view), means)
        torch.bmm(matrix, planes.flatten(2), out=views.flatten(2))
        if self.view.jitter and self.view.contrast > 0:
            views.add_(offset[:, None, None, None])

    def _solarise(self, views: Tensor, draws: Draws) -> None:
        """Invert what is at or above the threshold, in the views that are drawn."""
        drawn = draws.happens("solarise", self.view.solarise_p)[:, None, None, None]
        views.copy_(torch.where(drawn & (views >= self.view.solarise_threshold), 1.0 - views, views))


def _copy(pixels: Tensor, planes: Tensor) -> Tensor:
    """Fill `planes` (count, n, 3, H, W) with unsampled pixels (n, H, 3, W); their mean colours (count n, 3)."""
    planes.copy_(pixels.permute(0, 2, 1, 3))
    return planes.flatten(0, 1).mean((2, 3))
