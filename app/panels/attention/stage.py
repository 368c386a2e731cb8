"""Stage: what one model makes of the picture, in the mode that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.panels.attention import contents
from app.panels.attention.overview import Overview
from app.widgets.figure_data import Arrays, columns
from app.widgets.heat_colours import Scale
from app.widgets.ink import type_face
from app.widgets.map_mosaic import MapMosaic
from app.widgets.series_plot import SeriesPlot
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.inspection import Attend, Attended

PERCENT = "patches made grey, %"
PLOTS = {
    "norms": ("layer", "token length", contents.NORM_SERIES),
    "masking": (PERCENT, "cosine with the whole picture", contents.MASKING_SERIES),
    "beside": (PERCENT, "cosine", contents.MASKING_SERIES),
}
"""Labels of the axes, and what is drawn."""


@dataclass(frozen=True, slots=True)
class Look:
    """How maps are drawn over the picture."""

    opacity: float = 0.65
    scale: Scale = "own"
    outlined: bool = True
    border: float = 0.0  # of PCA's foreground
    foreground: bool = False  # PCA shows nothing else


class Stage(QWidget):
    """`patch_chosen`: a patch by number. `enlarged`: (row, column) of the one map that is large, or None. `head_chosen`: layer, head."""

    patch_chosen = Signal(int)
    enlarged = Signal(object)
    head_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._theme = Look(), LIGHT
        self.mosaic, self.overview = MapMosaic(), Overview()
        self._plots: dict[str, SeriesPlot] = {}
        self.words = WrappedLabel()
        self._maps = QSplitter(Qt.Orientation.Vertical)
        self._maps.addWidget(self.mosaic)
        self._maps.setChildrenCollapsible(False)
        self.stack = QStackedWidget()
        for page in (self._maps, self.overview):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addWidget(self.stack, 1)
        self.mosaic.patch_chosen.connect(self.patch_chosen)
        self.mosaic.enlarged.connect(self.enlarged)
        self.overview.chosen.connect(self.head_chosen)
        self.words.say("")
        self.setFocusProxy(self.mosaic)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.words.setFont(type_face(theme, "body", bold=True))
        self._theme = theme
        self.mosaic.set_theme(theme)
        self.overview.set_theme(theme)
        for plot in self._plots.values():
            plot.set_theme(theme)

    def _plot(self, name: str) -> SeriesPlot:
        """A plot, made when it is first needed: each costs 10 ms."""
        if name not in self._plots:
            x, y, series = PLOTS[name]
            plot = self._plots[name] = SeriesPlot(x, y, series)
            plot.set_theme(self._theme)
            if name == "masking":
                self.stack.addWidget(plot)
            else:
                self._maps.addWidget(plot)
                self._maps.setSizes([560, *[300] * (self._maps.count() - 1)])
        return self._plots[name]

    def _hide(self, *names: str) -> None:
        for name in names:
            if name in self._plots:
                self._plots[name].hide()

    @property
    def tests_beside(self) -> bool:
        """Whether the masking test stands below the maps."""
        return "beside" in self._plots and not self._plots["beside"].isHidden()

    def set_look(self, look: Look) -> None:
        """How maps are drawn from now on."""
        self._look = look
        self.mosaic.set_look(look.opacity, look.scale, outlined=look.outlined)

    def set_message(self, text: str) -> None:
        """A sentence in place of everything."""
        self.words.say("")
        self.stack.setCurrentWidget(self._maps)
        self._hide("norms", "beside")
        self.mosaic.set_message(text)

    def show_answer(self, mode: str, answer: Attended, request: Attend, control: Attended | None = None) -> None:
        """Draw an answer to `request`, and beside its numbers those of random weights (`control`)."""
        problem = contents.lacking(mode, answer, contents.NEEDS[mode])
        if problem:
            self.set_message(problem)
            return
        self.words.say(contents.sentence(mode, answer, request, control))
        self._hide("norms")
        if mode == "layers":
            self.overview.show_answer(answer)
            self.stack.setCurrentWidget(self.overview)
        elif mode == "masking":
            lines = contents.masking_lines(answer)
            self._plot("masking").set_series(lines.values, lines.x)
            self.stack.setCurrentWidget(self._plot("masking"))
        else:
            self._show_maps(mode, answer, request, control)

    def _show_maps(self, mode: str, answer: Attended, request: Attend, control: Attended | None) -> None:
        if mode == "heads":
            maps = contents.heads(answer, request, control)
        elif mode == "norms":
            maps = contents.norms(answer, request)
            lines = contents.norm_lines(answer)
            layers = [str(int(layer)) for layer in lines.x]
            self._plot("norms").set_series(lines.values, lines.x, layers, series=lines.series)
            self._plot("norms").show()
        elif mode == "pca":
            maps = contents.pca(answer, self._look.border, foreground=self._look.foreground)
        else:
            maps = contents.one_map(answer, mode)
        self.mosaic.set_maps(answer.arrays["picture"], maps.rows, maps.names, unit=maps.unit, percent=maps.percent)
        self.mosaic.set_query(request.query if maps.queried else -1)
        self.stack.setCurrentWidget(self._maps)

    def tile_width(self, width: int, height: int) -> float:
        """How wide the maps would be in so much room."""
        around = self.height() - self.mosaic.height(), self.width() - self.mosaic.width()
        return self.mosaic.tile_width(max(width - around[1], 60), max(height - around[0], 60))

    def reach(self, mode: str) -> tuple[float, float] | None:
        """Lowest and highest value of the plot of this mode; None where there is none."""
        values = self._plots[mode].values if mode in self._plots else np.empty(0)
        return (float(np.nanmin(values)), float(np.nanmax(values))) if np.isfinite(values).any() else None

    def set_reach(self, mode: str, lo: float, hi: float) -> None:
        """Let the plot of this mode reach so far, as that of the other model does."""
        if mode in self._plots:
            self._plots[mode].set_reach(lo, hi)

    def show_beside(self, answer: Attended | None) -> None:
        """The masking test below the maps; None: none."""
        shown = answer is not None and not contents.lacking("masking", answer, contents.NEEDS["masking"])
        self._hide("beside")
        if answer is not None and shown:
            lines = contents.masking_lines(answer)
            self._plot("beside").set_series(lines.values, lines.x)
            self._plot("beside").show()

    def arrays(self) -> Arrays:
        """What is drawn as arrays: the maps with the picture below them, else the columns of the table."""
        shown = self.stack.currentWidget()
        numbers = shown is self.overview or shown is self._plots.get("masking")
        return columns(self.table()) if numbers else self.mosaic.arrays()

    def table(self) -> tuple[list[str], Sequence[Sequence[float | str]]]:
        """What is drawn as numbers."""
        shown = self.stack.currentWidget()
        if shown is self.overview:
            return self.overview.table()
        return self._plots["masking"].table() if shown is self._plots.get("masking") else self.mosaic.table()
