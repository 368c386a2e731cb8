"""Settings and scores: what is not the same, and what came out of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from app.panels.compare.chosen import Chosen
from app.panels.compare.page import Page, Reply, how_far, why
from app.widgets.card import Card
from app.widgets.dashboard import Dashboard
from app.widgets.ink import type_face
from app.widgets.plot_face import GLYPHS
from app.widgets.side_table import SideRow, SideTable
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.comparison import Number, ScoreRow, Side
from sslviz.spec.evaluation import CLASS, RUN, Evaluation
from sslviz.spec.events import Advanced, Answered
from sslviz.spec.requests import Cancel

NOW = "evaluated here"
PALE = "Pale rows hold numbers that say nothing about each other; the label's tooltip says why."
EVALUATE = "Evaluate all"
ABOUT = "kNN and linear probe of each run, by the same protocol, beside random weights and raw pixels"
NOTHING = "No scores are on record. Press “Evaluate all” to measure each run by the same protocol."
SAME = "All settings are the same."


class Tables(Page):
    """Scores at the left, differing settings at the right."""

    name: ClassVar[str] = "tables"
    title: ClassVar[str] = "Scores and settings"
    cancelled = Signal(object)  # Cancel

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.scores, self.settings = SideTable(), SideTable()
        self.reports: dict[int, Evaluation] = {}
        self._waiting: list[int] = []
        self.evaluate, self.words = QPushButton(EVALUATE), WrappedLabel(quiet=True)
        self.evaluate.setToolTip(ABOUT)
        self.evaluate.clicked.connect(self._pressed)
        self.score_card = Card("Scores", self.scores, caption=PALE,
                               about="The last values of training beside their baselines, then what cards and evaluations on record say, "
                                     "with 95 % intervals. " + PALE)  # fmt: skip
        self.setting_card = Card(
            "What differs", self.settings, caption="Settings that are the same everywhere are left out."
        )
        self.board = Dashboard([[self.score_card, self.setting_card]])
        row = QHBoxLayout()
        row.addWidget(self.evaluate, 0, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.board, 1)
        self.evaluate.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.words.say("")

    def forget(self) -> None:
        """Other runs: what was measured of those before goes."""
        super().forget()
        self.reports.clear()
        self._stop()

    def show_sides(self) -> None:
        """Fill both tables."""
        heads = [f"{GLYPHS[k]} {side.name}" for k, side in enumerate(self.chosen.sides)]
        found = self.chosen.comparison
        rows = [*(score_row(row) for row in (found.scores if found else ())), *self._measured()]
        self.scores.set_rows(heads, rows)
        self.settings.set_rows(heads, setting_rows(self.chosen))
        self.setting_card.set_title(
            f"What differs ({found.same} settings are the same)" if found and found.same else "What differs"
        )
        self.board.arrange(
            [[self.score_card, self.setting_card]] if len(heads) < 3 else [[self.score_card], [self.setting_card]]
        )
        self.evaluate.setEnabled(bool(evaluable(self.chosen.sides)))
        self.score_card.set_caption(PALE if rows else NOTHING)
        self.setting_card.set_caption(
            "Settings that are the same everywhere are left out." if found and found.differences else SAME
        )

    # Evaluating -----------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether runs are being evaluated."""
        return bool(self._waiting)

    def _pressed(self) -> None:
        if self.busy:
            pending = self.asking.pending(self.side(self._waiting[0]))
            self._stop()
            if pending is not None:
                self.cancelled.emit(Cancel(pending.request_id))  # type: ignore[attr-defined]  # every request of ours has one
            return
        self.reports.clear()
        self._waiting = evaluable(self.chosen.sides)
        self._next()

    def _next(self) -> None:
        """One at a time: the worker keeps the newest evaluation only."""
        self.evaluate.setText("Cancel" if self.busy else EVALUATE)
        if self.busy:
            k = self._waiting[0]
            self.words.say(f"{self.chosen.sides[k].name}: waiting for its turn")
            self.asking.ask(self.side(k), partial(self.chosen.evaluate, k))

    def _stop(self) -> None:
        self._waiting.clear()
        self.evaluate.setText(EVALUATE)
        self.words.say("")

    def take(self, k: int, request: object, event: Reply) -> None:
        """A report, how far it is, or why there is none; then the next run."""
        del request
        name = self.chosen.sides[k].name
        if isinstance(event, Advanced):
            self.words.say(f"{name}: {how_far(event)}")
            return
        problem = ""
        if isinstance(event, Answered) and isinstance(event.payload, Evaluation):
            self.reports[k] = event.payload
            self.show_sides()
        elif not isinstance(event, Answered):
            problem = f"{name}: {why(event)}"
        self._waiting = [other for other in self._waiting if other != k]
        self._next()
        if not self.busy:
            self.words.say(problem)

    def _measured(self) -> list[SideRow]:
        """What was evaluated here, joined over the sides."""
        keys = dict.fromkeys(
            (f"{row.protocol} on {row.layer}: {row.target}", row.model)
            for report in self.reports.values() for row in report.rows if row.score and row.target == CLASS
        )  # fmt: skip
        count = len(self.chosen.models)
        return [score_row(ScoreRow(NOW, measure, model, tuple(self._number(k, measure, model) for k in range(count))))
                for measure, model in keys]  # fmt: skip

    def _number(self, k: int, measure: str, model: str) -> Number | None:
        rows = self.reports[k].rows if k in self.reports else ()
        score = next(
            (
                row.score
                for row in rows
                if row.model == model and f"{row.protocol} on {row.layer}: {row.target}" == measure
            ),
            None,
        )
        return Number(score.value, score.lo, score.hi) if score else None

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        self.evaluate.setFont(type_face(theme, "small"))
        self.words.setFont(type_face(theme, "small"))
        self.board.set_theme(theme)


def evaluable(sides: Sequence[Side]) -> list[int]:
    """The sides that have a record to be evaluated from; random weights are in every report anyway."""
    return [k for k, side in enumerate(sides) if side.config is not None and not side.model.random]


def score_row(row: ScoreRow) -> SideRow:
    """A row of scores: the sides themselves strong, their baselines below them."""
    own = row.model == RUN
    label = row.measure if own else f"    {row.model}"
    values = tuple(number.value if number else float("nan") for number in row.numbers)
    return SideRow(row.group, label, tuple(map(said, row.numbers)), tuple(map(in_full, row.numbers)), row.remark or f"{row.measure}, {row.model}",
                   strong=own and not row.remark, quiet=bool(row.remark) or not own, values=values)  # fmt: skip


def said(number: Number | None) -> str:
    """A number with its interval, short."""
    if number is None:
        return ""
    value = f"{number.value:,.4g}" if abs(number.value) < 1e6 else f"{number.value:,.0f}"
    interval = f"  ({number.lo:.3g} – {number.hi:.3g})" if number.lo == number.lo else ""
    return (value + interval).replace("-", "−")


def in_full(number: Number | None) -> str:
    """A number as it was measured, and how."""
    if number is None:
        return "not measured"
    interval = f", 95 % interval {number.lo:.6g} to {number.hi:.6g}" if number.lo == number.lo else ""
    return f"{number.value:.8g}{interval}" + (f": {number.note}" if number.note else "")


def setting_rows(chosen: Chosen) -> list[SideRow]:
    """The settings that differ, in groups."""
    found = chosen.comparison
    return [
        SideRow(row.group, row.label, row.values, tip=f"{row.label} ({row.name})", quiet=row.group == "surroundings")
        for row in (found.differences if found else ())
    ]
