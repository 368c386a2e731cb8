"""The Lessons panel: question, set-up, prediction, run, reveal, why, limits: one page each, one after the other.

It trains nothing: it asks the shell for the runs of an experiment, and is told how far they are by `show_experiment`. What the user
said and did outlasts other views, other runs and the window: see `state` and `restore`.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.panels.base import PANELS, Panel
from app.panels.lessons import outcome
from app.panels.lessons import session as sessions
from app.panels.lessons.book import Book
from app.panels.lessons.contents import ContentsPage
from app.panels.lessons.experiment import ArmRun, Experiment
from app.panels.lessons.frame import LessonFrame
from app.panels.lessons.records import columns_of, recorded
from app.panels.lessons.session import PREDICT, STAGES, Session
from app.panels.lessons.shelf import Case, cases
from app.widgets.figure_caption import of_data
from app.widgets.ink import sheet, type_face
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson_file import plan

KEYS = {1: ("PgDown", "Right"), -1: ("PgUp", "Left")}
"""What a clicker sends, and the arrows: on and back."""


@PANELS.register("lessons")
class LessonsPanel(Panel):
    """`experiment_asked` carries an Experiment whose runs that are not done are to be trained; the other signals what is asked of the window."""

    name: ClassVar[str] = "lessons"
    title: ClassVar[str] = "Lessons"
    idle_text: ClassVar[str] = "Choose a lesson: it asks, you predict, and the answer is trained before your eyes."

    turns: ClassVar[bool] = True

    set_up_asked = Signal(object)  # RunConfig of the first run
    experiment_asked = Signal(object)
    pause_asked = Signal()
    stop_asked = Signal()
    beside_asked = Signal(str)  # a view that is to be docked beside
    record_asked = Signal(str)  # the folder of a run that every view is to show
    present_asked = Signal()
    kept = Signal()  # `state` is another

    def build(self) -> None:
        """Make the widgets; lessons are read when they are first looked at."""
        self.catalogue = Catalogue()
        self.cases: dict[str, Case] = {}
        self.sessions: dict[str, Session] = {}
        self._stored, self._read_with, self.here = "", Catalogue(), ""
        self._cleared: dict[str, object] | None = None  # what starting over took away
        self.contents, self.frame = ContentsPage(), LessonFrame()
        self.book = Book(self.frame.stack, self)
        self._layers, around = QStackedWidget(), QVBoxLayout(self)
        for layer in (self.contents, self.frame):
            self._layers.addWidget(layer)
        around.setContentsMargins(18, 12, 18, 12)
        around.addWidget(self._layers)
        self._connect()
        self.set_theme(self.theme)

    def _connect(self) -> None:
        self.contents.opened.connect(self.open)
        self.frame.stepped.connect(self._step_to)
        self.frame.asked.connect(self._frame_asked)
        self.book.set_up_pressed.connect(self._set_up)
        self.book.predicted.connect(self._touched)
        self.book.run_asked.connect(self._run_asked)
        self.book.shown.connect(self.record_asked)
        self.book.beside_asked.connect(self.beside_asked)
        for direction, names in KEYS.items():
            for name in names:
                shortcut = QShortcut(QKeySequence(name), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(lambda direction=direction: self.turn(direction))

    # Which lessons there are ---------------------------------------------------------------------------------------

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """Lessons are checked against what the worker offers."""
        del config
        self.catalogue = catalogue
        if self.isVisible():
            self._read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.book.hide_notes()

    def _read(self) -> None:
        """The lessons that ship, once for each catalogue; where none is there yet, later."""
        if self.catalogue.methods and self.catalogue is not self._read_with:
            self.use_cases(*cases(self.catalogue))

    def use_cases(self, found: tuple[Case, ...], problems: tuple[str, ...] = ()) -> None:
        """These lessons; what the user did in them stays."""
        stored, self._stored, self._read_with = self.state(), "", self.catalogue
        self.cases = {case.lesson.name: case for case in found}
        under_way = {name: each.experiment for name, each in self.sessions.items() if each.experiment is not None}
        self.sessions = sessions.restore(stored, self.cases, self.catalogue)
        for name, experiment in under_way.items():
            if name in self.sessions and experiment.is_under_way:
                self.sessions[name].experiment = experiment
        self.contents.show_cases(found, problems)
        self.here = self.here if self.here in self.cases else ""
        self._draw()
        if self.hasFocus():
            self._focus()

    def state(self) -> str:
        """What `restore` takes back, on another day too."""
        return self._stored or sessions.to_text(self.sessions)

    def restore(self, text: str) -> None:
        """What the user had said and done; the lessons are read first."""
        self._stored = text
        if self.cases:
            self.use_cases(tuple(self.cases.values()))

    # Where one stands ----------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """Of the lesson that is open."""
        return self.sessions.get(self.here)

    def open(self, name: str) -> None:
        """Open a lesson where the user left it."""
        self._read()
        if name in self.cases:
            self.here, self._cleared = name, None
            self.frame.offer_back(False)
            self.sessions.setdefault(name, Session(self.cases[name]))
            self._draw()
            self._focus()

    def close_lesson(self) -> None:
        """Back to the list."""
        before, self.here = self.here, ""
        self._draw()
        self.contents.focus_on(before)

    def turn(self, direction: int) -> None:
        """On (1) or back (-1), as a clicker does it: the rest of a long page first, then what the page is for, then the next."""
        session = self.session
        if session is None:
            self.contents.scroll_on(direction)
            return
        page = self.book.page(session.stage)
        if page.scroll_on(direction):
            return
        primary = page.primary() if direction > 0 else None
        if primary is not None and primary.isEnabled():
            primary.click()
        else:
            self._step_to(session.stage + direction)

    def turn_to(self, title: str) -> None:
        """To the page of that title, where it can be entered."""
        self._step_to(STAGES.index(title))

    def _step_to(self, stage: int) -> None:
        session = self.session
        if session is None:
            return
        if stage == len(STAGES):
            self.close_lesson()
        elif session.enter(stage):
            self.book.page(stage).verticalScrollBar().setValue(0)
            self._touched()
            self._focus()

    def _focus(self) -> None:
        """The keyboard goes to what the page, or the list, is for, so that arrows, Return and clicker are understood at once."""
        session = self.session
        if session is None:
            self.contents.focus_on("")
        else:
            waits = session.stage == PREDICT and not session.has_predicted
            (
                self.book.predict.options.cards[0]
                if waits and self.book.predict.options.cards
                else self.book.page(session.stage)
            ).setFocus()

    def _touched(self) -> None:
        self._cleared = None
        self.frame.offer_back(False)
        self._draw()
        self.kept.emit()

    def _draw(self) -> None:
        session = self.session
        self._layers.setCurrentWidget(self.contents if session is None else self.frame)
        if session is None:
            self.contents.show_sessions(self.sessions)
            self.book.hide_notes()
            return
        self.book.show_session(session)
        self.frame.show_session(session)

    def _frame_asked(self, word: str) -> None:
        session = self.session
        match word:
            case "list":
                self.close_lesson()
            case "present":
                self.present_asked.emit()
            case "notes" if session is not None:
                self.book.show_notes(session)
            case "start over" if session is not None:
                self._start_over(session)

    def _start_over(self, session: Session) -> None:
        """Clear the lesson; pressed again before anything else is done, bring back what was cleared."""
        if session.experiment is not None and session.experiment.is_under_way:
            self.stop_asked.emit()
        cleared = self._cleared
        if cleared is None:
            cleared_now = dict(vars(session))
            session.start_over()
            self._touched()
            self._cleared = cleared_now
            self.frame.offer_back(True)
        else:
            vars(session).update(cleared)
            self._touched()

    # The experiment ------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        session = self.session
        if session is not None:
            session.is_set_up = True
            self.set_up_asked.emit(next(iter(session.case.plan.configs.values())))
            self._touched()

    def _run_asked(self, word: str) -> None:
        session = self.session
        if session is None:
            return
        seed = session.experiment.seed if session.experiment is not None else session.case.lesson.seed
        match word:
            case "pause":
                self.pause_asked.emit()
            case "stop":
                self.stop_asked.emit()
            case "go on":
                self.experiment_asked.emit(session.experiment)
            case "recorded":
                self._show_record(session)
            case "live":
                self._begin(session, session.case.lesson.seed)
            case "rewind":
                self._begin(session, seed)
            case "new seed":
                self._begin(session, secrets.randbelow(10_000))
        if word not in ("pause", "stop"):
            self.book.page(session.stage).verticalScrollBar().setValue(0)  # where the time that is left stands

    def _begin(self, session: Session, seed: int) -> None:
        """All runs from their first step."""
        lesson = session.case.lesson
        try:
            configs = plan(lesson, self.catalogue, seed).configs
        except SpecError as error:
            self.book.run.note.say(str(error))
            return
        fresh = {arm.name: ArmRun() for arm in lesson.arms}
        self.experiment_asked.emit(Experiment(lesson.name, seed, "live", configs, columns_of(lesson), fresh))

    def _show_record(self, session: Session) -> None:
        if session.case.results is not None and session.case.has_record:
            session.experiment = recorded(session.case.lesson, session.case.plan, session.case.results)
            self._touched()

    def show_experiment(self, experiment: Experiment) -> None:
        """How far the runs of a lesson are: called by the shell whenever something in them changed."""
        session = self.sessions.get(experiment.lesson)
        if session is None:
            return
        before, session.experiment = session.experiment, experiment
        settled = before is None or {n: a.state for n, a in before.arms.items()} != {
            n: a.state for n, a in experiment.arms.items()
        }
        if self.isVisible() and (experiment.lesson == self.here or not self.here):
            self._draw()
        if settled:
            self.kept.emit()

    # What the shell calls ------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing: a lesson is not of the run that is shown."""

    def figure(self) -> tuple[QWidget, str]:
        """What the page in front is about."""
        session = self.session
        if session is None:
            return self, self.title
        return self.book.page(session.stage).figure(), f"{session.case.lesson.title} {STAGES[session.stage]}"

    def figure_caption(self) -> str:
        """Lesson, data, steps, seed, and whether it was recorded."""
        session = self.session
        if session is None:
            return ""
        lesson, config = session.case.lesson, next(iter(session.case.plan.configs.values()))
        experiment = session.experiment
        origin = outcome.words_of(experiment) if experiment else f"seed {lesson.seed}"
        parts = (f"Lesson {lesson.number}: {lesson.title}", lesson.method, config.backbone, of_data(config.data),
                 f"{len(lesson.arms)} runs of {config.steps:,} steps", f"batch {config.batch_size}", origin)  # fmt: skip
        return " · ".join(parts)

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        self.contents.set_theme(theme)
        self.frame.set_theme(theme)
        self.book.set_theme(theme)
        if self.session is not None:
            self._draw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who is given the keyboard by the window hands it on; Shift+Tab may come here and go on."""
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.OtherFocusReason:
            self._focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return does what the page is for."""
        session = self.session
        if session is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.turn(1)
        else:
            super().keyPressEvent(event)
