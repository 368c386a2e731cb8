"""Layout: points of a plane, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sslviz.inspect.errors import InspectError
from sslviz.spec.events import Array

Progress = Callable[[float, str], None]
"""Is told the share that is done, in [0, 1], and what is being done."""


def silent(share: float, doing: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Features as points of a plane, in the order of the features."""

    points: Array  # (n, 2) float32, finite
    kept: tuple[float, ...] = ()  # share of the variance on each axis, of PCA; () of the others
    repeated: int = 0  # points whose features equal an earlier point's, which lie where that one lies
    notes: tuple[str, ...] = ()  # what was not done as asked, and why
    stored: bool = False  # it was laid out before


def checked(values: Array) -> Array:
    """`values` as (n, F) float32, rows side by side in memory. Raises InspectError for features that cannot be laid out."""
    if values.ndim != 2:
        raise InspectError(f"Features of {values.ndim} dimensions cannot be laid out.", "Give one row of numbers for each point.")  # fmt: skip
    rows = np.ascontiguousarray(values, np.float32)
    bad = int((~np.isfinite(rows).all(axis=1)).sum()) if rows.size else 0
    if bad:
        raise InspectError(
            f"{bad:,} of {len(rows):,} points have features that are no numbers (NaN or infinite), so they lie nowhere.",
            "Choose another layer or an earlier snapshot; a model whose training diverged has no map.",
        )
    return rows
