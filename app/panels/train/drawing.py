"""What the pages of the view have in common: a piece that is drawn by itself, and only when its part of the run changed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from app.bridge.picture import RunPicture
from app.panels.train.figures import Figure
from app.panels.train.timeline import LABELS, LEAST, Axis, Timeline
from app.widgets.card import Card
from app.widgets.curve_plot import CurvePlot
from app.widgets.series import Curve
from sslviz.spec.events import Peeked
from sslviz.spec.measures import MEASURES
from sslviz.spec.suspects import flip_text


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the user wants the curves: smoothing weight in [0, 1), logarithmic y axis, and what x counts.

    at: the step of the snapshot at which the timeline stands; None: at the run as it is.
    """

    smoothing: float = 0.9
    log: bool = False
    axis: Axis = "step"
    at: int | None = None


class Piece(Protocol):
    """One card's content."""

    card: Card

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""

    def clear(self) -> None:
        """Forget what is drawn."""


class CurvePiece:
    """A figure as a card with curves."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.card = Card(figure.title, caption=figure.caption, about=figure.about)
        self._seen: Hashable = None

    @cached_property
    def plot(self) -> CurvePlot:
        """Made when it is first drawn, so that a window opens without waiting for plots that nobody looks at."""
        made = CurvePlot(self.figure.y_label, unit=self.figure.unit, floor=self.figure.floor)
        self.card.set_body(made)
        return made

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        drawn = self._draw_lines(picture, replace(wishes, at=None))
        x = float("nan") if wishes.at is None else float(Timeline(picture, wishes.axis).at(np.array([wishes.at]))[0])
        self.plot.stand_at(x)
        return drawn

    def _draw_lines(self, picture: RunPicture, wishes: Wishes) -> bool:
        named = self.figure.lines_of(picture.table.names())
        series = [(label, *picture.table.series(name), _is_dense(name)) for name, label in named]
        lines = tuple(dict.fromkeys((label, value * self.figure.factor)  # two measures may share a line
                                    for (measure, label), value in picture.references.items()
                                    if measure in [name for name, _ in named]))  # fmt: skip
        marks = tuple((flip.step, flip_text(flip)) for flip in picture.flips)
        ends = tuple((len(y), int(s[-1]) if len(s) else -1, float(y[-1]) if len(y) else 0.0) for _, s, y, _ in series)
        seen = (picture.run_id, ends, lines, marks, wishes)
        if seen == self._seen:
            return False
        self._seen = seen
        timeline = Timeline(picture, wishes.axis)
        self.plot.set_x_label(LABELS[wishes.axis], LEAST[wishes.axis])
        self.plot.set_log(wishes.log)
        self.plot.set_smoothing(wishes.smoothing)
        self.plot.set_references(lines)
        at = timeline.at(np.array([step for step, _ in marks], np.int64))
        self.plot.set_marks([(float(x), label) for x, (_, label) in zip(at, marks, strict=True)])
        self.plot.set_curves([self._curve(label, timeline.at(s), y, dense) for label, s, y, dense in series])
        return True

    def _curve(self, label: str, x: np.ndarray, y: np.ndarray, dense: bool) -> Curve:
        finite = np.isfinite(y)
        x, y = (x, y) if finite.all() else (x[finite], y[finite])
        return Curve(label, x, y * self.figure.factor, dense)

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = None
        if "plot" in vars(self):
            self.plot.clear()


def _is_dense(name: str) -> bool:
    """Whether it is measured at every step, as the parts of the loss are."""
    return name not in MEASURES or MEASURES[name].every_step


def peek_of(picture: RunPicture, name: str, *arrays: str) -> Peeked | None:
    """The latest peek of a name, if it holds these arrays with at least one row each."""
    peek = picture.peeks.get(name)
    complete = peek is not None and all(array in peek.arrays and peek.arrays[array].size for array in arrays)
    return peek if complete else None
