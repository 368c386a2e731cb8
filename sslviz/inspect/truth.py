"""How well maps of patches find an object whose mask is known pixel by pixel. Each patch counts as the square of pixels that it is.

The numbers are those of `sslviz.metrics.attention` on maps enlarged to pixels; here the pixels of a patch are counted once, which
is what makes 144 maps of 480 x 480 px cheap.
"""

from __future__ import annotations

import torch
from torch import Tensor


def object_pixels(truth: Tensor, patch: tuple[int, int]) -> Tensor:
    """Pixels of the object in each patch: truth (H, W), not 0 where it is -> (L,) float64, row by row."""
    height, width = truth.shape
    cells = truth.bool().double().reshape(height // patch[0], patch[0], width // patch[1], patch[1])
    return cells.sum(dim=(1, 3)).flatten()


def jaccard(kept: Tensor, found: Tensor, area: int) -> Tensor:
    """Intersection over union: kept (..., L) bool, found (L,) of `object_pixels`, area of a patch in px -> (...,) float64.

    NaN where there is no object.
    """
    both = (kept * found).sum(-1)
    either = kept.sum(-1) * area + found.sum() - both
    return both / either if bool(found.any()) else both * torch.nan


def auroc(maps: Tensor, found: Tensor, area: int) -> Tensor:
    """Probability that a pixel of the object lies on a higher patch than one beside it, ties half: maps (..., L) -> (...,) float64.

    0.5 is chance. NaN where the object is nothing or everything.
    """
    beside = area - found
    values = maps.double().contiguous()
    ordered, order = values.sort(dim=-1)
    counts = torch.nn.functional.pad(
        beside[order].cumsum(-1), (1, 0)
    )  # (..., L + 1): pixels beside, on the k lowest patches
    below, up_to = (torch.searchsorted(ordered.contiguous(), values, right=right) for right in (False, True))
    lower = (counts.gather(-1, below) + counts.gather(-1, up_to)) / 2
    return (lower * found).sum(-1) / (found.sum() * beside.sum())
