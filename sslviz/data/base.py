"""What a data set is to the other rooms: images as uint8, with whatever is known of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.data.errors import DataError
from sslviz.spec.errors import Cancelled

Array = NDArray[Any]
Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and what is being done."""
IsCancelled = Callable[[], bool]

BLOCK = 1 << 20
"""Bytes that one checksum covers."""
MOST_BLOCKS = 256
"""So many blocks at most are checked of one array, spread evenly: all of it up to 256 MiB."""

LEAST_IMAGES = 3
"""Two to train on, one to measure on."""


def silent(fraction: float, text: str) -> None:
    """Progress that nobody watches."""


def never() -> bool:
    """Nobody cancels."""
    return False


def stop_if(cancelled: IsCancelled) -> None:
    """Raises Cancelled where the user gave up."""
    if cancelled():
        raise Cancelled("Loading the images was cancelled.", "Nothing was kept; start it again at any time.")


@dataclass(frozen=True, eq=False)
class ImageData:
    """Images of one split and what is known of them. Arrays may be read-only memory maps.

    `factors` are those of the main object or of the whole scene, such as "shape", "hue" or "background": `factors[name][i]` is an index
    into `factor_names[name]`. `mean` and `std` are of the pixels in [0, 1] of the *training* split, in both splits.
    """

    name: str
    images: Array  # (N, 3, H, W) uint8, C-contiguous
    labels: Array | None  # (N,) int64, indices into class_names; -1 where unknown
    class_names: tuple[str, ...]
    factors: Mapping[str, Array] = field(default_factory=dict)  # (N,) int64 each
    factor_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    masks: Array | None = None  # (N, H, W) uint8 instance ids, 0 is background
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.25, 0.25, 0.25)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.images.shape[2]), int(self.images.shape[3])


@dataclass(frozen=True, eq=False)
class Splits:
    """Training and validation images; `note` says in plain words where they are from, how they were split and what was left out."""

    train: ImageData
    val: ImageData
    note: str
    skipped: tuple[str, ...] = ()  # "path: reason" of unreadable files, at most 200
    skipped_count: int = 0

    @cached_property
    def fingerprint(self) -> str:
        """Hash of pixels and labels: equal for equal data wherever it lies (arrays above 256 MiB: of evenly spaced blocks)."""
        digest = blake2b(digest_size=16)
        for data in (self.train, self.val):
            digest.update(repr(data.class_names).encode())
            for array in (data.images, data.labels):
                if array is not None:
                    digest.update(repr((array.shape, block_checksums(array))).encode())
        return digest.hexdigest()


def block_checksums(array: Array) -> tuple[tuple[int, int], ...]:
    """(block number, CRC-32) of up to MOST_BLOCKS blocks of BLOCK bytes, spread evenly over the array's memory."""
    flat = np.ascontiguousarray(array).data.cast("B") if array.size else memoryview(b"")
    count = -(-len(flat) // BLOCK)
    chosen = np.unique(np.linspace(0, max(count - 1, 0), min(count, MOST_BLOCKS)).astype(np.int64))
    return tuple((int(k), zlib.crc32(flat[k * BLOCK : (k + 1) * BLOCK])) for k in chosen)


def require_enough(count: int, where: str) -> None:
    """Raises DataError where too few images are left to train on and to measure on."""
    if count < LEAST_IMAGES:
        readable = "no readable image" if count == 0 else f"only {count} readable image{'s' if count > 1 else ''}"
        raise DataError(f"{where} holds {readable}; a run needs at least {LEAST_IMAGES}: two to train on, one to measure on.",
                        "Add images, or choose another folder or data set.")  # fmt: skip
