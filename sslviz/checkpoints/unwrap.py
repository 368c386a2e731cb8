"""From what lies in a file to the networks in it: dicts descended, pairs split, wrappers' prefixes taken off.

Nothing is guessed from a part of a group: a prefix comes off only if everything that is not a head or the state of a loss has it, and
only at the beginning of names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sslviz.checkpoints.base import Archive, Part
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading import Placeholder, plain
from sslviz.checkpoints.wrappers import (
    BESIDE,
    HUGGING_FACE,
    IGNORED,
    NESTS,
    NETWORKS,
    OWN_ENCODERS,
    PAIRS,
    WRAPPERS,
    Pair,
    origin_of,
)

Tensors = dict[str, Tensor]

WANTED = (
    "Choose a file that holds the weights of a vision network: a state dict, by itself or in a training checkpoint."
)


@dataclass(frozen=True, slots=True)
class _Group:
    """One network, or two side by side, on the way: its name in the file and its tensors."""

    name: str
    tensors: Tensors
    origin: str = ""


def parts_of(archive: Archive) -> tuple[Part, ...]:
    """The networks of an archive, the one that published evaluations use first.

    Raises CheckpointError where there is none: optimiser state, a list, a single tensor, an empty dict, a whole pickled model.
    """
    tree = archive.tree
    _require_dict(tree)
    groups = [side for group in _groups(tree) for side in _sides(group)]
    if not groups:
        raise _nothing_in(tree)
    args = _args(tree)
    names = tuple(group.name for group in groups) if len(groups) > 1 else ()
    return tuple(
        Part(group.name if names else "", _unwrapped(group.tensors), archive, args, names, group.origin)
        for group in groups
    )


# --- descending -------------------------------------------------------------------------------------------------------


def _groups(tree: Mapping[str, Any]) -> list[_Group]:
    """The state dicts in a tree; a known key is followed before tensors beside it are believed to be a network."""
    nests = [(key, found) for key in NESTS if (found := _inside(tree, key))]
    if not nests and (tensors := _tensors(tree)):
        return [_group("", tensors)]
    if not nests:
        nests = [(key, found) for key in tree if key not in IGNORED and (found := _inside(tree, key))]
    several = len(nests) > 1
    return [_named(group, key, several) for key, groups in nests for group in groups]


def _inside(tree: Mapping[str, Any], key: str) -> list[_Group]:
    value = tree.get(key)
    return _groups(value) if isinstance(value, Mapping) and all(isinstance(k, str) for k in value) else []


def _named(group: _Group, key: str, several: bool) -> _Group:
    """`group` by the name of the dict that it lies in, where this tells which network it is."""
    own = key if several or key in NETWORKS else ""
    return _Group(".".join(filter(None, (own, group.name))), group.tensors, group.origin)


def _tensors(tree: Mapping[str, Any]) -> Tensors:
    """The tensors right in a dict; an object where a tensor should be is refused, numbers and texts are passed over."""
    for name, value in tree.items():
        if isinstance(value, Placeholder) and "." in name and "_extra_state" not in name:
            raise CheckpointError(
                f"{name} is no tensor but an object of the class {value.name}, which is not loaded because loading could run code.",
                "Do not trust this file; ask its author for a state dict that holds tensors only.",
            )
    return {name: value for name, value in tree.items() if isinstance(value, Tensor)}


def _group(name: str, tensors: Tensors) -> _Group:
    return _Group(name, _without_cover(tensors, ("module.", "_orig_mod.", "model.")))


# --- pairs ------------------------------------------------------------------------------------------------------------


def _sides(group: _Group) -> Iterator[_Group]:
    """A group as the networks that lie side by side in it, the usual choice first; itself where it is one network."""
    names = frozenset(group.tensors)
    origin = origin_of(names)
    pair = next((pair for pair in PAIRS if any(name.startswith(pair.marks) for name in names)), None)
    if pair is None:
        yield _Group(group.name, group.tensors, origin)
        return
    for name, tensors in _split(group.tensors, pair):
        yield _Group(".".join(filter(None, (group.name, name))), tensors, origin)


def _split(tensors: Tensors, pair: Pair) -> list[tuple[str, Tensors]]:
    trained: Tensors = {}
    average: Tensors = {}
    for name, tensor in tensors.items():
        averaged = pair.average.part_name(name)
        if averaged is not None:
            average[averaged] = tensor
        else:
            trained[pair.trained.part_name(name) or name] = tensor
    sides = [(pair.trained.name, trained), (pair.average.name, average)]
    if pair.average_first:
        sides.reverse()
    return [(name, found) for name, found in sides if any(not key.startswith(BESIDE) for key in found)]


# --- prefixes ---------------------------------------------------------------------------------------------------------


def _unwrapped(tensors: Tensors) -> Tensors:
    """Names without wrappers' prefixes, in any order and number. What lies beside a wrapped backbone keeps its names."""
    beside: Tensors = {}
    while prefix := _cover(tensors):
        inside = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        beside = {name: tensor for name, tensor in tensors.items() if not name.startswith(prefix)} | beside
        tensors = inside
    return tensors | {_decoder_name(name): tensor for name, tensor in beside.items() if name not in tensors}


