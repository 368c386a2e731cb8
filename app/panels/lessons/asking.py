"""The pages before the experiment: what is set up, and the prediction."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.panels.lessons import outcome, words
from app.panels.lessons.page import Page, button
from app.panels.lessons.session import Session
from app.widgets.card import Card
from app.widgets.guess_plot import GuessPlot
from app.widgets.lesson_arms import ArmRows
from app.widgets.lesson_columns import Columns
from app.widgets.lesson_options import Answer, OptionList
from app.widgets.lesson_text import LessonText
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_row import WrappedRow


def stack(*widgets: QWidget, stretch: bool = True) -> QWidget:
    """Widgets below each other."""
    around = QWidget()
    column = QVBoxLayout(around)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    for widget in widgets:
        column.addWidget(widget)
    if stretch:
        column.addStretch(1)
    return around


class Beside(QWidget):
    """Buttons for the views that show the same live. `asked` carries the name of one."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._views = LIGHT, tuple[str, ...]()
        self._row = WrappedRow()
        self.setLayout(self._row)
        self.buttons: list[QPushButton] = []

    def show_views(self, views: tuple[str, ...]) -> None:
        """One button for each."""
        if views == self._views:
            return
        self._views = views
        for old in self.buttons:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        tip = "Dock this view to the right of the lesson: it shows the run while it trains"
        self.buttons = [
            button(f"Watch {view.capitalize()} beside", tip, partial(self.asked.emit, view)) for view in views
        ]
        for made in self.buttons:
            self._row.addWidget(made)
        self.setVisible(bool(views))
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self._theme = theme
        for made in self.buttons:
            made.setFont(lesson_face(theme, "label"))


class SetUpPage(Page):
    """What is trained, with one button that puts it into the window. `set_up`: it was pressed."""

    set_up = Signal()

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.text, self.facts, self.told = LessonText(), LessonText(size="label"), LessonText(size="label", quiet=True)
        self.rows, self.beside = ArmRows(), Beside()
        self.start = self.button(
            "Set it up", "Put the settings of the first run into the inspector", self.set_up.emit, strong=True
        )
        row = QHBoxLayout()
        row.addWidget(self.start)
        row.addStretch(1)
        left = stack(self.text)
        right = stack(self.rows, self.facts, stretch=False)
        layout = right.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101  `stack` made it
        layout.addLayout(row)
        layout.addWidget(self.told)
        layout.addWidget(self.beside)
        layout.addStretch(1)
        self.columns = Columns(left, right, 0.48)
        self.column.addWidget(self.columns)
        self.column.addStretch(1)

    def draw(self, session: Session) -> None:
        """The arms and what they share."""
        self.text.say(session.case.lesson.sections["Set-up"])
        self.rows.show_rows(words.rows_of(session.case, None))
        self.facts.say(words.facts(session.case))
        self.start.setText("Set up ✓  Do it again" if session.is_set_up else "Set it up")
        done = "The inspector holds the settings of the first run. Nothing trains yet: first comes your prediction."
        self.told.say(done if session.is_set_up else "")
        self.beside.show_views(session.case.lesson.views)

    def primary(self) -> QPushButton | None:
        """Set up, where that was not done."""
        return None if self.session is None or self.session.is_set_up else self.start


class PredictPage(Page):
    """One of the answers, and a marker for each run in a plot that holds nothing yet."""

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.question, self.options, self.plot = LessonText(size="lead"), OptionList(), GuessPlot()
        self.card = Card("Your guess", self.plot, caption="Locked: nothing is drawn here until you have predicted.")
        self.fixed = LessonText(size="label", quiet=True)
        self.columns = Columns(stack(self.question, self.options, self.fixed), self.card, 0.46, grows=self.card)
        self.column.addWidget(self.columns, 1)
        self.options.chosen.connect(self._chosen)
        self.plot.guessed.connect(self._guessed)

    def draw(self, session: Session) -> None:
        """The question as it was answered so far; once the outcome was seen the answer stands."""
        prediction, lesson = session.case.lesson.prediction, session.case.lesson
        self.question.say(prediction.question)
        answers = [Answer(option.text) for option in prediction.options]
        self.options.show_answers(answers, session.option, open_=not session.revealed)
        for before, after in pairwise((self, *self.options.cards, self.plot)):
            self.setTabOrder(before, after)  # answers are made later than what stands below them
        fixed = (
            "The outcome was seen, so this prediction stands. Start over to predict anew." if session.revealed else ""
        )
        self.fixed.say(fixed)
        scale = outcome.scale_of(session.case, lesson.measure(prediction.measure))
        self.card.set_title(f"{scale.label}: your guess")
        self.plot.ask([(arm.name, arm.title) for arm in lesson.arms], scale, session.guesses)
        self.plot.setEnabled(not session.revealed)

    def _chosen(self, k: int) -> None:
        if self.session is not None and not self.session.revealed:
            self.session.option = k
            self.changed.emit()

    def _guessed(self, arm: str, value: float) -> None:
        if self.session is not None:
            self.session.guesses[arm] = value
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The letter or number of an answer chooses it."""
        place = self.options.place_of(event)
        if place >= 0 and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            self.options.choose(place)
        else:
            super().keyPressEvent(event)
