"""Traces: what a lesson draws while its arms train: a card for each, one curve an arm, the band of the record behind."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.lessons.experiment import Experiment, Series
from app.panels.lessons.shelf import Case
from app.widgets.card import Card
from app.widgets.curve_plot import CurvePlot
from app.widgets.dashboard import Dashboard
from app.widgets.lesson_paths import Path, PathPlot
from app.widgets.plot_bands import Band
from app.widgets.series import Curve
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.lesson import Trace
from sslviz.spec.measures import MEASURES

NOTHING: Series = (np.empty(0, np.int64), np.empty(0))


class Traces(QWidget):
    """Cards below each other; made anew for another lesson."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._lesson = ""
        self._seen: tuple[object, bool] = (None, False)
        self.cards: list[Card] = []
        self.board: Dashboard | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def draw(self, case: Case, experiment: Experiment | None) -> None:
        """The curves so far; nothing is touched where they are drawn already."""
        if case.lesson.name != self._lesson:
            self._make(case)
        if self._seen == (experiment, True):
            return
        self._seen = (experiment, True)
        for trace, card in zip(case.lesson.traces, self.cards, strict=True):
            body = card.body
            if isinstance(body, CurvePlot):
                draw_curves(body, case, experiment, trace)
            elif isinstance(body, PathPlot):
                draw_paths(body, case, experiment, trace)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        if self.board is not None:
            self.board.set_theme(theme)

    def _make(self, case: Case) -> None:
        if self.board is not None:
            self._column.removeWidget(self.board)
            self.board.hide()
            self.board.deleteLater()
        self._lesson, self._seen = case.lesson.name, (None, False)
        self.cards = [
            Card(trace.title, body_of(case, trace), caption=caption_of(trace)) for trace in case.lesson.traces
        ]
        self.board = Dashboard([[card] for card in self.cards])
        self._column.addWidget(self.board)
        self.board.set_theme(self._theme)  # after it has its place: a style sheet above would undo its type


def body_of(case: Case, trace: Trace) -> CurvePlot | PathPlot:
    """An empty plot for a trace."""
    if trace.y:
        return PathPlot(label_of(trace.column), label_of(trace.y))
    plot = CurvePlot(label_of(trace.column))
    plot.set_x_label("step", max(config.steps for config in case.plan.configs.values()))
    return plot


def label_of(column: str) -> str:
    """What a column is called."""
    known = MEASURES.get(column)
    if known is None:
        return column.removeprefix("part.").replace("_", " ")
    return f"{known.label}, {known.unit}" if known.unit else known.label


def caption_of(trace: Trace) -> str:
    """What the measure is; of a path, of which two."""
    known = MEASURES.get(trace.column)
    return "Each path begins at the initial weights and ends at its mark." if trace.y else known.help if known else ""


def draw_curves(plot: CurvePlot, case: Case, experiment: Experiment | None, trace: Trace) -> None:
    """One curve an arm, and the bands of the record behind them once there is an experiment."""
    curves = []
    for arm in case.lesson.arms:
        steps, values = experiment.arms[arm.name].columns.get(trace.column, NOTHING) if experiment else NOTHING
        known = MEASURES.get(trace.column)
        curves.append(
            Curve(
                arm.title,
                steps.astype(np.float64),
                values,
                dense=known is not None and known.every_step and len(steps) > 60,
            )
        )
    bands = []
    for k, arm in enumerate(case.lesson.arms):
        band = case.results.band(arm.name, trace.column) if case.results and experiment else None
        if band is not None:
            bands.append(Band(k, *(np.asarray(each, np.float64) for each in (band.steps, band.lo, band.hi))))
    plot.set_bands(bands)
    plot.set_curves(curves)


def draw_paths(plot: PathPlot, case: Case, experiment: Experiment | None, trace: Trace) -> None:
    """One path an arm, and the middle of the record faint behind it."""
    paths, ghosts = [], []
    for arm in case.lesson.arms:
        columns = experiment.arms[arm.name].columns if experiment else {}
        paths.append(path_of(arm.title, columns.get(trace.column, NOTHING), columns.get(trace.y, NOTHING)))
        known = [
            case.results.band(arm.name, name) if case.results and experiment else None
            for name in (trace.column, trace.y)
        ]
        middles = [
            NOTHING if band is None else (np.asarray(band.steps, np.int64), np.asarray(band.mid)) for band in known
        ]
        ghosts.append(path_of(arm.title, *middles))
    plot.set_paths(paths, ghosts)


def path_of(title: str, one: Series, two: Series) -> Path:
    """Two columns where both were measured."""
    both, first, second = np.intersect1d(one[0], two[0], return_indices=True)
    del both
    return Path(title, one[1][first], two[1][second])