def _cover(tensors: Tensors) -> str:
    """A wrapper's prefix that everything has but what lies beside backbones; "" where there is none."""
    if any(mark in name for name in tensors for mark in HUGGING_FACE):
        candidates: tuple[str, ...] = ("module.", "_orig_mod.")
    else:
        candidates = WRAPPERS
    return next((prefix for prefix in candidates if _covers(prefix, tensors)), "")


def _covers(prefix: str, tensors: Tensors) -> bool:
    wrapped = [name for name in tensors if name.startswith(prefix)]
    if not wrapped or any(name.startswith(OWN_ENCODERS) for name in wrapped):
        return False
    return len(wrapped) == len(tensors) or all(
        name.startswith(BESIDE) for name in tensors if not name.startswith(prefix)
    )


def _without_cover(tensors: Tensors, prefixes: tuple[str, ...]) -> Tensors:
    """Names without those of `prefixes` that every one of them has."""
    while prefix := next((p for p in prefixes if all(name.startswith(p) for name in tensors)), ""):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _decoder_name(name: str) -> str:
    """MAE's names for a decoder that lies in a module of its own."""
    inner = name.removeprefix("decoder.")
    return inner if inner.startswith(("decoder_", "mask_token")) else name


# --- what else lies there ---------------------------------------------------------------------------------------------


def _args(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the training script was told, plain values only."""
    for key in ("args", "hyper_parameters", "config"):
        if (found := tree.get(key)) is not None:
            return plain(found)
    return {}


def _require_dict(tree: Any) -> None:
    if isinstance(tree, Mapping) and all(isinstance(key, str) for key in tree):
        return
    if isinstance(tree, Tensor):
        found = f"a single tensor of {_shape(tree)}"
    elif isinstance(tree, Placeholder):
        found = f"a whole pickled object of the class {tree.name}, which is not loaded because loading runs its code"
    elif isinstance(tree, Mapping):
        found = "a dict whose keys are not names"
    else:
        found = f"a {type(tree).__name__}" + (f" of {len(tree)} things" if isinstance(tree, list | tuple) else "")
    raise CheckpointError(f"The file holds {found}, and no network.", _remedy(tree))


def _remedy(tree: Any) -> str:
    return (
        "Save the model's state_dict() instead of the model, and open that."
        if isinstance(tree, Placeholder)
        else WANTED
    )


def _nothing_in(tree: Mapping[str, Any]) -> CheckpointError:
    if not tree:
        return CheckpointError("The file holds an empty dict.", WANTED)
    listed = ", ".join(list(tree)[:8])
    if {"optimizer", "opt", "optimizer_states", "param_groups"} & set(tree):
        return CheckpointError(f"The file holds the state of an optimiser and no network: {listed}.", WANTED)
    return CheckpointError(f"The file holds no tensors by name. Its entries are: {listed}.", WANTED)


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"
