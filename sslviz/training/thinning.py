"""Fewer rows of a record that still tell it: those in which something rare was measured, some of the others, the last ones whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def spread(items: Sequence[int], count: int) -> list[int]:
    """At most `count` of the items, evenly, the first and the last among them; of one, the last."""
    if len(items) <= count:
        return [int(item) for item in items]
    first = 0 if count > 1 else len(items) - 1
    return [int(items[k]) for k in np.unique(np.linspace(first, len(items) - 1, count).round().astype(int))]


def chosen_rows(rare: NDArray[np.bool_], rows: int, whole: int = 0) -> list[int]:
    """At most `rows` rows beside the last `whole`, which are all there: half of them where `rare`, half anywhere, evenly; ascending.

    rare: (n,), whether a row holds what is measured now and then; whole: from 0 to n.
    """
    early, half = len(rare) - whole, rows // 2
    measured = np.flatnonzero(rare).tolist()
    return sorted({*spread(measured, half), *spread(range(early), half), *range(early, len(rare))})
