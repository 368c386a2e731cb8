"""One measured series on a plot: its line, its moving average, its markers. Draws no more points than the screen can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from app.widgets.ink import colour, mixed
from app.widgets.plot_face import SYMBOLS, line
from app.widgets.smoothing import Smoother
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
MARKED = 300
"""Up to so many points a series shows a marker on each."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One series: `x` (n,) not falling, `y` (n,) finite, both as they were measured."""

    label: str
    x: Floats
    y: Floats
    dense: bool = False  # measured at every step: drawn without markers, and smoothed


@dataclass(frozen=True, slots=True)
class Scene:
    """What all series of a plot are drawn with. `window`: the x range in sight, None for all; `pixels`: the plot's width."""

    theme: Theme = LIGHT
    smoothing: float = 0.0
    log: bool = False
    window: tuple[float, float] | None = None
    pixels: int = 300


class Series:
    """The items of the `index`-th series; `mean` (n,) is the moving average at every point."""

    def __init__(self, plot: Any, index: int) -> None:
        self._index = index
        self._smoother = Smoother()
        self.raw, self.smooth = pg.PlotCurveItem(skipFiniteCheck=True), pg.PlotCurveItem(skipFiniteCheck=True)
        self.dots = pg.ScatterPlotItem(symbol=SYMBOLS[index % len(SYMBOLS)], pen=None)
        self.mean: Floats = np.empty(0)
        for item in (self.raw, self.smooth, self.dots):
            plot.addItem(item, ignoreBounds=True)

    def draw(self, curve: Curve | None, scene: Scene) -> None:
        """Show `curve`, or nothing."""
        if curve is None or not len(curve.y):
            self.mean = np.empty(0)
            for item in (self.raw, self.smooth, self.dots):
                item.setData([], [])
            return
        smooth = curve.dense and scene.smoothing > 0
        self.mean = self._smoother(curve.y, scene.smoothing) if smooth else curve.y
        part = window(curve.x, scene.window)
        self._line(self.raw, curve.x[part], curve.y[part], scene, self._pen(scene.theme, curve.dense, smooth))
        self._line(self.smooth, curve.x[part][:0] if not smooth else curve.x[part], self.mean[part], scene,
                   line(scene.theme, self._index, solid=True))  # fmt: skip
        self._mark(curve, scene)

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value drawn (logarithms on a logarithmic axis); NaN where there is none."""
        values = [y for y in (self.raw.getData()[1], self.dots.getData()[1]) if y is not None and len(y)]
        return (
            (min(float(y.min()) for y in values), max(float(y.max()) for y in values)) if values else (np.nan, np.nan)
        )

    def _pen(self, theme: Theme, dense: bool, smooth: bool) -> Any:
        if smooth:  # opaque, as translucent pens are slow to draw
            ink = mixed(theme.series[self._index % len(theme.series)], theme.panel, 0.35)
            return pg.mkPen(colour(ink), width=1)
        return line(theme, self._index, solid=dense)

    def _line(self, item: Any, x: Floats, y: Floats, scene: Scene, pen: Any) -> None:
        x, y = scaled(x, y[: len(x)], log=scene.log)
        item.setData(*thinned(x, y, scene.pixels), pen=pen)

    def _mark(self, curve: Curve, scene: Scene) -> None:
        marked = not curve.dense and len(curve.y) <= MARKED
        x, y = scaled(curve.x, curve.y, log=scene.log) if marked else (np.empty(0), np.empty(0))
        size = round((6 if len(curve.y) < 40 else 4) * scene.theme.scale)
        self.dots.setData(x, y, size=size, brush=colour(scene.theme.series[self._index % len(scene.theme.series)]))


def window(x: Floats, between: tuple[float, float] | None) -> slice:
    """The part of ascending `x` (n,) in sight and one point to either side; all of it for None."""
    if between is None:
        return slice(None)
    first, last = np.searchsorted(x, between)
    return slice(max(int(first) - 1, 0), int(last) + 1)


def scaled(x: Floats, y: Floats, *, log: bool) -> tuple[Floats, Floats]:
    """The points as they stand on the plot; on a logarithmic axis those that are not positive are left out."""
    if not log:
        return x, y
    shown = y > 0
    return x[shown], np.log10(y[shown])


def thinned(x: Floats, y: Floats, pixels: int) -> tuple[Floats, Floats]:
    """At most three points a pixel: of each run of neighbours the lowest and the highest, in order. Nothing is averaged.

    x, y (n,) -> (m,), m <= 3 * pixels + 2; the same points where there are few. First and last are kept.
    """
    each = len(x) // max(pixels, 1)
    if each < 3:
        return x, y
    bins = len(x) // each
    folded = y[: bins * each].reshape(bins, each)
    ends = np.sort(np.column_stack([folded.argmin(1), folded.argmax(1)]), axis=1) + each * np.arange(bins)[:, None]
    picks = np.unique(np.concatenate([[0], ends.ravel(), _rest(y, bins * each), [len(x) - 1]]))
    return x[picks], y[picks]


def _rest(y: Floats, start: int) -> NDArray[np.int64]:
    """Lowest and highest of what the folding leaves over at the end."""
    rest = y[start:]
    return start + np.array([rest.argmin(), rest.argmax()] if len(rest) else [], np.int64)
