"""Whether a tree of objects holds weights: what it is where it holds none, and what in them cannot be computed with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.placeholder import Placeholder
from sslviz.checkpoints.reading.soundness import dicts_of

_WEIGHTS = "Choose the file of weights that the training wrote, one that holds a state dict."
_SCALES = (".SCB", ".absmax", ".quant_map", ".quant_state", ".qzeros", ".qweight", ".weight_format", ".weight_scale")
"""Endings of what libraries store beside quantised weights."""
_EXACT = "Open the file of the same model in float32, bfloat16 or float16, from before it was quantised."
_SIMPLE = (bool, int, float, str, bytes)
_PACKED = frozenset({torch.int8, torch.uint8})


def require_weights(tree: Any, path: Path) -> None:
    """Raises CheckpointError unless there is a dict of tensors somewhere, and no tensor's place taken by something else."""
    if isinstance(tree, Placeholder):
        raise _pickled_object(tree, path)
    if not isinstance(tree, dict):
        raise CheckpointError(f"The file holds {_noun(tree)}, and no tensors by name.", _WEIGHTS)
    groups = [found for found in dicts_of(tree) if any(isinstance(value, Tensor) for value in found.values())]
    if not groups:
        raise _without_tensors(tree, path)
    for group in groups:
        _require_tensors(group)
        _refuse_quantised(group)


def _require_tensors(group: Mapping[Any, Any]) -> None:
    """Among weights, an object in the place of a tensor is an attack or a class that only its own code can make."""
    weights = sum(isinstance(value, Tensor) and value.ndim > 0 for value in group.values())
    if 2 * weights < len(group):
        return
    for name, value in group.items():
        if isinstance(value, Placeholder):
            raise CheckpointError(
                f"{_shown(name)} is no tensor but a {value.name[:120]}, which only code outside the file could make.",
                "Do not load this file in any other way unless you trust who made it: loading it may run code.",
            )


def _refuse_quantised(group: Mapping[Any, Any]) -> None:
    for name, value in group.items():
        if not (isinstance(value, Tensor) and isinstance(name, str)):
            continue
        packed = value.dtype in _PACKED and value.ndim > 1 and name.endswith("weight")
        if packed or name.endswith(_SCALES):
            kind = str(value.dtype).removeprefix("torch.")
            raise CheckpointError(f"The file holds quantised weights ({_shown(name)}, {kind}).", _EXACT)


def _without_tensors(tree: dict[Any, Any], path: Path) -> CheckpointError:
    for found in dicts_of(tree):
        for value in found.values():
            if isinstance(value, Placeholder) and _is_network(value):
                return _pickled_object(value, path)
    if any(isinstance(value, Placeholder) and value.name.startswith("numpy.") for value in tree.values()):
        return CheckpointError(
            "The file holds NumPy arrays, and no tensors of torch.",
            "Convert it where you trust it: import pickle, torch; arrays = pickle.load(open("
            f'{path.name!r}, "rb")); torch.save({{k: torch.as_tensor(v) for k, v in arrays.items()}}, "weights.pth")',
        )
    names = ", ".join(_shown(name) for name in list(tree)[:5])
    return CheckpointError(
        f"The file holds no tensors, only {names}." if tree else "The file holds an empty dictionary.", _WEIGHTS
    )


def _pickled_object(thing: Placeholder, path: Path) -> CheckpointError:
    if not _is_network(thing):
        return CheckpointError(
            f"The file is a pickle of a {thing.name[:120]}, which only code outside the file could make.",
            "Do not load it in any other way unless you trust who made it: loading it may run code.",
        )
    return CheckpointError(
        f"The file is a whole pickled network (a {thing.name[:120]}), and only its own code could load it.",
        "Where that code is installed, and if you trust who made the file, save its weights alone and open those: "
        f'import torch; network = torch.load({path.name!r}, map_location="cpu", weights_only=False); '
        'torch.save(network.state_dict(), "weights.pth")',
    )


def _is_network(thing: Placeholder) -> bool:
    return isinstance(thing.state, dict) and "_parameters" in thing.state and "_modules" in thing.state


def _shown(name: Any) -> str:
    """A key as it can be printed: others than texts and numbers may be of any length."""
    return repr(name[:120]) if isinstance(name, str) else str(name) if type(name) is int else f"a {type(name).__name__}"


def _noun(tree: Any) -> str:
    if isinstance(tree, Tensor):
        return "a single tensor"
    if isinstance(tree, (list, tuple)):
        return f"a list of {len(tree):,} objects"
    return f"a single {type(tree).__name__}" if tree is None or isinstance(tree, _SIMPLE) else "a single object"
