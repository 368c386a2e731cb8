"""Book: the pages of a lesson and its notes, each made when it is first turned to: all at once would hold the window up."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.panels.lessons.asking import PredictPage, SetUpPage
from app.panels.lessons.notes import NotesWindow
from app.panels.lessons.page import Page
from app.panels.lessons.reading import LimitsPage, QuestionPage, WhyPage
from app.panels.lessons.revealing import RevealPage
from app.panels.lessons.running import RunPage
from app.panels.lessons.session import Session
from app.widgets.theme import LIGHT, Theme

PAGES = ("question", "set_up", "predict", "run", "reveal", "why", "limits")
"""The attribute of each stage's page."""
AnyPage = TypeVar("AnyPage", bound=Page)


class Book(QObject):
    """`predicted`: an answer or a guess was given; `set_up_pressed`; `run_asked`, `shown` and `beside_asked` as in the pages."""

    predicted = Signal()
    set_up_pressed = Signal()
    run_asked = Signal(str)
    shown = Signal(str)
    beside_asked = Signal(str)

    def __init__(self, stack: QStackedWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._stack, self._parent, self._theme = stack, parent, LIGHT
        self._made: list[Page] = []

    def page(self, stage: int) -> Page:
        """The page of a stage."""
        made: Page = getattr(self, PAGES[stage])
        return made

    def show_session(self, session: Session) -> None:
        """Turn to where it stands, and draw that; the notes follow."""
        page = self.page(session.stage)
        self._stack.setCurrentWidget(page)
        page.show_session(session)
        if notes := self._open_notes():
            notes.show_session(session)

    def show_notes(self, session: Session) -> None:
        """The notes for the lecturer, in their own window."""
        self.notes.show_session(session)
        self.notes.show()
        self.notes.raise_()

    def hide_notes(self) -> None:
        """Where they are open."""
        if notes := self._open_notes():
            notes.hide()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type of all that is made, and of what will be."""
        self._theme = theme
        for page in self._made:
            page.set_theme(theme)
        if "notes" in vars(self):
            self.notes.set_theme(theme)

    def _open_notes(self) -> NotesWindow | None:
        return self.notes if "notes" in vars(self) and self.notes.isVisible() else None

    def _add(self, page: AnyPage) -> AnyPage:
        self._made.append(page)
        self._stack.addWidget(page)
        page.set_theme(self._theme)
        return page

    @cached_property
    def question(self) -> QuestionPage:
        """What is asked."""
        return self._add(QuestionPage())

    @cached_property
    def set_up(self) -> SetUpPage:
        """What is trained."""
        page = self._add(SetUpPage())
        page.set_up.connect(self.set_up_pressed)
        page.beside.asked.connect(self.beside_asked)
        return page

    @cached_property
    def predict(self) -> PredictPage:
        """What is expected."""
        page = self._add(PredictPage())
        page.changed.connect(self.predicted)
        return page

    @cached_property
    def run(self) -> RunPage:
        """The experiment."""
        page = self._add(RunPage())
        page.asked.connect(self.run_asked)
        page.shown.connect(self.shown)
        page.beside.asked.connect(self.beside_asked)
        return page

    @cached_property
    def reveal(self) -> RevealPage:
        """What came of it."""
        return self._add(RevealPage())

    @cached_property
    def why(self) -> WhyPage:
        """The reason."""
        return self._add(WhyPage())

    @cached_property
    def limits(self) -> LimitsPage:
        """What it does not show."""
        return self._add(LimitsPage())

    @cached_property
    def notes(self) -> NotesWindow:
        """For the lecturer."""
        made = NotesWindow(self._parent)
        made.set_theme(self._theme)
        return made
