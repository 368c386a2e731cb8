"""The pages that are read: the question, why it came out so, and what it does not show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.panels.lessons.page import Page
from app.panels.lessons.session import Session
from app.widgets.card import Card
from app.widgets.lesson_columns import Columns
from app.widgets.lesson_text import LessonText
from app.widgets.source_view import SourceView
from app.widgets.theme import Theme
from app.widgets.typeset import Typeset
from sslviz.spec.equations import equation_file, read_typeset

SOURCE_LEAST = 180
"""Height of the source at scale 1."""


class QuestionPage(Page):
    """What is asked, in large type, and what will be changed to find out."""

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.text, self.changes = LessonText(size="large"), LessonText(quiet=True)
        self.column.addStretch(1)
        self.column.addWidget(self.text)
        self.column.addWidget(self.changes)
        self.column.addStretch(2)

    def draw(self, session: Session) -> None:
        """The question."""
        lesson = session.case.lesson
        self.text.say(lesson.sections["Question"])
        self.changes.say(f"You will change: {lesson.changes}.")


class WhyPage(Page):
    """The reason, the equation that says it, and the code that computes it."""

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.text, self.ends, self.sources = LessonText(), LessonText(bold=True), LessonText(size="label", quiet=True)
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        for label in (self.text, self.ends, self.sources):
            column.addWidget(label)
        column.addStretch(1)
        self.formula, self.source = Typeset("big", centred=True), SourceView()
        self.formula.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.equation_card = Card("Equation", self.formula)
        self.source_card = Card("Source of the loss", self.source, caption="The code that trained the runs.")
        proof = QWidget()
        right = QVBoxLayout(proof)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(self.equation_card)
        right.addWidget(self.source_card, 1)
        for card in (self.equation_card, self.source_card):
            card.enlarge.connect(self._enlarge)
        self.columns = Columns(words, proof, 0.48, grows=proof)
        self.column.addWidget(self.columns, 1)

    def draw(self, session: Session) -> None:
        """Reason, equation, code, papers."""
        lesson, method = session.case.lesson, session.case.method
        self.text.say(lesson.sections["Why"])
        self.ends.say(f"What this ends: “{lesson.ends}”")
        self.sources.say("\n".join(f"- {source.text}" for source in lesson.sources))
        self.formula.set_formula(read_typeset(equation_file(method.name), method.equation), method.equation)
        self._size_formula()
        self.equation_card.set_title(f"{method.title}: {method.paper}")
        self.source.set_source(method.source)
        self.source_card.set_title(f"Source of the loss, sslviz/methods/{method.name}.py")

    def set_theme(self, theme: Theme) -> None:
        """Colours and type; the equation keeps its size, the source takes the rest."""
        super().set_theme(theme)
        self._size_formula()
        self.source.setMinimumHeight(round(SOURCE_LEAST * theme.scale))

    def _size_formula(self) -> None:
        """As high as it is set in this type, but for a very high one."""
        most, room = round(150 * self.theme.scale), round(14 * self.theme.scale)
        self.formula.setMinimumHeight(min(self.formula.sizeHint().height() + room, most))

    def _enlarge(self, card: Card) -> None:
        """One of the two cards has the room of both, or gives it back."""
        other = self.source_card if card is self.equation_card else self.equation_card
        other.setVisible(other.isHidden())

    def figure(self) -> QWidget:
        """Equation and source."""
        return self.columns.second


class LimitsPage(Page):
    """What the experiment does not show, and how it differs from the papers."""

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.text, self.toys, self.end = LessonText(), LessonText(size="label", quiet=True), LessonText(quiet=True)
        for label in (self.text, self.toys, self.end):
            self.column.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addStretch(1)

    def draw(self, session: Session) -> None:
        """The limits."""
        lesson = session.case.lesson
        self.text.say(lesson.sections["What this does not show"])
        toys = [f"- {source.text}: {source.toy}" for source in lesson.sources if source.toy]
        self.toys.say("\n".join(["How this differs from the papers:", "", *toys]) if toys else "")
        self.end.say(
            "That was the lesson. *Start over* clears its prediction and its runs' results for the next class."
        )
