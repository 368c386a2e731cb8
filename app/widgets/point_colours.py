"""What points are painted with: a colour for each name, or a scale for a quantity; each has its entry in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.widgets.heat_colours import TABLE, limits
from app.widgets.ink import mixed
from app.widgets.theme import Theme
from sslviz.spec.group_colours import colours_for

STEPS = 64
"""Of a scale."""
UNKNOWN = "not known"
CUT, STRETCHED = 100, 1.6
"""Values from which on outliers are left out of a scale, and how much wider it would have to be for them."""


@dataclass(frozen=True, slots=True, eq=False)
class PointColours:
    """One code a point. With `names`: their numbers, and len(names) where unknown. Of a quantity: its step of STEPS, STEPS unknown."""

    code: NDArray[np.intp]  # (n,)
    names: tuple[str, ...]
    title: str
    counts: tuple[int, ...]  # points of each name, those unknown last
    limits: tuple[float, float]  # of the quantity
    values: NDArray[np.float32]  # (n,) as they were given

    def ends(self) -> tuple[str, str]:
        """What stands at the ends of the scale of a quantity; with a sign where values go on beyond it."""
        known = self.values[np.isfinite(self.values)]
        low, high = (f"{value:.3g}".replace("-", "−") for value in self.limits)
        below, above = bool((known < self.limits[0]).any()), bool((known > self.limits[1]).any())
        return f"≤ {low}" if below else low, f"≥ {high}" if above else high

    @property
    def unknown(self) -> int:
        """The code of those that have no value."""
        return len(self.names) or STEPS

    def entries(self) -> list[tuple[int, str, int]]:
        """(code, name, points) of what the legend lists."""
        if not self.names:
            return [(STEPS, UNKNOWN, self.counts[-1])] if self.counts[-1] else []
        named = [(k, name, self.counts[k]) for k, name in enumerate(self.names)]
        return named + ([(len(self.names), UNKNOWN, self.counts[-1])] if self.counts[-1] else [])


def colours_of(values: NDArray[Any] | Sequence[float], names: Sequence[str] | None, title: str) -> PointColours:
    """values (n,): numbers of `names`, or a quantity without names; what is not finite, or no name's number, is unknown."""
    given = np.asarray(values, np.float32)
    known = np.isfinite(given)
    if names:
        known &= (given >= 0) & (given < len(names))
        code = np.where(known, np.nan_to_num(given, nan=0, posinf=0, neginf=0), len(names)).astype(np.intp)
        counts = np.bincount(code, minlength=len(names) + 1)
        return PointColours(code, tuple(names), title, tuple(counts.tolist()), (0.0, float(len(names))), given)
    low, high = _ends(given[known])
    share = (np.where(known, given, low) - low) / (high - low if high > low else 1.0)
    code = np.where(known, np.clip(share * STEPS, 0, STEPS - 1), STEPS).astype(np.intp)
    return PointColours(code, (), title, (int(known.sum()), int((~known).sum())), (low, high), given)


def _ends(values: NDArray[np.float32]) -> tuple[float, float]:
    """Of the scale: least and most, or without the outermost hundredth where a few outliers would take up most of it."""
    low, high = limits(values)
    if len(values) < CUT:
        return low, high
    inner, outer = (float(end) for end in np.percentile(values, (1, 99)))
    return (inner, outer) if high - low > STRETCHED * (outer - inner) > 0 else (low, high)


def plain(count: int) -> PointColours:
    """All points alike."""
    return PointColours(np.zeros(count, np.intp), ("points",), "", (count, 0), (0.0, 1.0), np.zeros(count, np.float32))


def shown_colours(colours: PointColours, theme: Theme) -> list[str]:
    """The colour of every code, the unknown one last."""
    grey = mixed(theme.muted, theme.plot, 0.55)
    if not colours.names:
        return [*scale_colours(theme), grey]
    return [*colours_for(colours.names, dark=_is_dark(theme)), grey]


def scale_colours(theme: Theme) -> list[str]:
    """Colours from little to much, without the end that is lost on this ground."""
    first, last = (50, 255) if _is_dark(theme) else (0, 225)
    at = np.linspace(first, last, STEPS).round().astype(int)
    return ["#" + "".join(f"{part:02x}" for part in TABLE[k]) for k in at]


def _is_dark(theme: Theme) -> bool:
    return int(theme.plot[1:3], 16) < 128
