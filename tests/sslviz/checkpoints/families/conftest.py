"""Parts made in memory: no file is needed to see whether a family reads its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sslviz.checkpoints.base import Archive, Part

MakePart = Callable[..., Part]


@pytest.fixture
def make_part() -> MakePart:
    """make_part(tensors, file="weights.pth", tree=None, name="", origin="", args={}, config={}, format="torch zip")."""

    def make(tensors: Mapping[str, Tensor], file: str = "weights.pth", *, tree: Any = None, **known: Any) -> Part:
        in_archive = {key: known.pop(key) for key in ("config", "format") if key in known}
        whole = {"format": "torch zip", **in_archive}
        archive = Archive(Path(file), tree=dict(tensors) if tree is None else tree, files=(), **whole)
        return Part(known.pop("name", ""), dict(tensors), archive, **known)

    return make


@pytest.fixture
def randomise() -> Callable[[nn.Module], nn.Module]:
    """Every tensor of a network becomes random, so that one that is forgotten or swapped changes the result."""

    def fill(network: nn.Module) -> nn.Module:
        generator = torch.Generator().manual_seed(3)
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                spread = torch.randn(tensor.shape, generator=generator) * 0.3
                tensor.copy_(spread.abs() + 0.5 if "running_var" in name else spread)
        return network.eval().requires_grad_(False)

    return fill
