"""Which patches are hidden: MAE's random masks and the block and grid masks that its Fig. 6 compares them with.

Every strategy gives each patch a number, and those with the smallest stay visible. So each hides exactly as many patches of
every image, whatever the strategy, and a batch stays one tensor. L patches of an image, K of them kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Masking:
    """What is hidden of each image of a batch."""

    kept: Tensor  # (B, K) int64: the visible patches, in the order in which the encoder sees them
    restore: Tensor  # (B, L) int64: where each patch lies in [visible ones, hidden ones]
    hidden: Tensor  # (B, L) float32: 1 where a patch is hidden, 0 where it is visible


def kept_count(patches: int, ratio: float) -> int:
    """How many of `patches` stay visible: int(L · (1 - ratio)), truncated in floating point as in the authors' code.

    100 patches at 0.9 keep 9, because 1 - 0.9 is a hair below 0.1.
    """
    return int(patches * (1 - ratio))


def mask_by(order: Tensor, kept: int) -> Masking:
    """Keep the `kept` patches with the smallest numbers of `order` (B, L), in rising order; ties go to the first."""
    shuffle = order.argsort(dim=1, stable=True)
    restore = shuffle.argsort(dim=1, stable=True)
    return Masking(shuffle[:, :kept], restore, (restore >= kept).float())


def mask_as(hidden: Tensor) -> Masking:
    """The mask that is given: hidden (B, L) bool, equally many in each image. Raises ValueError where they differ."""
    counts = (~hidden).sum(1)
    if int(counts.min()) != int(counts.max()):
        raise ValueError("masks of one batch must hide equally many patches of each image")
    return mask_by(hidden.float(), int(counts[0]))


def take(tokens: Tensor, kept: Tensor) -> Tensor:
    """Rows `kept` (B, K) of tokens (B, L, D) -> (B, K, D)."""
    return tokens.gather(1, kept[:, :, None].expand(-1, -1, tokens.shape[2]))


def random_order(count: int, grid: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Each patch on its own: uniform noise. -> (count, h·w)."""
    return torch.rand(count, grid[0] * grid[1], generator=generator, device=generator.device)


def block_order(count: int, grid: tuple[int, int], generator: torch.Generator) -> Tensor:
    """One rectangle is hidden, about a random place and of random shape (1:2 to 2:1), cut off by the border. -> (count, h·w).

    BEiT (arXiv:2106.08254) adds rectangles until there are enough, and hides a varying number; this one grows until there are
    exactly enough.
    """
    h, w = grid
    draw = torch.rand(count, 3, generator=generator, device=generator.device)
    stretch = 2 ** (draw[:, 2] - 0.5)  # half of an aspect of 1/2 to 2
    down = (torch.arange(h, device=draw.device) + 0.5 - h * draw[:, :1]).abs() / (h * stretch[:, None])  # (count, h)
    across = (torch.arange(w, device=draw.device) + 0.5 - w * draw[:, 1:2]).abs() / w * stretch[:, None]  # (count, w)
    rectangle = torch.maximum(down[:, :, None], across[:, None, :])
    rounding = torch.hypot(down[:, :, None], across[:, None, :])  # the last side fills from its middle
    return -(rectangle + 1e-3 * rounding).flatten(1)


def grid_order(count: int, grid: tuple[int, int], generator: torch.Generator) -> Tensor:
    """As even as can be: every second row and column stays visible at a ratio of 3/4, a chequerboard at 1/2. -> (count, h·w).

    The order is Bayer's, of ordered dithering, from a random corner in each image.
    """
    h, w = grid
    bits = max((max(h, w) - 1).bit_length(), 1)
    corner = torch.randint(2**bits, (count, 2), generator=generator, device=generator.device)
    y = (torch.arange(h, device=corner.device) + corner[:, :1])[:, :, None]  # (count, h, 1)
    x = (torch.arange(w, device=corner.device) + corner[:, 1:])[:, None, :]  # (count, 1, w)
    order = torch.zeros(count, h, w, dtype=torch.int64, device=corner.device)
    for k in range(bits):  # the finest bit of a place decides first
        order = 4 * order + 2 * ((x ^ y) >> k & 1) + (y >> k & 1)
    return order.flatten(1)


STRATEGIES: dict[str, Callable[[int, tuple[int, int], torch.Generator], Tensor]] = {
    "random": random_order,
    "block": block_order,
    "grid": grid_order,
}
"""By name: (images, grid (h, w), generator) -> a number of each patch; the smallest stay visible."""
