"""LessonRuns: trains the runs of a lesson one after the other as ordinary runs, measures each, and tells the Lessons view. Headless.

It holds one experiment at a time. Another run that is started, opened or stopped by the user interrupts it, which is said; what was
trained stays, and `start` with the same experiment goes on with it. Looking changes nothing: every run is one that Train could start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge.picture import RunPicture
from app.bridge.routes import Reply
from app.widgets.dock_tree import Side
from sslviz.spec.events import Advanced, Answered, Flipped, Refused
from sslviz.spec.lesson import ArmMeasured, MeasureArm
from sslviz.spec.requests import Cancel

if TYPE_CHECKING:
    from app.bridge.bridge import Bridge
    from app.panels.base import Panel
    from app.panels.lessons.experiment import ArmRun, Experiment
    from app.shell.current_run import CurrentRun
    from app.shell.draft import Draft
    from app.shell.main_window import MainWindow

LESSONS = "lessons"
"""The name of the view."""
STATE = "lessons/state"
"""The key of the settings."""
OTHER = "Another run was started or opened."
STOPPED = "It was stopped."
NEWER = "Another experiment was started."
RESUMED = "goes on from where it was saved"
BESIDE: Side = "right"


class LessonRuns(QObject):
    """`changed` carries the Experiment as it is now."""

    changed = Signal(object)

    def __init__(self, bridge: Bridge, current: CurrentRun, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._current, self._draft = bridge, current, draft
        self.experiment: Experiment | None = None
        self._run_id = ""  # of the run that trains for it
        self._asked = 0  # the request that measures one
        bridge.changed.connect(self._tick)
        current.changed.connect(self._other_run)

    # --- what the view asks ---

    def start(self, experiment: Experiment) -> None:
        """Train what is not done of an experiment; of one that was interrupted the rest. What ran before is stopped and saved."""
        if self.experiment is not None and self.experiment.is_under_way:
            self._interrupt(NEWER)
        self.experiment = experiment
        self._next()

    def stop(self) -> None:
        """Stop the run that trains, or its measuring; it can go on later."""
        if self.experiment is not None and self.experiment.is_under_way:
            trains = bool(self._run_id)
            self._interrupt(STOPPED)
            if trains:
                self._current.control("stop")

    def pause_or_go_on(self) -> None:
        """The run that trains waits, or goes on."""
        if self._run_id:
            self._current.pause_or_go_on()

    # --- one run after the other ---

    def _next(self) -> None:
        """Go on with the first run that is not done: train it, resume it where it was saved, or only measure it."""
        experiment = self.experiment
        name = experiment.due() if experiment is not None else ""
        if experiment is None or not name:
            return
        arm = experiment.arms[name]
        if arm.trained and Path(arm.folder).is_dir():
            self._measure(name)
        elif arm.state == "interrupted" and arm.step and Path(arm.folder).is_dir():
            self._train(name, lambda: self._current.resume(arm.folder), arm.changes, RESUMED)
        else:
            self._draft.adopt(experiment.configs[name])
            self._train(name, lambda: self._current.start(called=f"{experiment.lesson} {name}"), (), "")

    def _train(self, name: str, begin: Callable[[], object], changes: tuple[str, ...], text: str) -> None:
        self._run_id = ""  # the run that comes now is not another one
        begin()
        self._run_id = self._current.run_id
        self._put(
            name,
            state="training",
            folder=self._current.folder,
            paused=False,
            text=text,
            changes=changes,
            eta_s=math.nan,
        )

    def _next_unless_taken(self) -> None:
        """The next run, but not in the place of one that the user started while the one before was measured."""
        due = self.experiment.due() if self.experiment is not None else ""
        if due and self._current.is_live:
            self._put(due, state="interrupted", text=OTHER)
        else:
            self._next()

    def _put(self, name: str, **fields: object) -> None:
        if self.experiment is not None:
            self.experiment = self.experiment.changed(name, **fields)
            self.changed.emit(self.experiment)

    def _tick(self, touched: frozenset[str]) -> None:
        """The run that trains got further."""
        experiment, picture = self.experiment, self._current.picture
        if experiment is None or not self._run_id or self._run_id not in touched or picture is None:
            return
        name = experiment.current()
        if not name or picture.run_id != self._run_id:
            return
        told = fields_of(picture, experiment.arms[name], experiment.columns)
        if picture.state not in ("finished", "stopped", "failed"):
            self._put(name, **told)
            return
        self._run_id = ""
        if picture.state == "finished":
            self._put(name, **told, trained=True)
            self._measure(name)
        elif picture.state == "failed" and picture.failure is not None:
            text = f"{picture.failure.message} {picture.failure.hint}".strip()
            self._put(name, **{**told, "state": "failed", "text": text})
        else:
            self._put(name, **{**told, "state": "interrupted", "text": STOPPED})

    def _measure(self, name: str) -> None:
        experiment = self.experiment
        if experiment is None:
            return
        lesson, folder = experiment.lesson, experiment.arms[name].folder
        self._put(name, state="measuring", text="", eta_s=0.0)
        self._asked = self._bridge.ask(lambda request_id: MeasureArm(request_id, lesson, name, folder), self._measured)

    def _measured(self, reply: Reply) -> None:
        """Values of the run that was trained last; afterwards the next run."""
        experiment = self.experiment
        if reply.request_id != self._asked or experiment is None:
            return
        name = experiment.current()
        if isinstance(reply, Advanced):
            self._put(name, text=reply.text)
            return
        self._asked = 0
        if isinstance(reply, Answered) and isinstance(reply.payload, ArmMeasured):
            self._put(name, state="done", values=dict(reply.payload.values), text="")
            self._next_unless_taken()
        elif isinstance(reply, Refused):
            self._put(name, state="failed", text=f"{reply.message} {reply.hint}".strip())

    # --- what gets in between ---

    def _other_run(self) -> None:
        """Another run is shown: the one before was stopped. While a run is measured, others may be looked at."""
        if self._run_id and self._current.run_id != self._run_id:
            self._interrupt(OTHER)

    def _interrupt(self, why: str) -> None:
        experiment = self.experiment
        if experiment is None or not experiment.current():
            return
        if self._asked:
            self._bridge.send(Cancel(self._asked))
        self._asked, self._run_id = 0, ""
        self._put(experiment.current(), state="interrupted", text=why, paused=False)


def fields_of(picture: RunPicture, before: ArmRun, columns: tuple[str, ...]) -> dict[str, object]:
    """What the picture of a run says of an arm."""
    now = picture.progress
    changes = tuple(changed(flip) for flip in picture.flips)
    said: dict[str, object] = {
        "paused": picture.state == "paused",
        "text": picture.status or (before.text if now is None else ""),
        "columns": {name: picture.table.series(name) for name in columns},
        "changes": tuple(dict.fromkeys((*before.changes, *changes))),
    }
    if now is not None:
        said |= {"step": now.step, "seconds": now.seconds, "eta_s": now.eta_s}
    return said


def changed(flip: Flipped) -> str:
    """A setting that was changed on the way, in words."""
    value = ("on" if flip.after else "off") if isinstance(flip.after, bool) else flip.after
    return f"{flip.name} became {value} after step {flip.step:,}"


def join(panel: Panel, runs: LessonRuns, window: MainWindow) -> None:
    """Connect the Lessons view with its runs and with the window; any other view is left alone."""
    if panel.name != LESSONS:
        return
    from app.panels.lessons import LessonsPanel  # with its plots: not before the first paint

    assert isinstance(panel, LessonsPanel)  # noqa: S101  it is the one of that name
    panel.restore(str(window.settings.value(STATE, "")))
    panel.experiment_asked.connect(runs.start)
    panel.pause_asked.connect(runs.pause_or_go_on)
    panel.stop_asked.connect(runs.stop)
    runs.changed.connect(panel.show_experiment)
    panel.set_up_asked.connect(window.draft.adopt)
    panel.record_asked.connect(window.current.open)
    panel.beside_asked.connect(lambda name: dock_beside(window, name))
    panel.present_asked.connect(lambda: window.set_presenting(not window.presenter.is_on))
    panel.kept.connect(lambda: window.settings.setValue(STATE, panel.state()))


def dock_beside(window: MainWindow, name: str) -> None:
    """A view to the right of the lesson, which keeps the keyboard."""
    views = window.views
    if name in views.panels and name not in views.on_top():
        views.dock(name, BESIDE)
    views.show_panel(LESSONS)
