"""GuessScale: the axis of guesses: from values to heights and back, its ticks, and how a value is written. Arithmetic without painting."""

from __future__ import annotations

import math
from dataclasses import dataclass

NOTCHES = 100
"""An arrow key moves a marker by this part of the axis; what is dragged stands on the same notches."""
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class GuessScale:
    """An axis from `lo` to `hi` in the units of the values; shown is a value times `factor`, with `unit`."""

    label: str = ""
    lo: float = 0.0
    hi: float = 1.0
    unit: str = ""
    factor: float = 1.0

    @property
    def base(self) -> float:
        """Where bars begin: at zero where the axis has it, else at the end of the axis that is nearer to it."""
        return min(max(0.0, self.lo), self.hi)

    def share(self, value: float) -> float:
        """How far up the axis a value is, in [0, 1]; what lies beyond stands at the end."""
        return min(max((value - self.lo) / (self.hi - self.lo), 0.0), 1.0)

    def value(self, share: float) -> float:
        """The value at a height, on a notch of the axis."""
        notch = round(min(max(share, 0.0), 1.0) * NOTCHES)
        return self.lo + (self.hi - self.lo) * notch / NOTCHES

    def moved(self, value: float, notches: int) -> float:
        """A value that is so many notches higher, within the axis."""
        return self.value(self.share(value) + notches / NOTCHES)

    def ticks(self, most: int = 6) -> tuple[float, ...]:
        """Round values on the axis, at most so many."""
        lo, hi = self.lo * self.factor, self.hi * self.factor
        step = nice((hi - lo) / max(most - 1, 1))
        first = math.ceil(lo / step - 1e-9)
        return tuple(k * step / self.factor for k in range(first, math.floor(hi / step + 1e-9) + 1))

    def say(self, value: float) -> str:
        """A value with its unit: as many digits as the axis has notches."""
        if not math.isfinite(value):
            return "–"
        digits = max(0, -math.floor(math.log10((self.hi - self.lo) * self.factor / NOTCHES) + 1e-9))
        space = " " if self.unit else ""
        return f"{value * self.factor:.{digits}f}{space}{self.unit}".replace("-", "−")


def nice(step: float) -> float:
    """The next round number that is not below `step` > 0."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(k * power for k in _NICE if k * power >= step * (1 - 1e-9))


def around(values: list[float], *, floor: float | None = None) -> tuple[float, float]:
    """Round ends of an axis that holds all finite values with room to either side; (0, 1) without any."""
    known = [value for value in values if math.isfinite(value)] + ([] if floor is None else [floor])
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    room = 0.25 * (high - low) or max(abs(high), 1.0) * 0.25
    step = nice((high - low + 2 * room) / 6)
    bottom = low if floor == low else math.floor((low - room) / step) * step
    return bottom, math.ceil((high + room) / step) * step
