"""The images of an evaluation: which are used, at which size, and their labels on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from numpy.typing import NDArray
from torch import Tensor

from sslviz.data import ImageData
from sslviz.spec.errors import Cancelled

CHUNK = 256
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Watch:
    """How far a piece of work is: called with its share done. Raises Cancelled where somebody gave up."""

    advance: Callable[[float], None] = lambda _: None
    is_cancelled: Callable[[], bool] = lambda: False
    start: float = 0.0
    end: float = 1.0

    def __call__(self, share: float) -> None:
        if self.is_cancelled():
            raise Cancelled("The evaluation was cancelled.")
        self.advance(self.start + share * (self.end - self.start))

    def part(self, start: float, end: float) -> Watch:
        """A stretch of this piece of work."""
        width = self.end - self.start
        return Watch(self.advance, self.is_cancelled, self.start + start * width, self.start + end * width)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Some images of a split, in the order of their numbers."""

    data: ImageData
    indices: Indices
    size: tuple[int, int]
    device: torch.device

    def __len__(self) -> int:
        return len(self.indices)

    def images(self, rows: Indices) -> Tensor:
        """Images at `rows` of this pool on the device at the model's size, (n, 3, h, w) uint8."""
        images = torch.from_numpy(np.asarray(self.data.images)[self.indices[rows]]).to(self.device)
        return images if tuple(images.shape[2:]) == self.size else resized(images, self.size)

    def chunks(self, watch: Watch) -> Iterator[Tensor]:
        """All images in order, a few at a time."""
        for start in range(0, len(self), CHUNK):
            watch(start / len(self))
            yield self.images(np.arange(start, min(start + CHUNK, len(self))))

    def targets(self, name: str = "") -> Tensor:
        """Labels, or the values of factor `name`, (n,) int64."""
        values = self.data.factors[name] if name else self.data.labels
        assert values is not None, "checked before anything begins"  # noqa: S101
        return torch.from_numpy(np.asarray(values)[self.indices].astype(np.int64)).to(self.device)

    def masks(self) -> Tensor:
        """Foreground at the model's size, (n, h, w) bool."""
        assert self.data.masks is not None, "checked before anything begins"  # noqa: S101
        masks = torch.from_numpy(np.asarray(self.data.masks)[self.indices]).to(self.device) > 0
        if tuple(masks.shape[1:]) == self.size:
            return masks
        return F.adaptive_avg_pool2d(masks[:, None].float(), self.size)[:, 0] >= 0.5


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """uint8 (n, 3, H, W) -> (n, 3, h, w), smoothed, as held-out images of a run are."""
    smooth = F.interpolate(images.float() / 255, size, mode="bilinear", antialias=True)
    return (smooth * 255).round_().clamp_(0, 255).to(torch.uint8)


def known(data: ImageData) -> Indices:
    """Numbers of the images whose label is known; all of them where the data has no labels (factors do not need them)."""
    return np.arange(len(data)) if data.labels is None else np.flatnonzero(np.asarray(data.labels) >= 0)


def sample(data: ImageData, most: int, seed: int) -> Indices:
    """At most `most` images (0: all), every class in its proportion to within one, in the order of their numbers."""
    among = known(data)
    if not 0 < most < len(among):
        return among
    order = np.random.default_rng(seed).permutation(among)
    if data.labels is None:
        return np.sort(order[:most])
    labels = np.asarray(data.labels)[order]
    by_class = np.argsort(labels, kind="stable")
    _, starts, counts = np.unique(labels[by_class], return_index=True, return_counts=True)
    rank = np.empty(len(order))
    rank[by_class] = (np.arange(len(order)) - np.repeat(starts, counts) + 0.5) / np.repeat(counts, counts)
    return np.sort(order[np.argsort(rank, kind="stable")[:most]])


def draw_per_class(targets: Tensor, count: int, seed: int) -> Tensor:
    """Rows of `count` images of each class, drawn by `seed`; all rows for 0. targets (n,) -> (m,) int64, ascending."""
    if not count:
        return torch.arange(len(targets), device=targets.device)
    generator = torch.Generator().manual_seed(seed)
    where = targets.cpu()
    rows = [torch.nonzero(where == c).flatten() for c in sorted(set(where.tolist()))]
    drawn = [r[torch.randperm(len(r), generator=generator)[:count]] for r in rows]
    return torch.cat(drawn).sort().values.to(targets.device)
