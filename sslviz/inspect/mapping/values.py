"""Values of points, before they are an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sslviz.data.base import Array


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """As in `Coloured`."""

    values: Array  # (n,)
    names: tuple[str, ...]
    title: str
    about: str


def named(numbers: Array, names: tuple[str, ...], title: str, about: str) -> Values:
    """Numbers of names, negative where unknown. numbers (n,) integers."""
    return Values(np.where(numbers >= 0, numbers, np.nan), names, title, about)
