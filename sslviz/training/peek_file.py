"""peeks.safetensors: the last pictures of a run, so that a run opened from its folder has something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sslviz.spec.events import Array, Peeked, frozen
from sslviz.training.errors import TrainingError
from sslviz.training.tensor_files import read_tensors, write_tensors

NAME = "peeks.safetensors"

TEXT = ":text"
"""Ending of the names of arrays that hold text: the file knows numbers only, so they are kept as code points."""


def save_peeks(folder: Path, step: int, peeks: Mapping[str, Peeked]) -> None:
    """Replace the last pictures of a run folder. Raises TrainingError."""
    tensors = dict(
        _packed(f"{name}.{key}", array) for name, peek in peeks.items() for key, array in peek.arrays.items()
    )
    notes = {f"note.{name}": peek.note for name, peek in peeks.items()}
    write_tensors(folder / NAME, tensors, {"step": str(step), **notes})


def load_peeks(folder: Path, run_id: str) -> tuple[Peeked, ...]:
    """The last pictures; none where there is no file or a damaged one, which costs nothing but the pictures."""
    try:
        tensors, metadata = read_tensors(folder / NAME)
        step = int(metadata.get("step", "0"))
    except (TrainingError, ValueError):
        return ()
    arrays: dict[str, dict[str, Array]] = {}
    for name, tensor in tensors.items():
        peek, _, key = name.partition(".")
        arrays.setdefault(peek, {})[key.removesuffix(TEXT)] = _unpacked(key, tensor)
    return tuple(Peeked(run_id, step, name, found, metadata.get(f"note.{name}", "")) for name, found in arrays.items())


def _packed(name: str, array: Array) -> tuple[str, Tensor]:
    """A name and a tensor for an array; text (...,) becomes code points (..., longest)."""
    if array.dtype.kind != "U":
        return name, torch.from_numpy(np.array(array))
    points = np.array(array, order="C")[..., None].view(np.int32)
    return name + TEXT, torch.from_numpy(points)


def _unpacked(key: str, tensor: Tensor) -> Array:
    """The inverse of `_packed`."""
    if not key.endswith(TEXT):
        return frozen(tensor.numpy())
    points = np.ascontiguousarray(tensor.numpy())
    return frozen(points.view(f"<U{points.shape[-1]}")[..., 0])
