"""Safetensors files written whole or not at all, and read with one sentence for whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from sslviz.training.atomic import write_atomically
from sslviz.training.errors import TrainingError


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write atomically. Tensors may lie on any device, in any memory format, and may share memory."""
    plain = {
        name: tensor.detach().to("cpu").clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    write_atomically(path, save(plain, dict(metadata)))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors on the CPU and metadata. No code in the file is run. Raises TrainingError for missing and damaged files."""
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118 # not a dict


def read_metadata(path: Path) -> dict[str, str]:
    """What a file says beside its tensors, none of which is read. Raises TrainingError as `read_tensors`."""
    with _opened(path) as file:
        return dict(file.metadata() or {})


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except FileNotFoundError as error:
        raise TrainingError(f"{path.name} is missing in {path.parent}.", "Restore it from a copy.") from error
    except (SafetensorError, OSError, ValueError, UnicodeDecodeError) as error:
        reason = f"{error}".strip().rstrip(".") or type(error).__name__
        raise TrainingError(
            f"{path.name} in {path.parent} is damaged ({reason}).", "Restore it from a copy, or start the run again."
        ) from error
