"""Bands behind curves: between the lowest and the highest of several runs, in the colour of the curve that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from app.widgets.ink import colour
from app.widgets.theme import Theme

Floats = NDArray[np.float64]
STRENGTH = 0.22


@dataclass(frozen=True, eq=False)
class Band:
    """Behind the `series`-th curve: `x`, `lo` and `hi`, each (n,)."""

    series: int
    x: Floats
    lo: Floats
    hi: Floats


class Bands:
    """The items of a plot's bands, below everything else."""

    def __init__(self, plot: Any) -> None:
        self._plot = plot
        self.bands: tuple[Band, ...] = ()
        self._items: list[Any] = []

    def set(self, bands: Sequence[Band], theme: Theme) -> None:
        """Draw these, which are finite."""
        self.bands = tuple(band for band in bands if len(band.x))
        for item in self._items:
            self._plot.removeItem(item)
        self._items = [self._make(band, theme) for band in self.bands]

    def _make(self, band: Band, theme: Theme) -> Any:
        rims = [pg.PlotCurveItem(band.x, y, skipFiniteCheck=True) for y in (band.lo, band.hi)]
        item = pg.FillBetweenItem(*rims, brush=colour(theme.series[band.series % len(theme.series)], STRENGTH))
        item.setZValue(-20)
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def extent(self) -> tuple[float, ...]:
        """The lowest and the highest value of all; none without a band."""
        return tuple(value for band in self.bands for value in (float(np.nanmin(band.lo)), float(np.nanmax(band.hi))))
