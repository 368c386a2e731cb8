"""SpectrumPlot: singular values, largest first, on a logarithmic scale, over those first measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.curve_plot import number
from app.widgets.ink import colour
from app.widgets.plot_face import label_axis, legend_over, make_plot, paint_face, settle
from app.widgets.text_lines import TextLines
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
FLOOR = 1e-7
"""Share of the largest singular value below which a value counts as nothing (float32's own precision) and is drawn there."""


class SpectrumPlot(QWidget):
    """`set_values` draws one spectrum; the first one stays as a faint dashed line until `clear`."""

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.values = self.first = np.empty(0)
        self._first_step = 0
        self.legend = TextLines()
        self.plot = make_plot()
        self.plot.getViewBox().setMouseEnabled(False, False)
        legend_over(self, self.legend, self.plot)
        self.curve, self.ghost, self.dot = pg.PlotCurveItem(), pg.PlotCurveItem(), pg.ScatterPlotItem()
        for item in (self.ghost, self.curve, self.dot):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getAxis("left").setLogMode(True)
        label_axis(self.plot, "bottom", "number of the value")
        label_axis(self.plot, "left", "size (log)")
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.double_clicked.connect(self.double_clicked)
        self.set_theme(LIGHT)

    def set_values(self, values: Floats, step: int) -> None:
        """Singular values (D,), largest first, measured after `step`."""
        self.values = np.asarray(values, float)
        if len(self.first) != len(self.values):
            self.first, self._first_step = self.values, step
        self._draw()

    def clear(self) -> None:
        """No spectrum."""
        self.values = self.first = np.empty(0)
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        paint_face(self.plot, theme)
        self.legend.set_theme(theme)
        self.curve.setPen(pg.mkPen(colour(theme.series[0]), width=theme.line_width()))
        self.ghost.setPen(pg.mkPen(colour(theme.muted), width=theme.line_width(), style=Qt.PenStyle.DashLine))
        self.dot.setBrush(colour(theme.series[1]))
        self._draw()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """Rows of (index from 1, value)."""
        return ["index", "singular value"], [[float(k + 1), float(v)] for k, v in enumerate(self.values)]

    def _draw(self) -> None:
        index = np.arange(1, len(self.values) + 1)
        self.curve.setData(index, logarithm(self.values))
        self.ghost.setData(index, logarithm(self.first))
        self._read(-1)
        if len(self.values):
            both = np.concatenate([logarithm(self.values), logarithm(self.first)])
            self.plot.setRange(xRange=(1, len(self.values)), yRange=(both.min(), both.max() + 0.1), padding=0.03)
            settle(self.plot)

    def _read(self, k: int) -> None:
        self.dot.setData([], [])
        if not len(self.values):
            self.legend.say("not measured yet")
        elif k >= 0:
            self.legend.say(f"value {k + 1} of {len(self.values)}: {number(float(self.values[k]))}")
            self.dot.setData([k + 1], [logarithm(self.values)[k]], size=9 * self._theme.scale)
        else:
            self.legend.say(f"━ now   ┅ first seen, step {self._first_step}")

    def _moved(self, where: QPointF) -> None:
        box = self.plot.getViewBox()
        k = round(box.mapSceneToView(where).x()) - 1 if box.sceneBoundingRect().contains(where) else -1
        self._read(min(k, len(self.values) - 1))

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._read(-1)


def logarithm(values: Floats) -> Floats:
    """log10 of singular values, those below `FLOOR` of the largest drawn at that floor; all zero gives zeros."""
    top = float(values.max()) if len(values) else 0.0
    if top <= 0:
        return np.zeros(len(values))
    logs: Floats = np.log10(np.maximum(values, FLOOR * top))
    return logs


def example() -> SpectrumPlot:
    """A spectrum that fell since the first measurement."""
    plot = SpectrumPlot()
    plot.set_values(20 * np.exp(-np.arange(128) / 40), 0)
    plot.set_values(25 * np.exp(-np.arange(128) / 12), 200)
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
