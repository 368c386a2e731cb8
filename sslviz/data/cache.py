"""The cache of decoded and generated images: one folder an entry, raw arrays beside a `meta.json`, memory-mapped when read.

An entry is written beside its place, synced, and renamed, so it is whole or absent whatever happens; of two processes that write
the same entry one wins and both go on. Checksums find a damaged entry (above 256 MiB an array: in evenly spaced blocks of it), which
counts as absent and is built anew.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import socket
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import psutil

from sslviz.data.base import BLOCK, Array, block_checksums
from sslviz.data.errors import DataError
from sslviz.spec.places import cache_folder, compiled_folder, layouts_folder, precision_folder
from sslviz.spec.quantities import size_text
from sslviz.spec.requests import CacheSummary

Arrays = Mapping[str, Array]
FORMAT = 1
_META = "meta.json"
_PART = ".part-"
_STALE_SECONDS = 2 * 86_400
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ArrayMeta(msgspec.Struct, frozen=True):
    """One raw file: its shape, its type, and the CRC-32 of each block of BLOCK bytes."""

    shape: tuple[int, ...]
    dtype: str
    blocks: tuple[int, ...]


class Meta(msgspec.Struct, frozen=True):
    """The text of meta.json."""

    format: int
    arrays: dict[str, ArrayMeta]
    about: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Entry:
    """A whole entry: read-only memory maps by name, and what its writer said about them."""

    folder: Path
    arrays: Arrays
    about: Mapping[str, Any]


def entries_folder() -> Path:
    """Where the entries lie; not created here."""
    return cache_folder() / "images"


def find(name: str) -> Entry | None:
    """The entry called `name`; None where there is none, or a damaged one or one of another format."""
    folder = entries_folder() / name
    try:
        meta = msgspec.json.decode((folder / _META).read_bytes(), type=Meta)
        if meta.format != FORMAT:
            return None
        arrays = {key: _open(folder / f"{key}.bin", array) for key, array in meta.arrays.items()}
    except (OSError, ValueError, TypeError, msgspec.MsgspecError):
        return None
    with contextlib.suppress(OSError):  # a cache that may only be read is a cache still
        os.utime(folder)  # last use: the order in which generated sets are dropped
    return Entry(folder, arrays, meta.about)


def require(name: str) -> Entry:
    """The entry called `name`, which was just written. Raises DataError where it cannot be read back."""
    if entry := find(name):
        return entry
    raise DataError(
        "The cache lost what was just written to it.", "Check the disk, or set SSLVIZ_CACHE to another folder."
    )


def _open(path: Path, meta: ArrayMeta) -> Array:
    dtype = np.dtype(meta.dtype)
    if path.stat().st_size != int(np.prod(meta.shape)) * dtype.itemsize:
        raise ValueError("wrong size")
    array = np.asarray(np.memmap(path, dtype, "r", shape=meta.shape))
    if any(meta.blocks[k] != crc for k, crc in block_checksums(array)):
        raise ValueError("wrong checksum")
    return array


class Writer:
    """Grows the arrays of a new entry block by block; `about` may be filled until the end. Made by `write`."""

    def __init__(self, folder: Path) -> None:
        self.about: dict[str, Any] = {}
        self._folder = folder
        self._files: dict[str, _Growing] = {}

    def append(self, **blocks: Array) -> None:
        """Add rows to arrays by name; equal row shapes and types every time. Raises DataError."""
        with _explained():
            for name, block in blocks.items():
                if name not in self._files:
                    self._files[name] = _Growing(self._folder / f"{name}.bin", block)
                self._files[name].append(block)

    def finish(self) -> None:
        """Sync all and write meta.json last."""
        meta = Meta(FORMAT, {name: file.close() for name, file in self._files.items()}, self.about)
        _write_synced(self._folder / _META, msgspec.json.encode(meta))

    def abandon(self) -> None:
        """Close the files without syncing; the folder goes next."""
        for file in self._files.values():
            with contextlib.suppress(OSError):  # a full disk refuses the last buffer, which nobody needs
                file.close()


class _Growing:
    """A raw file with the checksums of its blocks."""

    def __init__(self, path: Path, first: Array) -> None:
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._rows, self._row_shape, self._dtype = 0, first.shape[1:], first.dtype
        self._blocks: list[int] = []
        self._crc, self._filled = 0, 0

    def append(self, block: Array) -> None:
        if block.shape[1:] != self._row_shape or block.dtype != self._dtype:
            raise ValueError(f"rows of {block.shape[1:]} {block.dtype} do not fit {self._row_shape} {self._dtype}")
        data = np.ascontiguousarray(block).data.cast("B") if block.size else memoryview(b"")
        written = 0
        while written < len(data):  # an unbuffered write may take less than all
            written += self._file.write(data[written:])
        self._rows += len(block)
        self._checksum(data)

    def _checksum(self, data: memoryview) -> None:
        while len(data):
            piece, data = data[: BLOCK - self._filled], data[BLOCK - self._filled :]
            self._crc = zlib.crc32(piece, self._crc)
            self._filled += len(piece)
            if self._filled == BLOCK:
                self._blocks.append(self._crc)
                self._crc, self._filled = 0, 0

    def close(self) -> ArrayMeta:
        """Sync and close; twice does no harm."""
        if not self._file.closed:
            try:
                os.fsync(self._file.fileno())
            finally:
                self._file.close()
        blocks = (*self._blocks, self._crc) if self._filled else tuple(self._blocks)
        return ArrayMeta((self._rows, *self._row_shape), self._dtype.str, blocks)


@contextlib.contextmanager
def write(name: str, size_bytes: int = 0) -> Iterator[Writer]:
    """Write the entry called `name`, replacing a damaged one; nothing is left behind if the body raises.

    `size_bytes` is checked against the free space first. Raises DataError where the cache cannot hold it.
    """
    place = entries_folder() / name
    part = place.with_name(_part_name(name))
    with _explained():
        part.parent.mkdir(parents=True, exist_ok=True)
        _sweep(part.parent)
        if size_bytes > (free := shutil.disk_usage(part.parent).free):
            raise DataError(f"The cache needs {size_text(size_bytes)} and the disk at {part.parent} has {size_text(free)} left.",
                            _SPACE_HINT)  # fmt: skip
        part.mkdir()
    writer = Writer(part)
    try:
        yield writer
        with _explained():
            writer.finish()
            _settle(part, place)
    finally:
        writer.abandon()
        shutil.rmtree(part, ignore_errors=True)


_SPACE_HINT = (
    "Free some space, clear the cache, choose smaller images, or set SSLVIZ_CACHE to a folder on another disk."
)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turns what the cache's disk says into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DataError(f"The disk of the cache at {entries_folder()} is full.", _SPACE_HINT) from error
        raise DataError(f"The cache at {entries_folder()} cannot be written: {error.strerror or error}.",
                        "Make the folder writable, or set SSLVIZ_CACHE to another one.") from error  # fmt: skip


def _settle(part: Path, place: Path) -> None:
    """Rename `part` into `place`. A whole entry that is there already is as good as ours; a damaged one gives way."""
    for _ in range(3):
        try:
            part.rename(place)
        except OSError:
            if not place.exists():
                raise
        else:
            return _sync_folder(place.parent)
        if find(place.name) is not None:
            return None
        _remove(place)
    raise OSError(errno.EBUSY, "another process keeps writing the same entry")


def remember(entry: Entry, name: str, values: object) -> None:
    """Keep a small derived value beside an entry; losing it costs only time, so a disk that refuses is no error."""
    beside = entry.folder / f"{name}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        _write_synced(beside, json.dumps(values).encode())
        beside.replace(entry.folder / f"{name}.json")
    except OSError:
        beside.unlink(missing_ok=True)


def recall(entry: Entry, name: str) -> Any:
    """What `remember` kept under `name`; None where there is nothing."""
    try:
        return json.loads((entry.folder / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None


def forget_oldest(prefix: str, keep_bytes: int) -> None:
    """Drop entries whose name starts with `prefix`, least recently used first, until they take at most `keep_bytes`."""
    found = sorted((p for p in _folders() if p.name.startswith(prefix)), key=_used, reverse=True)
    total = 0
    for folder in found:
        total += _size(folder)
        if total > keep_bytes and folder != found[0]:
            _remove(folder)


def describe_cache() -> CacheSummary:
    """The cache's folder, its entries and their size in bytes; half-written ones count as size only, and so does compiled code."""
    folders = _folders()
    whole = [folder for folder in folders if _PART not in folder.name]
    size = sum(map(_size, folders)) + _size_below(layouts_folder()) + _size_below(compiled_folder())
    return CacheSummary(str(cache_folder()), len(whole), size, len(list(layouts_folder().glob("*.npz"))))


