"""Weights at half size: bfloat16 would lose too many digits and float16 has enough range for them; statistics stay whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from sslviz.library.errors import LibraryError

LARGEST = float(torch.finfo(torch.float16).max)


def halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and kernels in float16; vectors (biases, norms and their statistics) and whole numbers as they are.

    Raises LibraryError for weights that float16 cannot hold.
    """
    found = {}
    for name, weight in weights.items():
        narrow = weight.is_floating_point() and weight.ndim > 1
        if narrow and not float(weight.abs().max()) < LARGEST:
            raise LibraryError(
                f"The weights called {name} are too large to keep at half size.",
                "The run has diverged: train it again.",
            )
        found[name] = weight.half() if narrow else weight
    return found


def sha256_of(path: Path) -> str:
    """The file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
