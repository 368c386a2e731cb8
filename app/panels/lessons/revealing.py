"""The page of the outcome: bars over what was guessed, which expectations hold, replies to the answers, how it compares."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.panels.lessons import outcome, words
from app.panels.lessons.asking import stack
from app.panels.lessons.page import Page
from app.panels.lessons.session import Session
from app.widgets.card import Card
from app.widgets.guess_plot import GuessPlot
from app.widgets.lesson_columns import Columns
from app.widgets.lesson_options import Answer, OptionList
from app.widgets.lesson_text import LessonText
from app.widgets.segments import Segments
from app.widgets.theme import Theme

MARKS = {True: "✓", False: "✗", None: "–"}


class RevealPage(Page):
    """`measured` tells which measure the user looks at."""

    measured = Signal(str)

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.measure, self._shown, self._lesson = "", object(), ""
        self.plot = GuessPlot()
        self.card = Card("What came of it", self.plot, caption="")
        self.segments: Segments | None = None
        self._tabs = QHBoxLayout()
        self.heading, self.verdicts = LessonText(bold=True), LessonText()
        self.answers, self.compared = OptionList(), LessonText(size="label")
        self.label = LessonText(size="label", quiet=True)
        picture = QWidget()
        left = QVBoxLayout(picture)
        left.setContentsMargins(0, 0, 0, 0)
        left.addLayout(self._tabs)
        left.addWidget(self.card, 1)
        picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        right = stack(self.label, self.answers, self.heading, self.verdicts, self.compared)
        self.columns = Columns(picture, right, 0.56, grows=picture)
        self.column.addWidget(self.columns, 1)

    def draw(self, session: Session) -> None:
        """Everything that is known; bars rise the first time that an outcome is shown."""
        experiment, lesson = session.experiment, session.case.lesson
        if experiment is None:
            return
        self._offer(session)
        measure = lesson.measure(self.measure)
        guessed = measure.name == lesson.prediction.measure
        scale = outcome.scale_of(session.case, measure)
        self.plot.ask([(arm.name, arm.title) for arm in lesson.arms], scale, session.guesses if guessed else {})
        fresh = self._shown is not experiment
        self._shown = experiment
        self.plot.reveal(outcome.outcome_of(session.case, experiment, measure), outcome.lines_of(session.case, measure),
                         outcome.words_of(experiment), grow=fresh)  # fmt: skip
        self.card.set_title(f"{measure.title} ({experiment.origin})")
        self.label.say(words.progress(session.case, experiment))
        self._write(session)

    def _offer(self, session: Session) -> None:
        """A button for each measure, that of the prediction first."""
        lesson = session.case.lesson
        if self._lesson == lesson.name:
            return
        self._lesson, self.measure = lesson.name, lesson.prediction.measure
        if self.segments is not None:
            self._tabs.removeWidget(self.segments)
            self.segments.hide()
            self.segments.deleteLater()
        choices = [(each.name, each.title, f"Show {each.title}") for each in lesson.measures]
        self.segments = Segments("Measure", choices, size="body")
        self.segments.set_value(self.measure)
        self.segments.chosen.connect(self._choose)
        self.segments.setVisible(len(choices) > 1)
        self._tabs.addWidget(self.segments)
        self.segments.set_theme(self.theme)

    def _choose(self, name: str) -> None:
        self.measure = name
        if self.session is not None:
            self.draw(self.session)

    def _write(self, session: Session) -> None:
        case, experiment = session.case, session.experiment
        if experiment is None:
            return
        found = outcome.verdicts(case, experiment)
        holding = sum(verdict.here is True for verdict in found)
        what = "the recorded run" if experiment.origin == "recorded" else "this run"
        self.heading.say(f"{holding} of {len(found)} expectations hold in {what}" if found else "")
        seeds = len(case.results.seeds) if case.results else 0
        self.verdicts.say(
            "\n\n".join(f"{MARKS[verdict.here]} {verdict.says}{_in_record(verdict, seeds)}" for verdict in found)
        )
        self.answers.show_answers(answers_of(session), session.option, open_=False)
        self.compared.say(outcome.comparison(session))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        if self.segments is not None:
            self.segments.set_theme(theme)

    def figure(self) -> QWidget:
        """The bars."""
        return self.card


def _in_record(verdict: outcome.Verdict, seeds: int) -> str:
    """What the record says of it."""
    if verdict.recorded is None:
        return ""
    every = f"all {seeds} recorded seeds" if verdict.recorded else f"not in all {seeds} recorded seeds"
    return f" *({every})*"


def answers_of(session: Session) -> list[Answer]:
    """The options with what is to be said now: the right one ticked, a reply to the one that was chosen."""
    answers = []
    for k, option in enumerate(session.case.lesson.prediction.options):
        chosen = k == session.option
        verdict = " · ".join(word for word, fits in (("Right", option.right), ("your answer", chosen)) if fits)
        answers.append(Answer(option.text, verdict, option.reply if chosen or option.right else "", option.right))
    return answers
