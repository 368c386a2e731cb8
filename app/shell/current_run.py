"""CurrentRun: the run that every view shows, and what can be done with it. Headless; talks to the bridge only."""

from __future__ import annotations

import dataclasses
import itertools
import secrets
from collections.abc import Container, Iterable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.bridge.bridge import Bridge, is_live
from app.bridge.picture import RunPicture
from app.shell.draft import Draft
from sslviz.spec.config import RunConfig
from sslviz.spec.params import Scalar
from sslviz.spec.places import runs_folder
from sslviz.spec.requests import Action, ControlRun, OpenRun, ResumeRun, SetParam, SetSpeed, StartRun, Watch


class CurrentRun(QObject):
    """At most one run is trained at a time by this window: starting another stops and saves the one before."""

    changed = Signal()  # another run is shown

    def __init__(self, bridge: Bridge, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._draft = draft
        self._serial = itertools.count(1)
        self._watched: tuple[str, ...] = ()
        self._speed = 0.0
        self._trains = (
            False  # a record that is being opened looks like a run that is being prepared, but takes no wishes
        )
        self._goes_on = False  # it was resumed from its record
        self._given: set[str] = set()  # folders named before, which the worker may not have made yet
        self.run_id = ""
        self.folder = ""

    @property
    def picture(self) -> RunPicture | None:
        """What is known of the run; None while none is chosen."""
        return self._bridge.pictures.get(self.run_id)

    @property
    def is_live(self) -> bool:
        """Whether it is being prepared, trains or is paused in the worker."""
        return self.picture is not None and is_live(self.picture)

    @property
    def can_resume(self) -> bool:
        """Whether it has ended before its last step, or is a record that may go on."""
        return self.picture is not None and not self.is_live and bool(self.folder)

    @property
    def record(self) -> str:
        """The folder of a run that goes on, even before it has begun to; "" for any other."""
        return self.folder if self._goes_on else ""

    def start(self, *, paused: bool = False, called: str = "") -> None:
        """Train what the inspector says, in a new folder; `called`: what its name says instead of method and data."""
        config = self._draft.config
        folder = new_folder(config, self._given, called)
        self._given.add(folder)
        self._show(folder)
        self._bridge.send(StartRun(self.run_id, config, folder, paused))
        self._tell_wishes()

    def resume(self, folder: str = "", steps: int = 0) -> None:
        """Go on with the shown run, or the one in `folder`, from where it was saved, to `steps` (0: as it was told)."""
        target = folder or self.folder
        self._show(target)
        self._goes_on = True
        self._bridge.send(ResumeRun(self.run_id, target, steps))
        self._tell_wishes()

    def open(self, folder: str) -> None:
        """Show the record in `folder`. A run that trains is stopped and saved first."""
        if self.is_live and folder == self.folder:
            return
        self._show(folder)
        self._bridge.send(OpenRun(self.run_id, folder))

    def show_record_again(self, run_id: str) -> None:
        """Of a run that ended before it could go on: what it had recorded is all there, and is shown as before."""
        if run_id == self.run_id and self._goes_on and self.picture is not None and self.picture.started is None:
            self.open(self.folder)

    def put_away(self) -> None:
        """Show no run."""
        self.control("stop")
        self._bridge.forget_ended()
        self.run_id = self.folder = ""
        self.changed.emit()

    def reset(self) -> None:
        """The same configuration from the first step with the same initial weights; waits if the run was waiting."""
        self.start(paused=self.picture is not None and self.picture.state == "paused")

    def new_seed(self) -> None:
        """The same configuration from other initial weights and another order of images."""
        self._draft.adopt(dataclasses.replace(self._draft.config, seed=secrets.randbelow(10_000)))
        self.start()

    def control(self, action: Action) -> None:
        """Pause, go on, one step or stop."""
        if self.is_live:
            self._bridge.send(ControlRun(self.run_id, action))

    def pause_or_go_on(self) -> None:
        """One key for both."""
        waiting = self.picture is not None and self.picture.state == "paused"
        self.control("resume" if waiting else "pause")

    def set_speed(self, steps_per_s: float) -> None:
        """Slow motion; 0 is full speed. Kept for the next run too."""
        self._speed = steps_per_s
        if self.is_live:
            self._bridge.send(SetSpeed(self.run_id, steps_per_s))

    def set_param(self, name: str, value: Scalar) -> None:
        """Change a live parameter of the run that trains; the run records it with its step."""
        if self.is_live:
            self._bridge.send(SetParam(self.run_id, name, value))

    def watch(self, names: Iterable[str]) -> None:
        """The peeks that visible views want from now on."""
        self._watched = tuple(sorted(set(names)))
        if self.is_live and self._trains:
            self._bridge.send(Watch(self.run_id, self._watched))

    def _show(self, folder: str) -> None:
        self.control("stop")
        self._trains = self._goes_on = False
        self._bridge.forget_ended()
        self.run_id = f"window-{next(self._serial)}"
        self.folder = folder
        self._bridge.expect(self.run_id)
        self.changed.emit()

    def _tell_wishes(self) -> None:
        self._trains = True
        self._bridge.send(Watch(self.run_id, self._watched))
        if self._speed:
            self._bridge.send(SetSpeed(self.run_id, self._speed))


def new_folder(config: RunConfig, given: Container[str], called: str = "") -> str:
    """A folder for a new run that does not exist yet and is not in `given`: date, time, and method and data or `called`."""
    data = Path(config.data.source).stem or "data"
    stem = f"{datetime.now().astimezone():%Y-%m-%d %H-%M-%S} {called or f'{config.method} {data}'}"
    place = runs_folder()
    names = itertools.chain([stem], (f"{stem} {k}" for k in itertools.count(2)))
    free = (str(place / name) for name in names if not (place / name).exists())
    return next(folder for folder in free if folder not in given)
