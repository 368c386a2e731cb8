"""A file in memory without being read: tensors are views of its pages, which the system loads as they are touched.

Views are for looking at a file. A training that goes on overwrites its checkpoints, and whoever touches pages that a file no longer
has is ended by the system: what is kept longer than the opening takes is copied by `own_memory`.
"""

from __future__ import annotations

import mmap
import os
import stat
import threading
import weakref
from pathlib import Path

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Not blocking: a named pipe would hold the opening up until somebody writes into it."""


_mapped: weakref.WeakKeyDictionary[mmap.mmap, int] = weakref.WeakKeyDictionary()
"""Every mapping that is alive, and its address."""
_lock = threading.Lock()


def open_regular(path: Path) -> int:
    """A descriptor of an ordinary file. Raises CheckpointError for devices, pipes, sockets and folders; OSError."""
    descriptor = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CheckpointError("This is no ordinary file.", "Choose a file of weights, or the folder that holds it.")
    return descriptor


class MappedFile:
    """The bytes of a file, or bytes that lay in one; every access is checked against `size`."""

    def __init__(self, buffer: mmap.mmap | bytearray) -> None:
        self._buffer = buffer
        self.view = memoryview(buffer)
        self.size = len(buffer)

    @classmethod
    def open(cls, path: Path) -> MappedFile:
        """Map a file, privately: nothing is ever written. Raises CheckpointError for an empty one; OSError."""
        descriptor = open_regular(path)
        try:
            if os.fstat(descriptor).st_size == 0:
                raise CheckpointError("The file is empty.", "Its download or copy has failed: fetch it again.")
            # A private mapping, as torch warns about buffers that cannot be written to.
            buffer = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
        finally:
            os.close(descriptor)
        with _lock:
            _mapped[buffer] = torch.frombuffer(buffer, dtype=torch.uint8, count=1).data_ptr()
        return cls(buffer)

    def require(self, start: int, length: int) -> None:
        """Raises CheckpointError unless [start, start + length) lies within the file."""
        if start < 0 or length < 0 or start + length > self.size:
            raise damaged(f"it ends at byte {self.size:,}, and bytes up to {start + length:,} are spoken of")

    def cut(self, start: int, length: int) -> bytes:
        """A copy of some bytes. Raises CheckpointError where they are not all there."""
        self.require(start, length)
        return bytes(self.view[start : start + length])

    def numbers(self, start: int, length: int, alignment: int) -> Tensor:
        """Bytes as a tensor (length,) of uint8 whose address is a multiple of `alignment`: a view, or else a copy."""
        self.require(start, length)
        if length == 0:
            return torch.empty(0, dtype=torch.uint8)
        found = torch.frombuffer(self._buffer, dtype=torch.uint8, count=length, offset=start)
        if found.data_ptr() % alignment == 0:
            return found
        copy = found.clone()
        if isinstance(self._buffer, mmap.mmap):
            _forget(self._buffer, start, length)
        return copy


def mapping_of(tensor: Tensor) -> tuple[mmap.mmap, int] | None:
    """The mapped file whose bytes a tensor views, and the first of them; None for tensors in memory of their own."""
    place = tensor.data_ptr()
    with _lock:
        for buffer, address in _mapped.items():
            if address <= place < address + len(buffer):
                return buffer, place - address
    return None


def own_memory(tensor: Tensor) -> Tensor:
    """The same numbers in memory that no file can take away: a copy of a view of a mapped file, any other tensor itself."""
    found = mapping_of(tensor)
    if found is None:
        return tensor
    copy = tensor.detach().clone(memory_format=torch.contiguous_format)
    _forget(*found, tensor.numel() * tensor.itemsize)
    return copy


def _forget(buffer: mmap.mmap, start: int, length: int) -> None:
    """Pages that were copied need not be in memory twice; whoever asks for them again gets them from the file."""
    if hasattr(mmap, "MADV_DONTNEED"):
        first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        pages = (start + length - first) // mmap.PAGESIZE
        if pages > 0:
            buffer.madvise(mmap.MADV_DONTNEED, first, pages * mmap.PAGESIZE)
