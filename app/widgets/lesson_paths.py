"""PathPlot: how a few runs move through the plane of two measures; the end of each is marked, what was recorded stands faint behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, mixed
from app.widgets.plot_face import GLYPHS, SYMBOLS, label_axis, legend_over, make_plot, paint_face, settle
from app.widgets.text_lines import GAP, TextLines
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
ROOM = 0.08
"""Of the range, left free around all paths."""


@dataclass(frozen=True, eq=False)
class Path:
    """Points (x, y), each (n,), in the order in which they were measured."""

    label: str
    x: Floats
    y: Floats


class PathPlot(QWidget):
    """Paths in the order of the runs: colours and symbols follow it."""

    double_clicked = Signal()

    def __init__(self, x_label: str = "", y_label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._labels = LIGHT, (x_label, y_label)
        self._paths: tuple[Path, ...] = ()
        self._ghosts: tuple[Path, ...] = ()
        self._items: list[Any] = []
        self.legend, self.plot = TextLines(), make_plot()
        legend_over(self, self.legend, self.plot)
        self.plot.getViewBox().setMouseEnabled(False, False)
        self.plot.double_clicked.connect(self.double_clicked)
        for side, text in zip(("bottom", "left"), self._labels, strict=True):
            label_axis(self.plot, side, text)
        self.set_theme(LIGHT)

    def set_paths(self, paths: Sequence[Path], ghosts: Sequence[Path] = ()) -> None:
        """Draw these, and faint ones behind them, each of the run in its place."""
        self._paths, self._ghosts = tuple(map(_finite, paths)), tuple(map(_finite, ghosts))
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        paint_face(self.plot, theme)
        self.legend.set_theme(theme)
        self._draw()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """Every point of every path as a line."""
        rows: list[list[float | str]] = [
            [path.label, float(x), float(y)] for path in self._paths for x, y in zip(path.x, path.y, strict=True)
        ]
        return ["run", *self._labels], rows

    def _draw(self) -> None:
        for item in self._items:
            self.plot.removeItem(item)
        self._items = [self._line(k, path, faint=True) for k, path in enumerate(self._ghosts) if len(path.x)]
        parts: list[tuple[str, str]] = []
        for k, path in enumerate(self._paths):
            if len(path.x):
                ink = self._theme.series[k % len(self._theme.series)]
                self._items += [self._line(k, path, faint=False), self._end(k, path)]
                parts += [(GLYPHS[k % len(GLYPHS)], ink), (f" {path.label}{GAP}", "")]
        for item in self._items:
            self.plot.addItem(item, ignoreBounds=True)
        self.legend.say_parts(parts or [("not measured yet", self._theme.muted)])
        self._fit()

    def _line(self, k: int, path: Path, *, faint: bool) -> Any:
        theme = self._theme
        ink = theme.series[k % len(theme.series)]
        if faint:
            pen = pg.mkPen(colour(mixed(ink, theme.panel, 0.4)), width=1.5 * theme.scale, style=Qt.PenStyle.DotLine)
        else:
            pen = pg.mkPen(colour(ink), width=max(2.0, theme.line_width()))
        return pg.PlotCurveItem(path.x, path.y, pen=pen, antialias=True, skipFiniteCheck=True)

    def _end(self, k: int, path: Path) -> Any:
        theme = self._theme
        brush, pen = colour(theme.series[k % len(theme.series)]), pg.mkPen(colour(theme.text), width=1)
        size = round(12 * theme.scale)
        return pg.ScatterPlotItem(
            path.x[-1:], path.y[-1:], symbol=SYMBOLS[k % len(SYMBOLS)], size=size, brush=brush, pen=pen
        )

    def _fit(self) -> None:
        xs = np.concatenate([np.empty(0), *(path.x for path in (*self._paths, *self._ghosts))])
        ys = np.concatenate([np.empty(0), *(path.y for path in (*self._paths, *self._ghosts))])
        if len(xs):
            self.plot.setRange(xRange=_roomy(xs), yRange=_roomy(ys), padding=0)
            settle(self.plot)


def _finite(path: Path) -> Path:
    shown = np.isfinite(path.x) & np.isfinite(path.y)
    return Path(path.label, path.x[shown], path.y[shown])


def _roomy(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = ROOM * (high - low) or 0.1
    return low - room, high + room


def example() -> PathPlot:
    """One run spreads, the other falls together."""
    plot = PathPlot("uniformity (z)", "alignment (z)")
    t = np.linspace(0, 1, 20)
    plot.set_paths([Path("with negatives", -1 - 2 * t, 0.8 - 0.5 * t), Path("without", -1 + t, 0.8 - 0.8 * t)])
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
