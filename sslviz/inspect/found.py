"""What looking at a picture found, before it is an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sslviz.spec.events import Array, frozen


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Arrays by the names of `Attended`, the grid of places and the size of each in px, words for the caption, and notes."""

    arrays: Mapping[str, Array]
    grid: tuple[int, int]
    patch: tuple[int, int]
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def array(tensor: Tensor) -> Array:
    """A read-only copy; floats become float32."""
    plain = tensor.float() if tensor.is_floating_point() else tensor
    return frozen(np.asarray(plain.cpu()))
