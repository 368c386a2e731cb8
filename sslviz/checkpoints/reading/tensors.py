"""Tensors as views of stored numbers: what is claimed of them is checked before anything is made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.mapped_file import MappedFile

READABLE = frozenset(
    {
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool,
        torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64,
    }
)  # fmt: skip
"""Types whose numbers mean what they say."""

MOST_DIMENSIONS = 16
"""More than any weight has."""


class Storage:
    """A run of numbers in a file, `start` and `length` in bytes, which tensors share."""

    __slots__ = ("_held", "_root", "dtype", "file", "length", "start")

    def __init__(self, file: MappedFile, dtype: torch.dtype, start: int, length: int) -> None:
        file.require(start, length)
        self.file, self.dtype, self.start, self.length = file, dtype, start, length
        self._held: Tensor | None = None
        self._root = self

    def part(self, offset: Any, count: Any) -> Storage:
        """`count` numbers from the `offset`-th on, as old files describe views of a storage. Raises CheckpointError."""
        start = whole(offset, "the offset of a view") * self.dtype.itemsize
        length = whole(count, "the size of a view") * self.dtype.itemsize
        if start + length > self.length:
            raise damaged("a view reaches beyond its storage")
        part = Storage(self.file, self.dtype, self.start + start, length)
        part._root = self._root
        return part

    def numbers(self, dtype: torch.dtype) -> Tensor:
        """All whole numbers of the storage as `dtype`, 1-D: copied once where the file does not align them for their type."""
        if self._root is not self:
            first, count = (self.start - self._root.start) // dtype.itemsize, self.length // dtype.itemsize
            return self._root.numbers(dtype)[first : first + count]
        if self._held is None or self._held.data_ptr() % dtype.itemsize:
            self._held = self.file.numbers(self.start, self.length, dtype.itemsize)
        return self._held[: self.length - self.length % dtype.itemsize].view(dtype)


def whole(number: Any, what: str) -> int:
    """A number that must be 0, 1, 2 ... Raises CheckpointError."""
    if type(number) is not int or number < 0:
        raise damaged(f"{what} is no whole number")
    return number


def extent(shape: Any, what: str) -> tuple[int, ...]:
    """A shape or strides. Raises CheckpointError unless it is a short sequence of whole numbers."""
    if not isinstance(shape, Sequence) or len(shape) > MOST_DIMENSIONS:
        raise damaged(f"{what} is no list of at most {MOST_DIMENSIONS} numbers")
    return tuple(whole(size, what) for size in shape)


def require_readable(dtype: torch.dtype) -> None:
    """Raises CheckpointError for numbers that need a scale beside them, or that no weight is made of."""
    if dtype not in READABLE:
        name = str(dtype).removeprefix("torch.")
        raise CheckpointError(
            f"The file holds numbers of type {name}, which are quantised or cannot be computed with.",
            "Open the file of the same model in float32, bfloat16 or float16.",
        )


def require_possible(shape: Sequence[int], dtype: torch.dtype, available: int) -> None:
    """Raises CheckpointError where a tensor claims more bytes than its whole file has, be it through a stride of 0."""
    if math.prod(shape) * dtype.itemsize > available:
        raise CheckpointError(
            f"A tensor claims the shape {tuple(shape)}, more than the whole file of {available:,} bytes can hold.",
            "The file is damaged or made to exhaust the memory: fetch it again from where you trust it.",
        )


def strided(storage: Storage, dtype: torch.dtype, offset: Any, shape: Any, strides: Any) -> Tensor:
    """A tensor that views `storage`: shape, strides and offset in numbers of `dtype`. Raises CheckpointError."""
    require_readable(dtype)
    sizes, steps, first = extent(shape, "a shape"), extent(strides, "a stride"), whole(offset, "an offset")
    if len(sizes) != len(steps):
        raise damaged("a shape and its strides differ in length")
    require_possible(sizes, dtype, storage.file.size)
    if 0 in sizes:
        return torch.empty(sizes, dtype=dtype)
    last = first + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if (last + 1) * dtype.itemsize > storage.length:
        raise damaged(f"a tensor of shape {sizes} reaches beyond its storage")
    return storage.numbers(dtype)[first : last + 1].as_strided(sizes, steps)
