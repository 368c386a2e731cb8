"""Bridge: the one border between the window and the worker process.

Events are drained on a timer, a bounded time a tick; each changes a `RunPicture`, and views hear of it at most once a tick. An answer
that somebody waits for is taken in at once: how often there is one is for the worker to say, who paces what costs training.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal

from app.bridge.picture import RunPicture
from app.bridge.routes import Handler, Reply, Routes
from app.bridge.worker import Command, Worker, WorkerLost
from sslviz.spec.events import Advanced, Answered, Event, Failed, Finished, Refused, WorkerReady
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import OpenRun, Request, ResumeRun, StartRun
from sslviz.spec.wire import worker_command

TICK_MS = 60  # between two ticks, at least
SLOWEST_MS = 800  # and at most
SHARE = 0.01  # of all cores, for the window while it draws what a run does: training has the rest
OWED_S = 4.0  # of rest that is still owed after a costly tick, at most: a page that is turned to, a large picture
BUDGET_S = 0.006  # of a tick for taking events in; what is left waits for the next
CHUNK = 16  # events drained at a time
NO_WORKER = ("There is no worker process.", "Restart it, or open the program again.")
LIVE = ("preparing", "running", "paused")
WORKING = ("preparing", "running")


class Bridge(QObject):
    """Starts and watches the worker, sends requests, folds events. Everything here happens in the window's thread."""

    ready = Signal(object)  # WorkerReady
    lost = Signal(object)  # WorkerLost; a restart, if any, is already under way
    changed = Signal(object)  # frozenset of run ids whose picture changed since the last tick
    failed = Signal(object)  # Failed, of a run or (run_id "") of the worker
    finished = Signal(object)  # Finished
    _awaited = Signal()  # an answer came in: it does not wait for the timer

    def __init__(self, parent: QObject | None = None, command: Command = worker_command) -> None:
        super().__init__(parent)
        self._command = command
        self._mailbox = Mailbox()
        self._backlog: list[Event] = []
        self._worker: Worker | None = None
        self._is_ready = False
        self._early: list[Request] | None = []  # asked before the first start; None from then on
        self._routes = Routes()
        self._replies: dict[int, Handler] = {}
        self._own_ids = iter(self._routes.claim(self._reply))
        self._timer = QTimer(self, interval=TICK_MS)
        self._worked_s, self._owed_s = time.thread_time(), 0.0
        self._timer.timeout.connect(self.tick)
        self._awaited.connect(self.tick, Qt.ConnectionType.QueuedConnection)
        self.pictures: dict[str, RunPicture] = {}

    # --- the worker's life ---

    def start(self) -> None:
        """Start the worker process, and listen. Returns at once."""
        if self._worker is None:
            self._is_ready = False
            self._worker = Worker(self._mailbox, self._command, self._awaited.emit)
            self._timer.start()
            early, self._early = self._early or [], None
            for request in early:
                self._worker.send(request)

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id; None where none runs."""
        return self._worker.pid if self._worker else None

    @property
    def is_ready(self) -> bool:
        """Whether the worker has said that it is up."""
        return self._is_ready

    def close(self, timeout: float = 20.0) -> None:
        """Let the worker save its runs and end; at most `timeout` seconds, then it is ended."""
        self._timer.stop()
        if self._worker:
            self._worker.close(timeout)
            self._worker = None

    # --- requests ---

    def send(self, request: Request) -> None:
        """Send a request; never blocks. Before the first start it is kept until then; without a worker later on, one that waits
        for something is refused at once."""
        request_id = getattr(request, "request_id", 0)
        if request_id:
            self._routes.sent(request_id)
        if self._worker:
            self._worker.send(request)
        elif self._early is not None:
            self._early.append(request)
        elif request_id:
            self._routes.deliver(Refused("", 0, request_id, "WorkerLost", *NO_WORKER))
        elif isinstance(request, StartRun | ResumeRun | OpenRun):
            self._mailbox.put(Failed(request.run_id, 0, "WorkerLost", *NO_WORKER))
            self._mailbox.put(Finished(request.run_id, 0, "failed", request.folder))
            self._timer.start()

    def claim_ids(self, handler: Handler) -> range:
        """Request ids of one's own, whose replies go to `handler`."""
        return self._routes.claim(handler)

    def awaits(self, handler: Handler) -> bool:
        """Whether somebody who claimed ids for `handler` still waits for an answer."""
        return self._routes.awaits(handler)

    def ask(self, build: Callable[[int], Request], reply: Handler) -> int:
        """Send `build(id)` and have `reply` called with every `Advanced` and the one answer. Returns the id."""
        request_id = next(self._own_ids)
        self._replies[request_id] = reply
        self.send(build(request_id))
        return request_id

    def _reply(self, event: Reply) -> None:
        final = not isinstance(event, Advanced)
        handler = self._replies.pop(event.request_id) if final else self._replies[event.request_id]
        handler(event)

    # --- runs ---

    def expect(self, run_id: str) -> RunPicture:
        """A fresh picture for a run that is about to be started, resumed or opened."""
        status = "" if self._is_ready else "The worker is starting: a few seconds until the first step"
        self.pictures[run_id] = RunPicture(run_id, status=status)
        return self.pictures[run_id]

    def forget_ended(self) -> None:
        """Drop the pictures of runs that have ended."""
        self.pictures = {run_id: picture for run_id, picture in self.pictures.items() if is_live(picture)}

    def live_runs(self) -> tuple[RunPicture, ...]:
        """Runs that train or wait in the worker now."""
        return tuple(p for p in self.pictures.values() if is_live(p))

    # --- the tick ---

    def tick(self) -> None:
        """Take in what waits, for a bounded time, then tell the views once."""
        self._timer.setInterval(self._pace_ms())
        deadline = time.perf_counter() + BUDGET_S
        touched: set[str] = set()
        while time.perf_counter() < deadline:
            if not self._backlog:
                self._backlog = self._mailbox.drain(CHUNK)[::-1]
                if not self._backlog:
                    break
            touched |= self._take(self._backlog.pop())
        if not self._backlog and not len(self._mailbox) and self._worker and self._worker.ended():
            touched |= self._bury()
        if touched:
            self.changed.emit(frozenset(touched))

    def _pace_ms(self) -> int:
        """How long to rest so that the window's thread keeps to its share: by the work since the last tick, painting included."""
        worked_s, self._worked_s = self._worked_s, time.thread_time()
        if not any(picture.state in WORKING for picture in self.live_runs()):
            self._owed_s = 0.0
            return TICK_MS  # nobody trains: there is nothing to leave the cores to
        share = SHARE * QThread.idealThreadCount()
        owed_s = self._owed_s + (self._worked_s - worked_s) / share
        rest_s = min(max(owed_s, TICK_MS / 1_000), SLOWEST_MS / 1_000)
        self._owed_s = min(max(owed_s - rest_s, 0.0), OWED_S)
        return round(1_000 * rest_s)

    def _take(self, event: Event) -> set[str]:
        match event:
            case WorkerReady():
                self._is_ready = True
                self.ready.emit(event)
            case Answered() | Refused() | Advanced():
                self._routes.deliver(event)
            case _ if event.run_id in self.pictures:
                self.pictures[event.run_id].fold(event)
                self._announce(event)
                return {event.run_id}
            case Failed():
                self.failed.emit(event)
            case _:
                pass  # of a run that is no longer shown
        return set()

    def _announce(self, event: Event) -> None:
        match event:
            case Failed():
                self.failed.emit(event)
            case Finished():
                self.finished.emit(event)

    def _bury(self) -> set[str]:
        """The worker is gone: runs end as failed, open requests are refused, and one that had worked is replaced."""
        assert self._worker is not None  # noqa: S101  the caller has looked
        if len(self._mailbox):
            return set()  # its last words came in meanwhile: first those
        report = self._worker.post_mortem(self._is_ready)
        self._worker.close(0.0)
        self._worker, self._is_ready = None, False
        touched = {picture.run_id for picture in self.live_runs()}
        for run_id in touched:
            self._end_run(self.pictures[run_id], report)
        self._routes.refuse_all(report.message, report.hint)
        if report.was_ready:
            self.start()
        self.lost.emit(report)
        return touched

    def _end_run(self, picture: RunPicture, report: WorkerLost) -> None:
        step = int(picture.progress.step) if picture.progress else 0
        folder = picture.started.folder if picture.started else ""
        picture.fold(Failed(picture.run_id, step, "WorkerLost", report.message, report.hint, report.trace))
        picture.fold(Finished(picture.run_id, step, "failed", folder))


def is_live(picture: RunPicture) -> bool:
    """Whether the run is in the worker's hands: being prepared, training or paused."""
    return picture.state in LIVE and (picture.started is None or picture.started.live)
