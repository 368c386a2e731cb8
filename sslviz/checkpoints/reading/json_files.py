"""JSON of an unknown origin: of bounded size and depth, and an object at the top."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged, reading
from sslviz.checkpoints.reading.mapped_file import open_regular

MOST_BYTES = 25_000_000
"""The names, shapes and places of a quarter of a million tensors."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file. Raises CheckpointError where it is too large, no JSON or no object."""
    with reading(path), os.fdopen(open_regular(path), "rb") as file:
        return parse_object(file.read(MOST_BYTES + 1))


def parse_object(data: bytes) -> dict[str, Any]:
    """The object that JSON text describes. Raises CheckpointError where it is too large, no JSON or no object."""
    if len(data) > MOST_BYTES:
        raise CheckpointError(
            f"Its JSON has more than {MOST_BYTES:,} bytes.",
            "No checkpoint needs that: fetch it from where you trust it.",
        )
    try:
        found = json.loads(data, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise damaged(f"its JSON cannot be read ({str(error)[:120]})") from error
    if not isinstance(found, dict):
        raise damaged("its JSON is no object with names")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values of one name would be read as one thing here and as another elsewhere."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
