"""CurrentModel: what every view looks into: the run that is shown, a snapshot of one, or a model that was opened. Headless."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.shell.current_run import CurrentRun
from app.widgets.banner import Notice, Remedy
from sslviz.spec.description import Description
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import DescribeModel, ListModels, ModelLine, ModelRef
from sslviz.spec.requests import Cancel

NONE = ModelRef("")
NAMED = ("timm:", "hf:")
HUSHED = ("Superseded", "Cancelled", "WorkerLost")  # nobody has to be told, or the window says it already
STANDING = ("running", "paused", "finished", "stopped")  # states in which a run has a model to look into


class CurrentModel(QObject):
    """A model becomes the current one once it is open; until then, and where it cannot be opened, the one before stays.

    Showing another run makes that run the current model; it stays so when it ends.
    """

    changed = Signal()  # another model, or more is known of it
    opened = Signal()  # what the user asked for is open
    advanced = Signal(str)  # what is being opened and how far that is; "" once nothing is
    listed = Signal()  # `lines` are others
    troubled = Signal(object)  # Notice

    def __init__(self, bridge: Bridge, run: CurrentRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._run = bridge, run
        self.ref: ModelRef = NONE
        self.description: Description | None = None
        self.lines: tuple[ModelLine, ...] = ()
        self._coming: ModelRef | None = None
        self._opening = 0  # request that opens `_coming`
        self._quiet = 0  # request that describes the run
        self._run_id, self._asked = "", NONE
        run.changed.connect(self.look)
        bridge.changed.connect(lambda _touched: self.look())
        bridge.ready.connect(lambda _ready: self.refresh_lines())

    @property
    def is_of_run(self) -> bool:
        """Whether it is the run that is shown, as it is now or was when it ended."""
        return bool(self._run.run_id) and (self.ref.source, self.ref.snapshot) == (self._run.folder, LAST)

    @property
    def is_opening(self) -> bool:
        """Whether something is on its way."""
        return self._coming is not None

    @property
    def name(self) -> str:
        """What to call it, "" where there is none."""
        return self.description.title if self.description else name_of(self.ref)

    # --- what the user opens ---

    def open(self, ref: ModelRef) -> None:
        """Open a model, by whatever names it. What was on its way before is given up."""
        self.stop_opening()
        self._coming = ref
        self.advanced.emit(f"Opening {name_of(ref)} …")
        self._opening = self._bridge.ask(lambda request_id: DescribeModel(request_id, ref), self._described)

    def stop_opening(self) -> None:
        """Give up what is on its way."""
        if self._coming is not None:
            self._bridge.send(Cancel(self._opening))
            self._end_opening()

    def _end_opening(self) -> None:
        self._coming, self._opening = None, 0
        self.advanced.emit("")

    def _described(self, reply: Reply) -> None:
        if reply.request_id != self._opening or self._coming is None:
            return
        ref = self._coming
        if isinstance(reply, Advanced):
            share = f" {100 * reply.fraction:.0f} %" if reply.fraction == reply.fraction else ""
            self.advanced.emit(f"Opening {name_of(ref)}: {reply.text}{share}")
            return
        self._end_opening()
        if isinstance(reply, Answered):
            self._take(ref, reply.payload)
            self.opened.emit()
            self.refresh_lines()
        elif reply.kind not in HUSHED:
            self.troubled.emit(Notice(reply.message, reply.hint, reply.trace, self._remedies(ref, reply)))

    def _remedies(self, ref: ModelRef, refused: Refused) -> tuple[Remedy, ...]:
        """A name that is not on this computer can be fetched, once the user says so."""
        if (
            not ref.source.startswith(NAMED)
            or ref.download
            or "download" not in f"{refused.message} {refused.hint}".lower()
        ):
            return ()
        return (Remedy("Download it", lambda: self.open(dataclasses.replace(ref, download=True))),)

    def _take(self, ref: ModelRef, description: Description | None) -> None:
        self.ref, self.description = ref, description
        self.changed.emit()

    # --- the run that is shown ---

    def run_ref(self, snapshot: int | None = None) -> ModelRef:
        """The run that is shown, as it is now or at a snapshot; ModelRef("") where none is."""
        if not self._run.run_id:
            return NONE
        if snapshot is not None:
            return ModelRef(self._run.folder, snapshot=snapshot)
        return ModelRef(self._run.folder, run_id=self._run.run_id if self._run.is_live else "")

    def show_run(self) -> None:
        """Look at the run that is shown, and follow it."""
        self.stop_opening()
        self._asked = NONE
        self._follow(self.run_ref())

    def show(self, ref: ModelRef, description: Description) -> None:
        """Look at a model that is open already: no view comes to the front, no list is asked for."""
        self.stop_opening()
        self._asked = NONE
        self._take(ref, description)

    def look(self) -> None:
        """Another run is shown, or it got further: a new one becomes the current model, one that ended is described anew."""
        now = self.run_ref()
        if self._run.run_id != self._run_id:
            self._run_id, self._asked = self._run.run_id, NONE
            self.stop_opening()
            self._follow(now)
        elif self.is_of_run:
            self._follow(dataclasses.replace(self.ref, run_id=now.run_id))

    def _follow(self, ref: ModelRef) -> None:
        if ref != self.ref:
            same = ref.source == self.ref.source and ref.snapshot == self.ref.snapshot
            self._take(ref, self.description if same else None)
        picture = self._run.picture
        if ref in (NONE, self._asked) or picture is None or picture.started is None or picture.state not in STANDING:
            return
        self._asked = ref
        self._quiet = self._bridge.ask(lambda request_id: DescribeModel(request_id, ref), self._told)

    def _told(self, reply: Reply) -> None:
        """What the run's model is. That it cannot be told yet is no trouble: each view says so for itself."""
        if reply.request_id == self._quiet and isinstance(reply, Answered) and self.ref == self._asked:
            self._take(self.ref, reply.payload)

    # --- the list ---

    def refresh_lines(self) -> None:
        """Ask which models ship and which were opened before."""
        self._bridge.ask(ListModels, self._found)

    def _found(self, reply: Reply) -> None:
        if isinstance(reply, Answered):
            self.lines = reply.payload
            self.listed.emit()
        elif isinstance(reply, Refused) and reply.kind not in HUSHED:
            self.troubled.emit(Notice(reply.message, reply.hint, reply.trace))


def name_of(ref: ModelRef) -> str:
    """The end of what names a model: a file's or a folder's name, or the name itself."""
    name = ref.source if ref.source.startswith(NAMED) else Path(ref.source).name or ref.source
    return f"{name}, step {ref.snapshot:,}" if ref.snapshot >= 0 else name
