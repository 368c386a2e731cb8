"""Placeholder: what stands for an object whose class is not known. It holds what was stored, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

_DEEPEST = 20
_MOST_VALUES = 10_000
_PATHS = ("pathlib.", "pathlib._local.")


class Placeholder:
    """An object of a file, without its class: nothing of it was imported, called or run.

    name: "module.Class" (or the function that would have made it). args: what it would have been called with. state: what its
    attributes were, most often a dict. items: what it held as a list or dict, if its class derives from one.
    """

    __slots__ = ("args", "items", "name", "state")

    def __init__(self, name: str, args: tuple[Any, ...] = ()) -> None:
        self.name = name
        self.args = args
        self.state: Any = None
        self.items: list[Any] | dict[Any, Any] | None = None

    def __repr__(self) -> str:
        return f"<{self.name[:120]}, not loaded>"


def plain(args: Any) -> dict[str, Any]:
    """Settings of a training script as a dict of plain values (numbers, text, None, lists and dicts of such).

    Takes a dict, an `argparse.Namespace` and its like, and omegaconf's containers. Tensors of one number become that number;
    whatever has no plain form is left out. Anything that is no mapping gives {}.
    """
    try:
        value = _Plainer().value(args, 0)
    except _Absent:
        return {}
    return value if isinstance(value, dict) else {}


class _Absent(Exception):
    """This value has no plain form."""


class _Plainer:
    """One conversion, which stops at a depth and a number of values: objects may refer to each other in circles."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def value(self, thing: Any, depth: int) -> Any:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise _Absent
        if thing is None or isinstance(thing, (bool, int, float, str)):
            return thing
        if isinstance(thing, Mapping):
            return self._mapping(thing, depth)
        if isinstance(thing, (list, tuple)):
            return [item for item in (self._or_absent(one, depth) for one in thing) if item is not _Absent]
        if isinstance(thing, Tensor) and thing.numel() == 1:
            return thing.item()
        if isinstance(thing, torch.dtype):
            return str(thing).removeprefix("torch.")
        if isinstance(thing, Placeholder):
            return self._placeholder(thing, depth)
        raise _Absent

    def _or_absent(self, thing: Any, depth: int) -> Any:
        try:
            return self.value(thing, depth + 1)
        except _Absent:
            return _Absent

    def _mapping(self, thing: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        pairs = ((key, self._or_absent(value, depth)) for key, value in thing.items() if isinstance(key, (str, int)))
        return {str(key): value for key, value in pairs if value is not _Absent}

    def _placeholder(self, thing: Placeholder, depth: int) -> Any:
        state = thing.state
        if isinstance(state, dict) and thing.name.startswith("omegaconf."):
            return self.value(state["_content"] if "_content" in state else state.get("_val"), depth + 1)
        if thing.items is not None:
            return self.value(thing.items, depth + 1)
        if isinstance(state, dict):
            return self._mapping(state, depth)
        if thing.name.startswith(_PATHS):
            return "/".join(part for part in thing.args if isinstance(part, str)).replace("//", "/")
        if len(thing.args) == 1 and state is None:
            return self.value(thing.args[0], depth + 1)  # enumerations, and wrappers of one value
        raise _Absent
