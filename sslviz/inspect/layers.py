"""Layers and queries as users count them, checked, and as tokens."""

from __future__ import annotations

from collections.abc import Iterable

from sslviz.inspect.errors import InspectError
from sslviz.spec.description import Description
from sslviz.spec.inspection import CLASS_QUERY


def checked_layers(layers: Iterable[int], depth: int, noun: str = "layer") -> tuple[int, ...]:
    """Counted from 0, negative ones from the end -> from 0, each once, in the order asked. Raises InspectError."""
    asked = tuple(dict.fromkeys(layers))
    wrong = [layer for layer in asked if not -depth <= layer < depth]
    if wrong or not asked:
        raise InspectError(
            f"This network has {depth} {noun}s, and {f'number {wrong[0]} is none of them' if wrong else 'none was chosen'}.",
            f"Choose from 0 to {depth - 1}, or -1 for the last.",
            field="layers",
        )
    return tuple(dict.fromkeys(layer % depth for layer in asked))


def token_of(query: int, description: Description, grid: tuple[int, int]) -> int | None:
    """The query's place among the tokens; None for the class token of a network that has none. Raises InspectError."""
    places = grid[0] * grid[1]
    if query >= places:
        raise InspectError(
            f"There is no patch {query}: the picture has {grid[0]} × {grid[1]} of them.",
            f"Choose from 0 to {places - 1}, row by row.",
            field="query",
        )
    if query >= 0:
        return description.prefix + query
    if query == CLASS_QUERY:
        return 0 if description.class_token else None
    register = CLASS_QUERY - query  # from 1
    if register > description.registers:
        has = f"has {description.registers} registers" if description.registers else "has no registers"
        raise InspectError(
            f"This network {has}, and register {register} was asked for.",
            "Choose the class token or a patch.",
            field="query",
        )
    return description.prefix - description.registers + register - 1
