"""Two passes over all bytes: their hash, and whether every weight is a finite number."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from sslviz.checkpoints.base import Archive
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import reading
from sslviz.checkpoints.reading.mapped_file import open_regular
from sslviz.spec.errors import Cancelled

Progress = Callable[[float], None]

_CHUNK = 1 << 20  # bytes: stays in the processor's cache between being read and being hashed
_NUMBERS = 32_000  # summed by one thread (torch shares out 32,768 and more): another hashes meanwhile, on another core


def _unseen(_share: float) -> None:
    """Progress that nobody looks at."""


def _never() -> bool:
    return False


def sha256_of(archive: Archive, *, progress: Progress = _unseen, cancelled: Callable[[], bool] = _never) -> str:
    """SHA-256 of the file in hexadecimal digits; of several, that of their bytes one after the other, in the order of `files`.

    progress: is told the share that is done, 0 to 1. Raises CheckpointError where a file has gone, Cancelled.
    """
    digest = hashlib.sha256()
    total = sum(_size(path) for path in archive.files) or 1
    done, buffer = 0, bytearray(_CHUNK)
    for path in archive.files:
        with reading(path), os.fdopen(open_regular(path), "rb", buffering=0) as file:
            while count := file.readinto(buffer):
                digest.update(memoryview(buffer)[:count])
                done += count
                progress(min(1.0, done / total))
                if cancelled():
                    raise Cancelled("Reading the file was cancelled.")
    return digest.hexdigest()


def _size(path: Path) -> int:
    with reading(path):
        return path.stat().st_size


def require_finite(
    tensors: Mapping[str, Tensor], *, progress: Progress = _unseen, cancelled: Callable[[], bool] = _never
) -> None:
    """Raises CheckpointError that names the first tensor with a NaN or an infinity in it; Cancelled.

    progress: is told the share that is done, 0 to 1. Takes a few megabytes of memory, whatever the size of the tensors.
    """
    total = sum(tensor.numel() for tensor in tensors.values()) or 1
    done = 0
    bad: list[str] = []
    for name, tensor in tensors.items():
        if cancelled():
            raise Cancelled("Checking the weights was cancelled.")
        if not _is_finite(tensor):
            bad.append(name)
        done += tensor.numel()
        progress(done / total)
    if bad:
        raise _not_finite(bad, tensors)


def _is_finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point() or tensor.numel() == 0:
        return True
    flat = tensor.detach().reshape(-1)
    return all(_chunk_is_finite(flat[start : start + _NUMBERS]) for start in range(0, len(flat), _NUMBERS))


def _chunk_is_finite(numbers: Tensor) -> bool:
    """A sum is finite only if every number is; if it is not, it may have overflowed, and all are looked at."""
    wide = numbers.float() if numbers.dtype in (torch.float16, torch.bfloat16) else numbers
    return math.isfinite(wide.sum().item()) or bool(torch.isfinite(numbers).all())


def _not_finite(bad: list[str], tensors: Mapping[str, Tensor]) -> CheckpointError:
    first = tensors[bad[0]]
    count = int((~torch.isfinite(first)).sum())
    others = f", and {len(bad) - 1:,} more tensors have such" if len(bad) > 1 else ""
    return CheckpointError(
        f"{bad[0]!r} has {count:,} of {first.numel():,} weights that are no finite numbers (NaN or infinity){others}.",
        "The training has diverged or the file is damaged: choose an earlier checkpoint of the same run, or fetch it again.",
    )


def hashed_while_checked(
    archive: Archive,
    tensors: Mapping[str, Tensor],
    *,
    progress: Progress = _unseen,
    cancelled: Callable[[], bool] = _never,
) -> str:
    """`sha256_of`, and `require_finite` at the same time on another core: neither holds Python's lock. Raises what they do."""
    stopped = False

    def over() -> bool:
        return stopped or cancelled()

    with ThreadPoolExecutor(1, thread_name_prefix="sha256") as pool:
        hashing = pool.submit(sha256_of, archive, progress=progress, cancelled=over)
        try:
            require_finite(tensors, cancelled=cancelled)
        except BaseException:
            stopped = True
            raise
        return hashing.result()
