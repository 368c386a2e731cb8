"""What the feature says when parts of a picture are covered: the masking test and occlusion sensitivity.

Parts are covered with grey: the mean colour that the network's normalisation takes away, 0 for the network itself.
Images here are (1, C, H, W), normalised; `pooled` gives the features (B, F) of such images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.inspect.similarity import similarity
from sslviz.inspect.stopping import Stop, never
from sslviz.nn.patch_grid import spread_over

STEPS = 8
"""Of the masking test, from nothing to everything covered."""

ORDERS = 3
"""Random orders whose mean is the masking test's baseline."""

PLACES = 10
"""Of the occluding square along the longer side, at most."""

PIXELS = 600_000
"""Of the pictures that go through the network together."""

Pooled = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Cosines with the feature of the whole picture, (STEPS + 1,) float32 each, the first 1."""

    shares: Tensor  # of the patches that are covered
    attended: Tensor  # the most attended ones
    random: Tensor  # as many at random, the mean over ORDERS


def masking_test(
    pooled: Pooled, x: Tensor, attention: Tensor, patch: tuple[int, int], seed: int = 0, stop: Stop = never
) -> Moved:
    """Cover the patches that attention (h, w) is highest on, more and more of them, and watch the feature move."""
    places, grid = attention.numel(), (attention.shape[0], attention.shape[1])
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randperm(places, generator=generator) for _ in range(ORDERS)]
    by_attention = attention.flatten().argsort(descending=True, stable=True).cpu()
    counts = [round(places * step / STEPS) for step in range(STEPS + 1)]
    hidden = torch.stack([_first(order, count) for order in (by_attention, *drawn) for count in counts])
    cosines = _cosines(pooled, x, spread_over(hidden, grid, patch).bool(), stop).view(1 + ORDERS, STEPS + 1)
    return Moved(torch.tensor(counts) / places, cosines[0], cosines[1:].mean(0))


def occlusion(pooled: Pooled, x: Tensor, cell: tuple[int, int], stop: Stop = never) -> Tensor:
    """How far the feature turns, 1 - cosine, when a square covers each place: (h', w') float32, row by row over the picture.

    cell: what the square's steps are whole numbers of, in px, such as a patch. The square is two steps long, so that squares overlap
    by half; places are PLACES along the longer side at most.
    """
    size = (x.shape[2], x.shape[3])
    step = tuple(max(1, -(-max(size) // (PLACES * side))) * side for side in cell)
    corners = [range(0, max(whole - stride, 1), stride) for whole, stride in zip(size, step, strict=True)]
    covered = torch.zeros(len(corners[0]) * len(corners[1]), 1, *size, dtype=torch.bool)
    for k, (top, left) in enumerate((top, left) for top in corners[0] for left in corners[1]):
        covered[k, :, top : top + 2 * step[0], left : left + 2 * step[1]] = True
    return 1 - _cosines(pooled, x, covered, stop).view(len(corners[0]), len(corners[1]))


def _first(order: Tensor, count: int) -> Tensor:
    """(L,) float32: 1 for the first `count` patches of the order."""
    return torch.zeros(len(order)).index_fill_(0, order[:count], 1.0)


def _cosines(pooled: Pooled, x: Tensor, covered: Tensor, stop: Stop) -> Tensor:
    """Of the features under each cover (k, 1, H, W) with that of the bare picture: (k,) float32."""
    bare = pooled(x)[0]
    return torch.cat([similarity(pooled(some), bare) for some in _covered(x, covered, stop)])


def _covered(x: Tensor, covered: Tensor, stop: Stop) -> Iterator[Tensor]:
    size = max(1, PIXELS // (x.shape[2] * x.shape[3]))
    for k in range(0, len(covered), size):
        stop()
        yield x.masked_fill(covered[k : k + size].to(x.device), 0.0)
