"""What painting into a hidden part gave, before it is an answer, and masks as requests name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.inspect.errors import InspectError
from sslviz.inspect.found import array
from sslviz.inspect.reconstruction import draw_masking
from sslviz.spec.events import Array
from sslviz.spec.inspection import Rebuild


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """As in `Rebuilt`; details go into the caption."""

    pictures: Mapping[str, Array]
    about: Mapping[str, str]
    hidden: Array
    errors: Array
    loss: float
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def pixels(image: Tensor) -> Array:
    """(3 or 1, H, W) in [0, 1] -> (H, W, 3) uint8."""
    rgb = image.expand(3, -1, -1).permute(1, 2, 0)
    return array((rgb.clamp(0, 1) * 255).round().to(torch.uint8))


def hidden_of(request: Rebuild, grid: tuple[int, int]) -> Tensor:
    """The mask that was painted, (h, w) bool, or the one that strategy, ratio and seed draw. Raises InspectError."""
    if request.strategy != "painted":
        drawn = draw_masking(1, grid, None, request.ratio, request.strategy, request.seed, None)
        return drawn.hidden.bool().view(grid)
    places = grid[0] * grid[1]
    if len(request.hidden) != places:
        raise InspectError(
            f"The painted mask has {len(request.hidden)} patches, and this picture has {grid[0]} × {grid[1]}.",
            "Paint it anew, or choose the size that it was painted at.",
            field="hidden",
        )
    if all(request.hidden):
        raise InspectError(
            "Everything is hidden, and nothing can be painted from nothing.", "Leave a patch visible.", field="hidden"
        )
    return torch.tensor(request.hidden).view(grid)


def mask_said(request: Rebuild, hidden: Tensor) -> str:
    """For captions: "75 % hidden, random, seed 0"."""
    share = f"{float(hidden.float().mean()):.0%} hidden"
    return f"{share}, painted" if request.strategy == "painted" else f"{share}, {request.strategy}, seed {request.seed}"
