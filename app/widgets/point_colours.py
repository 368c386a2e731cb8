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
    dark = _is_dark(theme)
    own = OWN_DARK if dark else OWN_LIGHT
    if all(name in own for name in colours.names):
        return [
            *(own[name] for name in colours.names),
            grey,
        ]  # what is called red is red: to read "red" in blue misleads
    listed = NAMED_DARK if dark else NAMED_LIGHT
    return [*(listed[k % len(listed)] for k in range(len(colours.names))), grey]


def scale_colours(theme: Theme) -> list[str]:
    """Colours from little to much, without the end that is lost on this ground."""
    first, last = (50, 255) if _is_dark(theme) else (0, 225)
    at = np.linspace(first, last, STEPS).round().astype(int)
    return ["#" + "".join(f"{part:02x}" for part in TABLE[k]) for k in at]


def _is_dark(theme: Theme) -> bool:
    return int(theme.plot[1:3], 16) < 128


# Chosen one after the other as far as can be from those before in Oklab, as seen by full sight and by the three common kinds of
# colour blindness (Machado et al. 2009), of colours that stand out from the ground; the first two are the theme's.
NAMED_LIGHT = ("#0072b2", "#d55e00", "#70cceb", "#662900", "#e0b829", "#52008f", "#a385f5", "#a3335c", "#2900e0", "#00ad8f",
               "#9947ff", "#99cc8f", "#705200", "#cc0099", "#d68f47", "#85005c", "#ad6666", "#ff5cc2", "#8fadff", "#e014cc")  # fmt: skip
NAMED_DARK = ("#56b4e9", "#ff9a4d", "#c20052", "#7a00ff", "#99ffff", "#fff500", "#8f47a3", "#b87a00", "#ff5299", "#857af5",
              "#0ae0c2", "#adeb8f", "#33997a", "#f5cc1f", "#e0c2ff", "#4766cc", "#d6ffc2", "#8fc285", "#a35c00", "#a385c2")  # fmt: skip
OWN_LIGHT = {"red": "#c81e1e", "orange": "#e07b00", "yellow": "#d6b400", "green": "#2e8b2e", "cyan": "#00a5b5", "blue": "#1f4fd1",
             "violet": "#7a2fd0", "pink": "#e0409f"}  # fmt: skip
OWN_DARK = {"red": "#ff5a52", "orange": "#ff9f3f", "yellow": "#ffe14d", "green": "#5fd35f", "cyan": "#4de3f0", "blue": "#6f9bff",
            "violet": "#b07dff", "pink": "#ff7fc4"}  # fmt: skip
"""Of groups that are named after colours."""
