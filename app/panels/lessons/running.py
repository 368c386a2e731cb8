"""The page of the experiment: its runs one after the other, live, with the time that is left; or the recorded ones, labelled so."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.panels.lessons import words
from app.panels.lessons.asking import Beside, stack
from app.panels.lessons.page import Page
from app.panels.lessons.session import Session
from app.panels.lessons.tracing import Traces
from app.widgets.lesson_arms import ArmRows
from app.widgets.lesson_columns import Columns
from app.widgets.lesson_text import LessonText
from app.widgets.theme import Theme
from app.widgets.wrapped_row import WrappedRow

RECORDED = "recorded"


class RunPage(Page):
    """`asked` carries what the user wants: "live", "recorded", "go on", "rewind", "new seed", "pause", "stop"."""

    asked = Signal(str)
    shown = Signal(str)  # the folder of a run to look at

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.label, self.progress = LessonText(size="label", bold=True, wide=True), LessonText(size="lead", bold=True)
        self.rows, self.beside, self.note = ArmRows(), Beside(), LessonText(size="label", quiet=True)
        self.rows.shown.connect(self.shown)
        self.live = self._ask("Run it now", "Train all runs one after the other", "live", strong=True)
        self.go_on = self._ask(
            "Go on", "Go on with the run that was interrupted, from where it was saved", "go on", strong=True
        )
        self.pause = self._ask("Pause", "Wait between two steps, or go on", "pause")
        self.stop = self._ask("Stop", "Stop the run that trains and save it; it can go on later", "stop")
        self.rewind = self._ask("Rewind", "All runs again from the same initial weights", "rewind")
        self.new_seed = self._ask("New seed", "All runs again from other initial weights", "new seed")
        self.recorded = self._ask(
            "Show the recorded run", "What was recorded when the lesson was made, at once", RECORDED
        )
        upper, lower = WrappedRow(), WrappedRow()
        for row, buttons in (
            (upper, (self.live, self.go_on, self.pause, self.stop)),
            (lower, (self.rewind, self.new_seed, self.recorded)),
        ):
            for button in buttons:
                row.addWidget(button)
        left = stack(self.label, self.progress, self.rows, stretch=False)
        layout = left.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101  `stack` made it
        layout.addLayout(upper)
        layout.addLayout(lower)
        layout.addWidget(self.note)
        layout.addWidget(self.beside)
        layout.addStretch(1)
        self.traces = Traces()
        self.columns = Columns(left, self.traces, 0.44, grows=self.traces)
        self.column.addWidget(self.columns, 1)

    def _ask(self, text: str, tip: str, word: str, *, strong: bool = False) -> QPushButton:
        return self.button(text, tip, lambda: self.asked.emit(word), strong=strong)

    def draw(self, session: Session) -> None:
        """How far each run is, the curves so far, and what can be done now."""
        case, experiment = session.case, session.experiment
        is_recorded = experiment is not None and experiment.origin == RECORDED
        self.label.say("RECORDED" if is_recorded else "")
        cost = words.in_all(case)
        waiting = f"Ready: {len(case.lesson.arms)} runs{f', {cost} on the machine of the record' if cost else ''}."
        self.progress.say(words.progress(case, experiment) or waiting)
        self.rows.show_rows(words.rows_of(case, experiment))
        self._show_buttons(session)
        self.note.say(self._noted(session))
        self.beside.show_views(case.lesson.views)
        self.traces.draw(case, experiment)

    def _show_buttons(self, session: Session) -> None:
        experiment = session.experiment
        running = experiment is not None and experiment.is_under_way
        recorded = experiment is not None and experiment.origin == RECORDED
        begun = experiment is not None and experiment.has_begun and not recorded
        paused = experiment is not None and any(arm.paused for arm in experiment.arms.values())
        cost = words.in_all(session.case)
        self.live.setText("Run it live" if recorded else f"Run it now{f' ({cost})' if cost else ''}")
        self.live.setVisible(not begun)
        self.go_on.setVisible(begun and not running and not session.is_done)
        self.pause.setVisible(running)
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setEnabled(
            experiment is not None
            and bool(experiment.current())
            and experiment.arms[experiment.current()].state == "training"
        )
        self.stop.setVisible(running)
        self.rewind.setVisible(begun and not running)
        self.new_seed.setVisible(begun and not running)
        self.recorded.setVisible(not running and not recorded)
        self.recorded.setEnabled(session.case.has_record)

    def _noted(self, session: Session) -> str:
        """Why there is no recorded run, or what of the record is drawn behind the curves and the paths."""
        if not session.case.has_record:
            return session.case.trouble or "No recorded run ships with this lesson: run it live."
        results, traces = session.case.results, session.case.lesson.traces
        if results is None or not results.bands:
            return ""
        areas = "Pale areas: the lowest to the highest" if any(not trace.y for trace in traces) else ""
        paths = "Dotted paths: the middle" if any(trace.y for trace in traces) else ""
        return " ".join(f"{words} of {len(results.seeds)} recorded seeds." for words in (areas, paths) if words)

    def primary(self) -> QPushButton | None:
        """Run, or go on, where there is no outcome yet."""
        if self.session is None or self.session.is_done:
            return None
        return next((button for button in (self.live, self.go_on) if not button.isHidden()), None)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        self.label.setStyleSheet(f"color: {theme.accent_text}; background: {theme.note}; padding: {round(3 * theme.scale)}px "
                                 f"{round(9 * theme.scale)}px; border-radius: {round(5 * theme.scale)}px;")  # fmt: skip
        self.label.setMaximumWidth(round(110 * theme.scale))
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def figure(self) -> QWidget:
        """The curves."""
        return self.traces
