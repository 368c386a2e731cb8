"""Patches cut from images at given places, and the permutations that shuffle them."""

from __future__ import annotations

import functools
import itertools
import math

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor


def cut(images: Tensor, top: Tensor, left: Tensor, side: int) -> Tensor:
    """Square patches. images (n, 3, H, W); top, left (n, P) int64, of each patch's corner, inside -> (n, P, 3, side, side)."""
    along = torch.arange(side, device=images.device)
    n = torch.arange(len(images), device=images.device)[:, None, None, None]
    rows, columns = (top[..., None] + along)[..., :, None], (left[..., None] + along)[..., None, :]
    return images[n, :, rows, columns].permute(0, 1, 4, 2, 3)  # indexing put the channels last


def board(cells: Tensor) -> Tensor:
    """Nine patches, row by row, as one picture with grey lines between them: (n, 9, 3, s, s) -> (n, 3, 3s + 2, 3s + 2)."""
    side = cells.shape[-1] + 1
    framed = F.pad(cells, (0, 1, 0, 1), value=GREY).view(-1, 3, 3, *cells.shape[2:3], side, side)
    picture = framed.permute(0, 3, 1, 4, 2, 5).reshape(len(cells), -1, 3 * side, 3 * side)
    return picture[..., :-1, :-1]


GREY = 0.5
"""What lies between patches on a board, and where there is none."""


def draw(most: Tensor | int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Whole numbers, each equally likely from 0 to `most` (a tensor that broadcasts to `shape`, or one for all), int64."""
    unit = torch.rand(shape, generator=generator, device=generator.device)
    highest = most.to(unit.device) if isinstance(most, Tensor) else torch.tensor(most, device=unit.device)
    return torch.minimum((unit * (highest + 1)).long(), highest)  # unit is below 1, its product may round up


def side_that_fits(wanted: float, patch: int) -> int:
    """The largest whole number of the backbone's own patches, `patch` px each, in `wanted` px; 0 where not one fits."""
    return math.floor(wanted / patch + 1e-9) * patch


def usual_side(wanted: float, most: int, patch: int) -> int:
    """What of `wanted` px fits the backbone's own patches, at least LEAST_SIDE px and at most `most`."""
    least = -(-LEAST_SIDE // patch) * patch
    return max(min(side_that_fits(wanted, patch), side_that_fits(most, patch)), least)


def misfit(what: str, side: int, most: int, patch: int) -> tuple[str, str] | None:
    """(what is wrong, what to do) with `what` of `side` px where at most `most` fit and the backbone's own patches have `patch` px."""
    largest = side_that_fits(most, patch)
    if largest < max(patch, LEAST_SIDE):
        return (
            f"{what} would have at most {most} px here, too few for this backbone's patches of {patch} px."
            if patch > LEAST_SIDE
            else f"{what} would have at most {most} px here, too few to show anything.",
            "Choose larger images, or a convolutional backbone." if patch > LEAST_SIDE else "Choose larger images.",
        )
    if side < LEAST_SIDE or side > most:
        return (
            f"{what} of {side} px does not fit: it may have {LEAST_SIDE} to {most} px.",
            f"Choose {largest} px, or 0 for what fits.",
        )
    if side % patch:
        below = side_that_fits(side, patch)
        return (
            f"{what} of {side} px is no whole number of this backbone's patches of {patch} px.",
            f"Choose {below or patch} px, or 0 for what fits, or a convolutional backbone.",
        )
    return None


LEAST_SIDE = 4
"""Pixels of the smallest patch that still shows a corner or an edge."""


@functools.cache
def _orders(tiles: int) -> Tensor:
    """Every order of `tiles` tiles, one a column, (tiles, tiles!) uint8, the sorted one first."""
    flat = bytearray(itertools.chain.from_iterable(itertools.permutations(range(tiles))))
    return torch.frombuffer(flat, dtype=torch.uint8).view(-1, tiles).T.contiguous()


@functools.cache
def _far_apart(count: int, tiles: int) -> Tensor:
    orders = _orders(tiles)
    total = torch.zeros(
        orders.shape[1], dtype=torch.int32, device=orders.device
    )  # of the Hamming distances to those chosen
    least = torch.full_like(total, tiles, dtype=torch.uint8)
    chosen = [0]
    while len(chosen) < count:
        distance = torch.zeros_like(least)
        for place in orders:  # a sum over a bool matrix is four times slower
            distance += place != place[chosen[-1]]
        total += distance
        least = torch.minimum(least, distance)
        score = total * (tiles + 1) + least  # a chosen one has least = 0, and may never win
        chosen.append(int(score.masked_fill(least == 0, -1).argmax()))
    return orders[:, chosen].T.long()


def permutations(count: int, tiles: int = 9) -> Tensor:
    """`count` orders of `tiles` tiles that differ in as many places as possible, (count, tiles) int64.

    Algorithm 1 of Noroozi & Favaro 2016: again and again the order with the largest sum of Hamming distances to those
    chosen. Where several have it, as after every full Latin square, the one farthest from its nearest is taken (the paper
    takes any). It begins with the sorted order instead of a random one, so that a number has one set. Raises ValueError.
    """
    if not 1 <= count <= math.factorial(tiles):
        raise ValueError(f"there are {math.factorial(tiles)} orders of {tiles} tiles, not {count}")
    return _far_apart(count, tiles).clone()
