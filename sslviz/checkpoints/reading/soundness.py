"""Whether a tree of objects can be walked and copied: without circles, of bounded depth, and no larger than its file allows.

Objects of a file may refer to one another any number of times, so that a few bytes describe a tree of any size. Each is weighed
once here, whatever refers to it; what comes after may then walk the tree as if all of it were there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError

DEEPEST = 64
MOST_NODES = 10_000_000
MOST_COPIES = 4
"""How many times the size of the file all tensors may take together, each counted as often as it is named."""
_SLACK = 1_000_000  # bytes: tiny files have tiny tensors that are named often

_REMEDY = "It is damaged or made to exhaust the memory: fetch it again from where you trust it."


def require_sound(tree: Any, available: int) -> None:
    """Raises CheckpointError unless dicts, lists and tuples of `tree` can be walked. available: bytes of its files."""
    _, claimed = _Scale().weigh(tree, 0)
    if claimed > MOST_COPIES * available + _SLACK:
        raise CheckpointError(
            f"The tensors of the file claim {claimed:,} bytes, and it has {available:,}: they repeat each other.",
            _REMEDY,
        )


class _Scale:
    """Nodes and bytes below each container, by its identity (the tree keeps all of them alive)."""

    def __init__(self) -> None:
        self._weights: dict[int, tuple[int, int] | None] = {}

    def weigh(self, thing: Any, depth: int) -> tuple[int, int]:
        if isinstance(thing, Tensor):
            return 1, thing.numel() * thing.itemsize
        if not isinstance(thing, (dict, list, tuple)):
            return 1, 0
        if depth > DEEPEST:
            raise CheckpointError(f"The objects of the file lie more than {DEEPEST} deep in each other.", _REMEDY)
        if id(thing) not in self._weights:
            self._weights[id(thing)] = None
            self._weights[id(thing)] = self._sum(thing, depth)
        weight = self._weights[id(thing)]
        if weight is None:
            raise CheckpointError("An object of the file holds itself.", _REMEDY)
        return weight

    def _sum(self, thing: Any, depth: int) -> tuple[int, int]:
        nodes, claimed = 1, 0
        for child in thing.values() if isinstance(thing, dict) else thing:
            below, numbers = self.weigh(child, depth + 1)
            nodes, claimed = nodes + below, claimed + numbers
        if nodes > MOST_NODES:
            raise CheckpointError(f"The file describes more than {MOST_NODES:,} objects by repeating some.", _REMEDY)
        return nodes, claimed


def dicts_of(tree: Any) -> Iterator[dict[Any, Any]]:
    """Every dict of a sound tree, once each, from the top down; placeholders are not looked into."""
    seen: set[int] = set()
    waiting = [tree]
    while waiting:
        thing = waiting.pop()
        if not isinstance(thing, (dict, list, tuple)) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, dict):
            yield thing
        waiting.extend(thing.values() if isinstance(thing, dict) else thing)
