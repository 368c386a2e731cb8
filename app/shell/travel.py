"""Travel: at which snapshot of the shown run the window looks. Headless.

A snapshot becomes the current model once it is open. While one is opened only the newest wish waits: what was passed over in between
is never opened. The neighbours of the one that is seen are opened ahead, unless a run trains.
"""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, Signal

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.shell.current_model import HUSHED, CurrentModel
from app.shell.current_run import CurrentRun
from app.widgets.banner import Notice
from app.widgets.timeline_track import Stop
from sslviz.spec.description import Description
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import DescribeModel, ModelRef


class Travel(QObject):
    """`stops` by rising step; the last is the run as it is. Without snapshots there are none."""

    changed = Signal()  # stops are others, or another is stood at, or what was wanted is seen
    stood = Signal(object)  # `step` is another
    troubled = Signal(object)  # Notice

    def __init__(self, bridge: Bridge, run: CurrentRun, model: CurrentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._run, self._model = bridge, run, model
        self.stops: tuple[Stop, ...] = ()
        self.total = 1  # steps of the run
        self._goal: int | None = None  # snapshot that is not the current model yet
        self._known: dict[ModelRef, Description] = {}
        self._missing: dict[int, str] = {}
        self._opening: dict[int, ModelRef] = {}  # by request; at most one
        self._run_id, self._ref = "", model.ref
        self._told: int | None = None
        run.changed.connect(self._look)
        bridge.changed.connect(lambda _touched: self._look())
        model.changed.connect(self._model_changed)

    # --- where the window is ---

    @property
    def step(self) -> int | None:
        """The snapshot that is wanted, or seen; None: the run as it is, or another model."""
        if self._goal is not None:
            return self._goal
        ref = self._model.ref
        return ref.snapshot if self._is_of_shown(ref) and ref.snapshot != LAST else None

    @property
    def at(self) -> int:
        """The stop of `step`, the last for the run as it is, -1 for another model."""
        if self.step is not None:
            return next((k for k, stop in enumerate(self.stops) if stop.step == self.step), -1)
        return len(self.stops) - 1 if self._is_of_shown(self._model.ref) else -1

    @property
    def is_arriving(self) -> bool:
        """Whether what is wanted is not the current model yet."""
        return self._goal is not None

    def _is_of_shown(self, ref: ModelRef) -> bool:
        return bool(self._run.folder) and ref.source == self._run.folder

    def _tell(self) -> None:
        if self.step != self._told:
            self._told = self.step
            self.stood.emit(self.step)
        self.changed.emit()

    # --- what there is ---

    def _look(self) -> None:
        """The stops of the run as far as it is."""
        if self._run.run_id != self._run_id:
            self._run_id, self._goal = self._run.run_id, None
            self._known, self._missing, self._opening = {}, {}, {}
        stops, total = self._stops()
        if (stops, total) != (self.stops, self.total):
            self.stops, self.total = stops, total
            self._tell()

    def _stops(self) -> tuple[tuple[Stop, ...], int]:
        picture = self._run.picture
        if picture is None or picture.started is None or not picture.snapshots:
            return (), 1
        steps = sorted({saved.step for saved in picture.snapshots})
        now = max(picture.progress.step if picture.progress else 0, steps[-1])
        planned = picture.progress.steps if picture.progress else picture.started.config.steps
        past = (step for step in steps if step < now or self._run.is_live)  # the end of a run is its last snapshot too
        marks = tuple(Stop(step, missing=self._missing.get(step, "")) for step in past)
        return (*marks, Stop(now, now=True)), max(planned, now)

    def _model_changed(self) -> None:
        """Somebody chose a snapshot, the run itself, or another model: the handle follows."""
        if self._model.ref != self._ref:
            self._ref, self._goal = self._model.ref, None
        self._tell()

    # --- moving ---

    def go(self, index: int) -> None:
        """To a stop: at once where it is open already, else as soon as it is."""
        if not 0 <= index < len(self.stops):
            return
        stop = self.stops[index]
        self._goal = None if stop.now else stop.step
        if stop.now and not self._model.is_of_run:
            self._model.show_run()
        self._pursue()
        self._tell()

    def _reference(self, step: int) -> ModelRef:
        """The snapshot, read as the run is read now."""
        ref, now = self._model.run_ref(step), self._model.ref
        return dataclasses.replace(ref, network=now.network) if now.source == ref.source else ref

    def _pursue(self) -> None:
        """Show what is wanted, or open it once nothing else is being opened."""
        if self._goal is None:
            return
        ref = self._reference(self._goal)
        if ref in self._known:
            self._goal = None
            self._model.show(ref, self._known[ref])
            self._look_ahead()
        elif not self._opening:
            self._open(ref)

    def _open(self, ref: ModelRef) -> None:
        request_id = self._bridge.ask(lambda number: DescribeModel(number, ref), self._described)
        self._opening[request_id] = ref

    def _described(self, reply: Reply) -> None:
        if isinstance(reply, Advanced) or reply.request_id not in self._opening:
            return
        ref = self._opening.pop(reply.request_id)
        if isinstance(reply, Answered):
            self._known[ref] = reply.payload
        else:
            self._refused(ref, reply)
        self._pursue() if self.is_arriving else self._look_ahead()
        self._tell()

    def _refused(self, ref: ModelRef, reply: Refused) -> None:
        """A snapshot that is gone or damaged: the model before stays, and the handle returns to it."""
        wanted = self._goal == ref.snapshot
        if wanted:
            self._goal = None
        if reply.kind not in HUSHED:
            self._missing[ref.snapshot] = reply.message
            self.stops, self.total = self._stops()
            if wanted:
                self.troubled.emit(Notice(reply.message, reply.hint, reply.trace))

    def _look_ahead(self) -> None:
        """Open a neighbour of what is seen, so that the next step costs nothing."""
        if self._opening or self._run.is_live or self.step is None:
            return
        near = (self.stops[k] for k in (self.at + 1, self.at - 1) if 0 <= k < len(self.stops))
        refs = (self._reference(stop.step) for stop in near if not stop.now and not stop.missing)
        ref = next((ref for ref in refs if ref not in self._known), None)
        if ref is not None:
            self._open(ref)
