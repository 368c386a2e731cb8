"""What a figure has to say of itself: which network, which file, which picture at which size, and what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence

from sslviz.spec.description import Description
from sslviz.spec.inspection import CLASS_QUERY


def caption(description: Description, picture: str, size: tuple[int, int], *details: str) -> str:
    """One line; empty details are left out. size: (height, width) in px."""
    parts = (
        description.title,
        f"sha256 {description.short_hash}" if description.sha256 else "",
        f"{picture}, {size[0]} × {size[1]} px",
        f"patches of {description.patch[0]} × {description.patch[1]} px" if description.kind == "vit" else "",
        *details,
    )
    return " · ".join(part for part in parts if part)


def layers_said(layers: Sequence[int], depth: int) -> str:
    """Layers, counted from 0 here, as people count: "layer 12 of 12", "layers 1, 6, 12 of 12"."""
    numbers = ", ".join(str(layer % depth + 1) for layer in layers)
    return f"layer{'s' if len(layers) > 1 else ''} {numbers} of {depth}"


def query_said(query: int, grid: tuple[int, int]) -> str:
    """The query as people count: "query: class token", "query: register 1", "query: patch in row 3, column 5"."""
    if query == CLASS_QUERY:
        return "query: class token"
    if query < 0:
        return f"query: register {-query - 1}"
    return f"query: patch in row {query // grid[1] + 1}, column {query % grid[1] + 1}"


def head_said(head: int) -> str:
    """A head as people count; -1 is their mean."""
    return "mean of all heads" if head < 0 else f"head {head + 1}"
