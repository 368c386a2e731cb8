"""How a picture of any size becomes one that a network takes: cropped, padded or stretched, and what that did to it in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sslviz.data.base import Array
from sslviz.spec.inspection import Fit

Size = tuple[int, int]
"""Height and width in px."""

SLIGHT = 0.005
"""Of a side: what is cut, padded or stretched by less is not worth a word."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The picture as the network gets it."""

    pixels: Array  # (H, W, 3) uint8
    truth: Array | None  # (H, W) uint8
    frame: tuple[
        float, float, float, float
    ]  # top, left, bottom, right in shares of the whole; outside 0 to 1 where padded
    note: str  # "" where nothing was done
    how: str  # the same in a word or two, for captions: "fit: crop", "resized"


def nearest_size(asked: Size, patch: Size) -> Size:
    """The nearest whole numbers of patches, at least one each way; halves go up."""
    height, width = (max(1, int(side / cell + 0.5)) * cell for side, cell in zip(asked, patch, strict=True))
    return height, width


def fitted(image: Image.Image, mask: Array | None, size: Size, fit: Fit, grey: tuple[int, int, int]) -> Fitted:
    """`image` (RGB) and its mask at `size`, photographs by bicubic resampling with anti-aliasing, masks by the nearest pixel."""
    whole = (image.height, image.width)
    labels = None if mask is None else Image.fromarray(np.asarray(mask, np.uint8))
    if fit == "pad":
        return _padded(image, labels, whole, size, grey)
    down, across = (share if fit == "crop" else 1.0 for share in _shares(whole, size))
    top, left = max((1 - down) / 2, 0.0), max((1 - across) / 2, 0.0)
    right, bottom = min((left + across) * whole[1], whole[1]), min((top + down) * whole[0], whole[0])
    box = (left * whole[1], top * whole[0], right, bottom)
    pixels = _resized(image, size, box, Image.Resampling.BICUBIC)
    truth = None if labels is None else _resized(labels, size, box, Image.Resampling.NEAREST)
    return Fitted(pixels, truth, (top, left, top + down, left + across), *_said(fit, whole, size, down, across))


def _shares(whole: Size, size: Size) -> tuple[float, float]:
    """How much of the picture's height and width a crop of the shape of `size` keeps."""
    scale = max(size[0] / whole[0], size[1] / whole[1])
    return min(size[0] / (scale * whole[0]), 1.0), min(size[1] / (scale * whole[1]), 1.0)  # 1 + a rounding is outside


def _padded(
    image: Image.Image, labels: Image.Image | None, whole: Size, size: Size, grey: tuple[int, int, int]
) -> Fitted:
    scale = min(size[0] / whole[0], size[1] / whole[1])
    inner = (min(max(1, round(scale * whole[0])), size[0]), min(max(1, round(scale * whole[1])), size[1]))
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    there = (slice(top, top + inner[0]), slice(left, left + inner[1]))
    box = (0.0, 0.0, float(whole[1]), float(whole[0]))
    pixels = np.empty((*size, 3), np.uint8)
    pixels[:] = grey
    pixels[there] = _resized(image, inner, box, Image.Resampling.BICUBIC)
    truth = None
    if labels is not None:
        truth = np.zeros(size, np.uint8)
        truth[there] = _resized(labels, inner, box, Image.Resampling.NEAREST)
    frame = (-top / inner[0], -left / inner[1], (size[0] - top) / inner[0], (size[1] - left) / inner[1])
    return Fitted(pixels, truth, frame, *_said("pad", whole, size, size[0] / inner[0], size[1] / inner[1]))


def _resized(image: Image.Image, size: Size, box: tuple[float, float, float, float], how: Image.Resampling) -> Array:
    if image.size == (size[1], size[0]) == (round(box[2] - box[0]), round(box[3] - box[1])):
        return np.array(image)
    gap = 3.0 if how is Image.Resampling.BICUBIC else None
    return np.array(image.resize((size[1], size[0]), how, box=box, reducing_gap=gap))


def _said(fit: Fit, whole: Size, size: Size, down: float, across: float) -> tuple[str, str]:
    """What happened to the picture, in a sentence and in a word. down, across: how much of its height and width is in the frame."""
    if whole == size:
        return "", ""
    sizes = f"the picture of {whole[0]} × {whole[1]} px"
    stretch = (size[1] / whole[1]) / (size[0] / whole[0])
    lost = 1 - min(down, across) if fit == "crop" else 1 - 1 / max(down, across)
    if (abs(stretch - 1) if fit == "resize" else lost) < SLIGHT:
        return f"Resized from {sizes}.", "resized"
    if fit == "resize":
        return f"Resized from {sizes}, whose width was stretched to {stretch:.0%} against its height.", "fit: resize"
    where = "sides" if (across < down if fit == "crop" else across > down) else "top and bottom"
    if fit == "crop":
        return f"The middle of {sizes}: {lost:.0%} were cut off at the {where}.", "fit: crop"
    return f"The whole of {sizes}: {lost:.0%} of what the network sees is grey, at the {where}.", "fit: pad"
