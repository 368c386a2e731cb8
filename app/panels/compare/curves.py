"""Curves: every measure of every run over one axis; what means something else in another run has a plot of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, cast

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels.compare.page import Page
from app.widgets.card import Card
from app.widgets.curve_plot import CurvePlot
from app.widgets.dashboard import Dashboard
from app.widgets.ink import type_face
from app.widgets.scrolling import scroll
from app.widgets.segments import Segments
from app.widgets.series import Curve
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.comparison import AXES, Axis, Side, Trace, traced
from sslviz.spec.comparison_plots import PlotPlan, levels, main_measures, marks_of, measures_of, place_of, plot_plans
from sslviz.spec.events import Array
from sslviz.spec.measures import MEASURES

SMOOTHING, DENSE = 0.9, 300
POINTS = 2_000
HIGH, WIDE = 250, 400
"""Pixels of a plot at scale 1."""
REST_MS = 2_000
"""Between two drawings of a run that trains."""
NOTHING = "No run among these has curves: models without a record of training are compared by what they see."
EXTENTS = (
    ("main", "main measures", "Loss, kNN accuracy, alignment, uniformity, spread, rank, the method's own task"),
    ("all", "all", "Every measure that was taken, parts of the loss and schedules too"),
)
CHOICES = (
    ("step", "steps", "Training steps: equal numbers of updates"),
    ("epoch", "epochs", "Passes over the training images"),
    ("time", "time", "Seconds of training, pauses left out; on another machine they are others"),
    ("images", "images seen", "Steps times the batch size: equal numbers of images"),
)
Series = Callable[[str], tuple[Array, Array]]


class SidePlot(CurvePlot):
    """Curves whose colours are those of their sides; sides that have none take no column of the table."""

    def table(self) -> tuple[list[str], list[list[float]]]:
        """x, and one column for each side that was measured."""
        names, rows = super().table()
        kept = [k for k in range(len(names)) if not k or any(row[k] == row[k] for row in rows)]
        return [names[k] for k in kept], [[row[k] for k in kept] for row in rows]


class Curves(Page):
    """Plots are made and drawn one after the other, so that the window answers in between."""

    name: ClassVar[str] = "curves"
    title: ClassVar[str] = "Curves"

    def build(self) -> None:
        """Make the widgets. Called once."""
        self._cards: dict[tuple[str, int], Card] = {}
        self._plans: list[PlotPlan] = []
        self._todo: list[Callable[[], None]] = []  # one after the other, the window answers in between
        self._live: dict[int, dict[str, Trace]] = {}
        self._cursor: tuple[int, int] | None = None  # side and step of the timeline
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._go_on)
        self.axes, self.extent = Segments("Over", CHOICES), Segments("Measures", EXTENTS)
        self.words, self.label = WrappedLabel(), QLabel("over")
        self.board, self.area = Dashboard([]), QScrollArea()
        scroll(self.area, self.board, sideways=True)
        row = QHBoxLayout()
        row.addWidget(self.label)
        row.addWidget(self.axes)
        row.addStretch(1)
        row.addWidget(self.extent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (row, self.words):
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        column.addWidget(self.area, 1)
        self.axes.chosen.connect(lambda _: self._redraw())
        self.extent.chosen.connect(lambda _: self.show_sides())
        self.board.enlarging.connect(self._share_room)

    @property
    def axis(self) -> Axis:
        """What the curves are drawn over."""
        return cast(Axis, self.axes.value)

    def plot(self, measure: str, number: int = 0) -> SidePlot | None:
        """The plot of a measure; None while it is not made."""
        card = self._cards.get((measure, number))
        return cast(SidePlot, card.body) if card is not None and card.body is not None else None

    # What is drawn --------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Other runs."""
        super().forget()
        self._live.clear()

    def show_sides(self) -> None:
        """The plots that these runs need, drawn from now on."""
        sides = self.chosen.sides
        wanted = main_measures(sides) if self.extent.value == "main" else measures_of(sides)
        self._plans = list(plot_plans(sides, wanted)) if wanted else []
        self.words.say(NOTHING if sides and not self._plans else "")
        self._todo = [partial(self._name, plan) for plan in self._plans]
        self._todo += [self._arrange, *self._drawings()]
        self._take_turns()

    def _name(self, plan: PlotPlan) -> None:
        """The card of a plot, without the plot."""
        key = (plan.measure, plan.number)
        if key not in self._cards:
            self._cards[key] = Card("", parent=self.board)
            self.board.keep(self._cards[key])
        card = self._cards[key]
        measure = MEASURES.get(plan.measure)
        card.set_theme(self.theme)
        card.set_title(plan.title)
        card.set_caption(plan.reason or (measure.help if measure else "a part of the loss"))
        card.set_about(" ".join(filter(None, (measure.help if measure else "", plan.reason))))

    def follow(self, k: int, series: Series, names: Sequence[str]) -> None:
        """Side k trains: draw what its picture holds now."""
        self._live[k] = {name: trace for name in names if len((trace := traced(series, name, POINTS)).values)}
        if not self._todo:
            self._redraw()

    def _redraw(self) -> None:
        """Every plot anew; cards that are still to be made come first."""
        waiting = len(self._todo) > len(self._plans)
        if not waiting:
            self._todo = self._drawings()
        self._take_turns()

    def _drawings(self) -> list[Callable[[], None]]:
        return [partial(self._draw, plan) for plan in self._plans]

    def _take_turns(self) -> None:
        if self._todo and not self._turn.isActive():
            self._turn.start()

    def _go_on(self) -> None:
        if self._todo:
            self._todo.pop(0)()
            self._turn.start()

    def _draw(self, plan: PlotPlan) -> None:
        card = self._cards[plan.measure, plan.number]
        if card.body is None:
            measure = MEASURES.get(plan.measure)
            card.set_body(SidePlot(measure.unit if measure else "", floor=measure.lo if measure else None))
        plot = cast(SidePlot, card.body)
        sides = self.chosen.sides
        plot.set_smoothing(SMOOTHING)
        plot.set_curves([self._curve(k, plan, side) for k, side in enumerate(sides)])
        plot.set_x_label(AXES[self.axis], 0.0 if self.axis in ("epoch", "time") else 10.0)
        plot.set_references(levels(plan, sides))
        plot.set_marks(list(self._marks(plan, sides)))
        self._point(plan)

    def _trace(self, k: int, measure: str) -> Trace | None:
        return self._live.get(k, {}).get(measure) or self.chosen.sides[k].traces.get(measure)

    def _curve(self, k: int, plan: PlotPlan, side: Side) -> Curve:
        trace = self._trace(k, plan.measure) if k in plan.members else None
        if trace is None or side.config is None:
            return Curve(side.run_name, np.empty(0), np.empty(0))
        x = trace.x(self.axis, side.config.batch_size)
        known = np.isfinite(x)
        measure = MEASURES.get(plan.measure)
        dense = (measure is None or measure.every_step) and int(known.sum()) > DENSE
        return Curve(side.run_name, x[known], trace.values[known], dense)

    def _marks(self, plan: PlotPlan, sides: Sequence[Side]) -> Iterator[tuple[float, str]]:
        """What happened at a step, on this axis."""
        for k, step, words in marks_of(plan, sides):
            at = self._place(k, step)
            if at is not None:
                yield at, words

    def _place(self, k: int, step: int) -> float | None:
        """Where a step of a side lies on the axis: at the row of the loss that is next to it."""
        return place_of(step, self.axis, self.chosen.sides[k], self._live.get(k) or self.chosen.sides[k].traces)

    # The timeline ---------------------------------------------------------------------------------------------------

    def point(self, k: int, step: int | None) -> None:
        """The timeline stands at a step of side k; None: nowhere."""
        self._cursor = (k, step) if step is not None else None
        for plan in self._plans:
            if (plot := self.plot(plan.measure, plan.number)) is not None and not plot.visibleRegion().isEmpty():
                self._point(plan)

    def _point(self, plan: PlotPlan) -> None:
        plot = self.plot(plan.measure, plan.number)
        if plot is None:
            return
        if self._cursor is None or self._cursor[0] not in plan.members:
            plot.point_at(float("nan"))
            return
        at = self._place(*self._cursor)
        plot.point_at(float("nan") if at is None else at)

    # Room -----------------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        cards = [card for plan in self._plans if (card := self._cards.get((plan.measure, plan.number)))]
        across = max(self.area.width() // round(WIDE * self.theme.scale), 1)
        self.board.arrange([cards[k : k + across] for k in range(0, len(cards), across)])
        self._share_room()

    def _share_room(self) -> None:
        across = max(self.area.width() // round(WIDE * self.theme.scale), 1)
        rows = -(-len(self._plans) // across)
        self.board.setMinimumHeight(0 if self.board.enlarged else round(rows * HIGH * self.theme.scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        for segments in (self.axes, self.extent):
            segments.set_theme(theme)
        self.label.setFont(type_face(theme, "small"))
        self.words.setFont(type_face(theme, "body"))
        for card in self._cards.values():
            card.set_theme(theme)
        self.board.set_theme(theme)
        self._arrange()
