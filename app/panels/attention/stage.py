"""Stage: what one model makes of the picture, in the mode that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.panels.attention import contents
from app.panels.attention.overview import Overview
from app.widgets.heat_colours import Scale
from app.widgets.ink import type_face
from app.widgets.map_mosaic import MapMosaic
from app.widgets.series_plot import SeriesPlot
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.inspection import Attend, Attended

PERCENT = "patches made grey, %"
MOVED = "cosine with the whole picture"


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
        self._look = Look()
        self.mosaic, self.overview = MapMosaic(), Overview()
        self.norms = SeriesPlot("layer", "length of a token", contents.NORM_SERIES)
        self.masking = SeriesPlot(PERCENT, MOVED, contents.MASKING_SERIES)
        self.beside = SeriesPlot(PERCENT, "cosine", contents.MASKING_SERIES)
        self.words = WrappedLabel()
        self._maps = QSplitter(Qt.Orientation.Vertical)
        for part in (self.mosaic, self.norms, self.beside):
            self._maps.addWidget(part)
        self._maps.setSizes([560, 300, 300])
        self._maps.setChildrenCollapsible(False)
        self.stack = QStackedWidget()
        for page in (self._maps, self.overview, self.masking):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addWidget(self.stack, 1)
        self.mosaic.patch_chosen.connect(self.patch_chosen)
        self.mosaic.enlarged.connect(self.enlarged)
        self.overview.chosen.connect(self.head_chosen)
        self.norms.hide()
        self.beside.hide()
        self.words.say("")
        self.setFocusProxy(self.mosaic)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.words.setFont(type_face(theme, "body", bold=True))
        for part in (self.mosaic, self.overview, self.norms, self.masking, self.beside):
            part.set_theme(theme)

    def set_look(self, look: Look) -> None:
        """How maps are drawn from now on."""
        self._look = look
        self.mosaic.set_look(look.opacity, look.scale, outlined=look.outlined)

    def set_message(self, text: str) -> None:
        """A sentence in place of everything."""
        self.words.say("")
        self.stack.setCurrentWidget(self._maps)
        self.norms.hide()
        self.beside.hide()
        self.mosaic.set_message(text)

    def show_answer(self, mode: str, answer: Attended, request: Attend, control: Attended | None = None) -> None:
        """Draw an answer to `request`, and beside its numbers those of random weights (`control`)."""
        problem = contents.lacking(mode, answer, contents.NEEDS[mode])
        if problem:
            self.set_message(problem)
            return
        self.words.say(contents.sentence(mode, answer, request, control))
        self.norms.setVisible(mode == "norms")
        if mode == "layers":
            self.overview.show_answer(answer)
            self.stack.setCurrentWidget(self.overview)
        elif mode == "masking":
            lines = contents.masking_lines(answer)
            self.masking.set_series(lines.values, lines.x)
            self.stack.setCurrentWidget(self.masking)
        else:
            self._show_maps(mode, answer, request, control)

    def _show_maps(self, mode: str, answer: Attended, request: Attend, control: Attended | None) -> None:
        if mode == "heads":
            maps = contents.heads(answer, request, control)
        elif mode == "norms":
            maps = contents.norms(answer, request)
            lines = contents.norm_lines(answer)
            self.norms.set_series(lines.values, lines.x, series=lines.series)
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

    def show_beside(self, answer: Attended | None) -> None:
        """The masking test below the maps; None: none."""
        shown = answer is not None and not contents.lacking("masking", answer, contents.NEEDS["masking"])
        self.beside.setVisible(shown)
        if answer is not None and shown:
            lines = contents.masking_lines(answer)
            self.beside.set_series(lines.values, lines.x)

    def table(self) -> tuple[list[str], Sequence[Sequence[float | str]]]:
        """What is drawn as numbers."""
        shown = self.stack.currentWidget()
        if shown is self.overview:
            return self.overview.table()
        return self.masking.table() if shown is self.masking else self.mosaic.table()
