"""The checkpoints of a golden folder: fixtures with what their own code computes, and hostile files with what must happen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

CANARY = Path("/tmp/pwned-by-pickle")
"""What the hostile pickles would make if they ran."""


@dataclass(frozen=True)
class Fixture:
    """One entry of the manifest: a checkpoint, and tensors that the network it came from gives."""

    entry: Mapping[str, Any]
    folder: Path

    @property
    def name(self) -> str:
        return self.entry["id"]

    def source(self, scratch: Path) -> Path:
        """The file or folder to open; a recipe is made into a file within `scratch` first."""
        (listed,) = self.entry["checkpoint"]
        if not self.entry.get("is_recipe"):
            return self.folder / listed
        made = scratch / f"{self.name}.pth"
        if not made.exists():
            materialise(self.folder / listed, made)
        return made

    def reference(self) -> dict[str, Tensor]:
        """Inputs and expected outputs by name, as the manifest describes them."""
        return load_file(self.folder / self.entry["reference"])


@dataclass(frozen=True)
class Hostile:
    """One file or folder that must be refused, or handled as `expected` says."""

    entry: Mapping[str, Any]
    folder: Path

    @property
    def name(self) -> str:
        return self.entry["file"].removeprefix("bad/")

    @property
    def path(self) -> Path:
        return self.folder / self.entry["file"]

    @property
    def expected(self) -> str:
        return self.entry["expected"]


def load_fixtures(folder: Path) -> list[Fixture]:
    """Every entry of `folder` (with its manifest.json)."""
    return [Fixture(entry, folder) for entry in _manifest(folder)["entries"]]


def load_hostile(folder: Path) -> list[Hostile]:
    """Every hostile file of `folder` (with its manifest.json)."""
    return [Hostile(entry, folder) for entry in _manifest(folder)["bad"]]


def _manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def materialise(recipe: Path, made: Path) -> None:
    """Make the full-size file of a recipe: noise of numpy's frozen stream, in the containers and under the prefix that it names."""
    described = json.loads(recipe.read_text(encoding="utf-8"))
    prefix, container = described.get("prefix", ""), described.get("container")
    state = {prefix + name: noise(*rest) for name, *rest in described["tensors"]}
    tree = {**described.get("extra_fields", {}), container: state} if container else state
    torch.save(tree, made, _use_new_zipfile_serialization=not described.get("legacy_serialization", False))


def noise(shape: list[int], dtype: str, kind: str, a: float, b: float, seed: int) -> Tensor:
    """normal: a · N(0, 1) + b; uniform: between a and b; const: a. Drawn in float64, rounded to float32 (or whole)."""
    drawn = np.random.RandomState(seed)  # the stream that the recipes are written for
    count = int(np.prod(shape))
    values = {
        "normal": lambda: drawn.standard_normal(count) * a + b,
        "uniform": lambda: a + (b - a) * drawn.random_sample(count),
        "const": lambda: np.full(count, float(a)),
    }[kind]()
    return torch.from_numpy(values.reshape(shape).astype(np.int64 if dtype == "int64" else np.float32))
