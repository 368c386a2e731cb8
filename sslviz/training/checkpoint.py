"""checkpoint.safetensors: the whole state of training as plain tensors, so that a run goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from sslviz.spec.config import FORMAT
from sslviz.training.errors import TrainingError
from sslviz.training.tensor_files import read_tensors, write_tensors

NAME = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State after `step` steps and `seconds` of training, as tensors called "model.NAME" and "optimiser.NAME.KEY"."""

    step: int
    seconds: float
    tensors: Mapping[str, Tensor]


def pack(method: nn.Module, optimiser: Optimizer) -> dict[str, Tensor]:
    """The state of a model and its optimiser as named tensors."""
    tensors = {f"model.{name}": tensor for name, tensor in method.state_dict().items()}
    for name, weight in method.named_parameters():
        for key, value in optimiser.state.get(weight, {}).items():
            if value is not None:
                tensors[f"optimiser.{name}.{key}"] = torch.as_tensor(value)
    return tensors


def unpack(tensors: Mapping[str, Tensor], method: nn.Module, optimiser: Optimizer) -> None:
    """Put a packed state back. Raises TrainingError where it belongs to another model."""
    model = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    try:
        method.load_state_dict(model)
    except RuntimeError as error:
        raise TrainingError(
            "The checkpoint belongs to another model than run.toml describes.",
            "Restore the run folder's files from one copy, or start the run again.",
        ) from error
    weights = dict(method.named_parameters())
    for name, value in tensors.items():
        room, _, rest = name.partition(".")
        if room == "optimiser":
            owner, _, key = rest.rpartition(".")
            optimiser.state[weights[owner]][key] = _as_laid_out(value, weights[owner])


def _as_laid_out(value: Tensor, weight: Tensor) -> Tensor:
    """`value` in the strides and on the device of its weight: another order of memory would round differently."""
    if value.shape != weight.shape or not weight.ndim:
        return value.clone()
    return torch.empty_like(weight, dtype=value.dtype).copy_(value)


def all_finite(tensors: Mapping[str, Tensor]) -> bool:
    """Whether a state is worth keeping."""
    return all(bool(tensor.isfinite().all()) for tensor in tensors.values() if tensor.is_floating_point())


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint of a run folder. Raises TrainingError, and keeps the old one, where that fails."""
    metadata = {"format": str(FORMAT), "step": str(checkpoint.step), "seconds": repr(checkpoint.seconds)}
    write_tensors(folder / NAME, checkpoint.tensors, metadata)


def load_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint of a run folder. Raises TrainingError where it is missing, damaged, or from a newer version."""
    tensors, metadata = read_tensors(folder / NAME)
    try:
        version, step, seconds = int(metadata["format"]), int(metadata["step"]), float(metadata["seconds"])
    except (KeyError, ValueError) as error:
        raise TrainingError(
            f"{NAME} in {folder} is no checkpoint of a run: its header is incomplete.",
            "Restore it from a copy, or start the run again.",
        ) from error
    if version > FORMAT:
        raise TrainingError(
            f"{NAME} was written by a newer version (format {version}; this program reads {FORMAT}).",
            "Update the program to go on with this run.",
        )
    return Checkpoint(step, seconds, tensors)
