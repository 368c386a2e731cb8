"""SeriesPlot: several series over the same places at one moment, as lines or as bars, with levels to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.curve_plot import nearest, number
from app.widgets.ink import colour, mixed, pixels
from app.widgets.plot_face import DASHES, GLYPHS, SYMBOLS, label_axis, legend_over, make_plot, paint_face, settle
from app.widgets.series import thinned
from app.widgets.text_lines import GAP, TextLines
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
FEW = 64
"""Bars stand apart up to so many places; more of them touch."""
DRAWN = 400
"""Bars that are drawn at most, and a third of the points of a line."""
MARKS = 7
"""Marks on a line of many points."""
FULL = 0.86
"""Share of a place that its bars fill where they stand apart."""


class SeriesPlot(QWidget):
    """`set_series` replaces everything: nothing is remembered from one moment to the next but the range where it is held."""

    double_clicked = Signal()

    def __init__(self, x: str = "", y: str = "", series: Sequence[str] = (), *, bars: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        """`series`: their names, in order. `bars`: bars that begin at 0 in place of lines."""
        super().__init__(parent)
        self._theme, self._x_label, self._names, self._bars = LIGHT, x, tuple(series), bars
        self._reach: Floats = np.empty(0)
        self.at: Floats = np.empty(0)
        self.values: Floats = np.empty((0, 0))
        self.places: tuple[str, ...] = ()
        self.levels: Floats = np.empty(0)
        self._items: list[Any] = []
        self.legend = TextLines()
        self.plot = make_plot()
        self.plot.getViewBox().setMouseEnabled(False, False)
        legend_over(self, self.legend, self.plot)
        label_axis(self.plot, "bottom", x)
        label_axis(self.plot, "left", y)
        self._hair = pg.InfiniteLine(angle=90)
        self._hair.setZValue(50)
        self._hair.hide()
        self.plot.addItem(self._hair, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.double_clicked.connect(self.double_clicked)
        self.plot.getViewBox().sigResized.connect(self._name_places)
        self.set_theme(LIGHT)

    def set_series(self, values: NDArray[Any], x: NDArray[Any] | None = None, places: Sequence[str] = (),
                   levels: NDArray[Any] | None = None, series: Sequence[str] = ()) -> None:  # fmt: skip
        """values (S, N); x (N,) rising, 0 to N - 1 by default; names of the N places; levels (k,) of horizontal lines.

        `series`: their names from now on, where those given at first no longer hold.
        """
        self._names = tuple(series) or self._names
        self.values = np.atleast_2d(np.asarray(values, float))
        self.at = np.arange(self.values.shape[1], dtype=float) if x is None else np.asarray(x, float)
        self.places = tuple(map(str, places))
        self.levels = np.empty(0) if levels is None else np.atleast_1d(np.asarray(levels, float))
        self._draw()

    def set_reach(self, lo: float, hi: float) -> None:
        """Let the y axis reach so far from now on."""
        self._reach = np.array([lo, hi])
        self._fit()

    def clear(self) -> None:
        """Nothing to show."""
        self.set_series(np.empty((0, 0)))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        paint_face(self.plot, theme)
        self.legend.set_theme(theme)
        self._hair.setPen(pg.mkPen(colour(theme.text, 0.6), width=1))
        self._draw()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """Rows of (x, one column a series)."""
        names = [self._name(k) for k in range(len(self.values))]
        return [self._x_label or "place", *names], np.column_stack([self.at, self.values.T]).tolist()

    def _name(self, k: int) -> str:
        return self._names[k] if k < len(self._names) else f"series {k + 1}" if len(self.values) > 1 else ""

    # Drawing -------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        for item in self._items:
            self.plot.removeItem(item)
        make = self._bar_items if self._bars else self._line_items
        self._items = [*make(), *(self._level(float(level)) for level in self.levels if np.isfinite(level))]
        for item in self._items:
            self.plot.addItem(item, ignoreBounds=True)
        self._fit()
        self._name_places()
        self._read(-1)

    def _ink(self, k: int) -> str:
        return self._theme.series[k % len(self._theme.series)]

    def _line_items(self) -> list[Any]:
        """Few points: dashes tell series apart; many: marks here and there, as long dashed lines are slow to draw."""
        items: list[Any] = []
        few = self.values.shape[1] <= FEW
        for k, row in enumerate(self.values):
            style = DASHES[k % len(DASHES)] if few else DASHES[0]
            pen = pg.mkPen(colour(self._ink(k)), width=self._theme.line_width(), style=style)
            finite = np.isfinite(row)
            whole = bool(finite.all())
            x, y = thinned(self.at, row, DRAWN) if whole else (self.at, row)
            items.append(pg.PlotCurveItem(x, y, pen=pen, connect="all" if whole else "finite"))
            if not few and len(self.values) > 1:
                some = (
                    np.flatnonzero(finite)[np.linspace(0, finite.sum() - 1, MARKS).astype(int)] if finite.any() else []
                )
                items.append(pg.ScatterPlotItem(self.at[some], row[some], symbol=SYMBOLS[k % len(SYMBOLS)],
                                                size=round(7 * self._theme.scale), pen=None, brush=colour(self._ink(k))))  # fmt: skip
        return items

    def _bar_items(self) -> list[Any]:
        count, places = self.values.shape if self.values.size else (0, 0)
        step = float(np.diff(self.at).min()) if places > 1 else 1.0
        if places <= FEW:
            wide = FULL * step / max(count, 1)
            shifts = [(k - (count - 1) / 2) * wide for k in range(count)]
            return [pg.BarGraphItem(x=self.at + shift, height=np.nan_to_num(row), width=wide * 0.94, pen=None,
                                    brush=colour(self._ink(k)))
                    for k, (row, shift) in enumerate(zip(self.values, shifts, strict=True))]  # fmt: skip
        return [self._outline(k, row, step) for k, row in enumerate(self.values)]

    def _outline(self, k: int, row: Floats, step: float) -> Any:
        """Bars that touch, as one area; later series only as lines over the first. Of more bars than pixels the highest are drawn."""
        each = self.together()
        left, heights = (
            self.at[::each] - step / 2,
            np.maximum.reduceat(np.nan_to_num(row), np.arange(0, len(row), each)),
        )
        edges = np.concatenate([left, [self.at[-1] + step / 2]])
        ink = self._ink(k)
        fill = {"fillLevel": 0.0, "brush": colour(mixed(ink, self._theme.panel, 0.55))} if k == 0 else {}
        pen = pg.mkPen(colour(ink), width=1 if k == 0 else self._theme.line_width())
        return pg.PlotCurveItem(edges, heights, stepMode="center", pen=pen, **fill)

    def together(self) -> int:
        """How many neighbouring bars are drawn as one, which is as high as the highest of them."""
        return max(-(-len(self.at) // DRAWN), 1)

    def _level(self, height: float) -> Any:
        pen = pg.mkPen(
            colour(self._theme.text, 0.75), width=max(1.2, self._theme.line_width() * 0.8), style=Qt.PenStyle.DashLine
        )
        rule = pg.InfiniteLine(height, angle=0, pen=pen)
        rule.setZValue(20)
        return rule

    def _fit(self) -> None:
        levels = self.levels[np.isfinite(self.levels)]
        found = np.concatenate([self.values[np.isfinite(self.values)], levels, self._reach])
        if not len(self.at) or not len(found):
            return
        low, high = float(found.min()), float(found.max())
        low, high = (min(low, 0.0), max(high, 0.0)) if self._bars else (low, high)
        room = (high - low) * 0.06 or max(abs(high), 1e-6) * 0.1
        half = (float(np.diff(self.at).min()) if len(self.at) > 1 else 1.0) * (0.6 if self._bars else 0.0)
        bottom = low - room if low < 0 or not self._bars else low
        self.plot.setRange(xRange=(self.at[0] - half, self.at[-1] + half), yRange=(bottom, high + room), padding=0.01)
        settle(self.plot)

    def _name_places(self, _box: object = None) -> None:
        """Names below the places, as many as fit; numbers where there are none."""
        axis = self.plot.getAxis("bottom")
        if not self.places or len(self.places) != len(self.at):
            axis.setTicks(None)
            return
        metrics, gap = self.legend.fontMetrics(), pixels(self._theme, "small")
        width = self.plot.getViewBox().width()

        def every(names: Sequence[str]) -> int:
            longest = max(metrics.horizontalAdvance(line) for name in names for line in name.split("\n")) + gap
            return max(int(np.ceil(longest * len(names) / max(width, 1.0))), 1)

        names = self.places if every(self.places) == 1 else tuple(name.replace(" ", "\n") for name in self.places)
        axis.setTicks([[(float(self.at[k]), names[k]) for k in range(0, len(names), every(names))]])

    # Read-out ------------------------------------------------------------------------------------------------------

    def reading(self) -> str:
        """The legend without its marks."""
        return self.legend.text()

    def _read(self, k: int) -> None:
        if not self.values.size:
            self.legend.say_parts([("not seen yet", self._theme.muted)])
            return
        parts = []
        for s, row in enumerate(self.values):
            value = f" {number(float(row[k]), 4)}" if k >= 0 else ""
            if self._name(s) or value:
                parts += [(GLYPHS[s % len(GLYPHS)], self._ink(s)), (f" {self._name(s)}{value}{GAP}", "")]
        self.legend.say_parts([*parts, (GAP.join(self._remarks(k)), "")])

    def _remarks(self, k: int) -> list[str]:
        if k >= 0:
            return [
                f"at {self.places[k] if k < len(self.places) else f'{self._x_label} {number(float(self.at[k]), 4)}'}"
            ]
        words = ["┅ " + ", ".join(number(float(level), 3) for level in self.levels)] if len(self.levels) else []
        return [*words, f"highest of each {self.together()}"] if self._bars and self.together() > 1 else words

    def _moved(self, where: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(where) and len(self.at) > 0
        k = nearest(self.at, float(box.mapSceneToView(where).x())) if inside else -1
        self._hair.setVisible(k >= 0)
        if k >= 0:
            self._hair.setPos(float(self.at[k]))
        self._read(k)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._hair.hide()
        self._read(-1)


def example() -> SeriesPlot:
    """What two networks say of one image."""
    plot = SeriesPlot("prototype", "probability", ("teacher", "student"), bars=True)
    rng = np.random.default_rng(0)
    plot.set_series(rng.dirichlet(np.full(24, 0.3), 2), levels=np.array([1 / 24]))
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
