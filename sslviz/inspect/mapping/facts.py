"""What is known of each point: its image, its patch, its label and its factors; of a patch also where it lies and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sslviz.data.base import Array
from sslviz.inspect.mapping.feed import Feed
from sslviz.spec.mapping import OWN_PATCH

OBJECT, ROW, COLUMN = "object", "patch row", "patch column"
"""Factors of patches. Positions are among them because patches often lie together on a map for where they are, not for what they show."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """As in `Gathered`, of n points."""

    index: Array
    patch: Array
    label: Array
    factors: Mapping[str, Array]
    factor_names: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def facts_of(food: Feed, grid: tuple[int, int] | None) -> Facts:
    """Of whole images, or of all their patches where there is a grid."""
    data, index = food.images, food.index
    labels = np.full(len(data), -1, np.int64) if data.labels is None else np.asarray(data.labels, np.int64)
    factors = {name: np.asarray(values)[index].astype(np.int64) for name, values in data.factors.items()}
    names = dict(data.factor_names)
    if grid is None:
        return Facts(index.copy(), np.full(len(index), OWN_PATCH, np.int32), labels[index], factors, names)
    places = grid[0] * grid[1]
    patches = np.tile(np.arange(places, dtype=np.int32), len(index))
    repeated = {name: np.repeat(values, places) for name, values in factors.items()}
    own, own_names = _of_patches(food, grid, patches)
    return Facts(
        np.repeat(index, places), patches, np.repeat(labels[index], places), {**repeated, **own}, {**names, **own_names}
    )


def _of_patches(
    food: Feed, grid: tuple[int, int], patches: Array
) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
    """Whether most of a patch is object, where the data tells, and its row and column."""
    rows, columns = np.divmod(patches.astype(np.int64), grid[1])
    factors, names = {ROW: rows, COLUMN: columns}, {ROW: _numbers(grid[0]), COLUMN: _numbers(grid[1])}
    masks = food.masks()
    if masks is None:
        return factors, names
    return {OBJECT: _shares(masks, grid), **factors}, {OBJECT: ("background", "object"), **names}


def _shares(masks: Array, grid: tuple[int, int]) -> Array:
    """masks (n, H, W) bool -> (n·h·w,) int64: 1 where half of a patch or more is object."""
    height, width = masks.shape[1:]
    down, across = (np.arange(count + 1) * side // count for count, side in zip(grid, (height, width), strict=True))
    counts = np.add.reduceat(np.add.reduceat(masks.astype(np.int64), down[:-1], 1), across[:-1], 2)
    areas = np.diff(down)[:, None] * np.diff(across)[None]
    most: Array = (2 * counts >= areas).astype(np.int64).ravel()
    return most


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(k + 1) for k in range(count))
