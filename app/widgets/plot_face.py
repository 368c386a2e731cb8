"""The look that all plots share: a pyqtgraph plot without menus and buttons, coloured and set in type by a Theme."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets.ink import colour, pixels, type_face
from app.widgets.theme import Theme

DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
SYMBOLS = ("o", "s", "t1", "d", "+", "x", "star")
GLYPHS = ("●", "■", "▲", "◆", "✚", "✖", "★")
"""One marker a series, on the plot and in its legend: colour is never the only difference."""
LEFT = 52
"""px at scale 1 that the numbers at the left get, so that plots above each other begin at the same place."""


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A plot that tells of double clicks: the scene's own ones get lost where an item takes the mouse."""

    double_clicked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        event.accept()
        self.double_clicked.emit()


def make_plot() -> Any:
    """An empty `pg.PlotWidget` with axes left and bottom; its right click is left to the widget around it."""
    plot = Plot(enableMenu=False)
    plot.hideButtons()
    plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    plot.setFrameShape(plot.Shape.NoFrame)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.disableAutoRange()
    for side in ("left", "bottom", "right", "top"):  # the hidden ones too: each new range would set its label in type
        plot.getAxis(side).enableAutoSIPrefix(False)
    menu = plot.getPlotItem().ctrlMenu  # made in any case and owned by nobody: let it go with the plot
    menu.setParent(plot, menu.windowFlags())
    return plot


def legend_over(widget: QWidget, legend: QWidget, plot: QWidget) -> None:
    """Fill `widget` with the plot and, above it, its legend."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(legend)
    column.addWidget(plot, 1)


def settle(plot: Any) -> None:
    """Work the new range of `plot` out now. Left to the next paint, that one would ask for another."""
    plot.scene().prepareForPaint()


def paint_face(plot: Any, theme: Theme, left: int = LEFT) -> None:
    """Background, axes, grid and tick type of `plot` as `theme` has them; left: px that the numbers at the left get."""
    plot.setBackground(colour(theme.panel))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(colour(theme.border), width=1))
        axis.setTextPen(colour(theme.muted))
        axis.setTickFont(type_face(theme, "small"))
        axis.setStyle(tickTextOffset=round(3 * theme.scale), hideOverlappingLabels=True, maxTickLevel=1, tickLength=0)
        axis.setGrid(70)
        axis.labelStyle = {"color": theme.muted, "font-size": f"{pixels(theme, 'small')}px"}
        axis.setLabel(axis.labelText or None)
    plot.getAxis("left").setWidth(round(left * theme.scale))


def label_axis(plot: Any, side: str, text: str) -> None:
    """Name an axis, with its unit, in the type that `paint_face` set."""
    plot.getAxis(side).setLabel(text)


def line(theme: Theme, index: int, *, solid: bool = False) -> Any:
    """The pen of the `index`-th series; dashed by its index unless `solid`: dashes of long curves are slow to draw."""
    dash = DASHES[0] if solid else DASHES[index % len(DASHES)]
    return pg.mkPen(colour(theme.series[index % len(theme.series)]), width=theme.line_width(), style=dash)
