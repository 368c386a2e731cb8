"""peeks.safetensors: the last pictures of a run, so that a run opened from its folder has something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from sslviz.spec.events import Array, Peeked, frozen
from sslviz.training.errors import TrainingError
from sslviz.training.tensor_files import read_tensors, write_tensors

NAME = "peeks.safetensors"


def save_peeks(folder: Path, step: int, peeks: Mapping[str, Peeked]) -> None:
    """Replace the last pictures of a run folder. Raises TrainingError."""
    tensors = {
        f"{name}.{key}": torch.from_numpy(np.array(array))
        for name, peek in peeks.items()
        for key, array in peek.arrays.items()
    }
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
        arrays.setdefault(peek, {})[key] = frozen(tensor.numpy())
    return tuple(Peeked(run_id, step, name, found, metadata.get(f"note.{name}", "")) for name, found in arrays.items())
