"""Figure: one number that a benchmark measured, with what it should reach. `from figure import Figure, ratio`."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit` ("x" for a ratio, "ms", "s", "MB", "images/s"), the median of `samples` where there are several.

    `target` is what it must reach, from below or above as `better` says; None where there is nothing to reach.
    `details` go to the JSON file only: the raw times, a histogram, versions of what it was compared with.
    """

    name: str
    value: float
    unit: str = "x"
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"
    samples: tuple[float, ...] = ()
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


def ratio(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    target: float | None = None,
    better: Literal["higher", "lower"] = "higher",
    note: str = "",
) -> Figure:
    """Median of the ratios ours/theirs of runs made in pairs, side by side, so that a busy moment hits both."""
    pairs = tuple(a / b for a, b in zip(ours, theirs, strict=True))
    details = {"ours": list(ours), "theirs": list(theirs)}
    return Figure(name, statistics.median(pairs), "x", target, better, pairs, note, details)


def median(
    name: str,
    samples: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    better: Literal["higher", "lower"] = "higher",
    note: str = "",
) -> Figure:
    """The median of several runs of one measurement."""
    return Figure(name, statistics.median(samples), unit, target, better, tuple(samples), note)