def clear_cache() -> CacheSummary:
    """Remove every entry and say what is left: nothing, but what another process is writing or (on Windows) still reads.

    What was measured, laid out and compiled on this machine is forgotten as well, and made again when it is next needed.
    """
    for beside in (precision_folder(), layouts_folder(), compiled_folder()):
        shutil.rmtree(beside, ignore_errors=True)
    for folder in _folders():
        if _PART not in folder.name or _is_stale(folder):
            _remove(folder)
    return describe_cache()


def _remove(folder: Path) -> None:
    """Remove an entry whole or not at all: Windows does not let go of files that a run still reads."""
    aside = folder if _PART in folder.name else folder.with_name(_part_name(folder.name))
    with contextlib.suppress(OSError):
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _part_name(name: str) -> str:
    """A name for what is not an entry (yet, or any more); it says which process is to be asked."""
    return f"{name}{_PART}{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _folders() -> list[Path]:
    try:
        return [path for path in entries_folder().iterdir() if path.is_dir()]
    except OSError:
        return []


def _size(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:  # it goes while we look
        return 0


def _size_below(folder: Path) -> int:
    """Of all files in a folder and its folders; 0 where there is none."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # it goes while we look
            total += path.stat().st_size if path.is_file() else 0
    return total


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _sweep(folder: Path) -> None:
    """Remove what processes that died left half-written."""
    for path in folder.glob(f"*{_PART}*"):
        if _is_stale(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_stale(part: Path) -> bool:
    writer = re.fullmatch(r"(.+)-(\d+)-[0-9a-f]{8}", part.name.rpartition(_PART)[2])
    if writer and writer[1] == socket.gethostname():
        return not psutil.pid_exists(int(writer[2]))
    return time.time() - _used(part) > _STALE_SECONDS


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows has no handle for a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
