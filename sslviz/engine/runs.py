"""Live runs: one training thread each, steered through its RunControl. `Finished` always comes, and comes last."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from sslviz.engine.errors import EngineError, explain
from sslviz.spec.events import Event, Failed, Finished
from sslviz.spec.requests import ControlRun, ResumeRun, SetParam, SetSpeed, StartRun, Watch

if TYPE_CHECKING:
    from sslviz.training.control import RunControl
    from sslviz.training.learner import Learner

T = TypeVar("T")
Emit = Callable[[Event], None]
Steer = ControlRun | SetParam | SetSpeed | Watch


class Runnable(Protocol):
    """What a training thread runs: blocks until the run has ended."""

    def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run whose thread has not ended."""

    folder: str
    control: RunControl
    thread: threading.Thread


class Runs:
    """All runs of one engine. Methods return at once and raise EngineError for what cannot be."""

    def __init__(self, emit: Emit, threads: int = 0) -> None:
        self._emit = emit
        self._threads = threads
        self._lock = threading.Lock()
        self._live: dict[str, LiveRun] = {}
        self._ended: set[str] = set()
        self._alive: set[threading.Thread] = set()
        self._closed = False

    def start(self, request: StartRun | ResumeRun) -> None:
        """Begin a new run or go on with an old one, in a thread of its own."""
        from sslviz.training.control import RunControl

        control = RunControl()
        if isinstance(request, StartRun) and request.paused:
            control.pause()
        thread = threading.Thread(
            target=self._train, args=(request, control), name=f"sslviz run {request.run_id}", daemon=True
        )
        with self._lock:
            if self._closed:
                raise EngineError("The engine was shut down.", "Start a new one.")
            if request.run_id in self._live:
                raise EngineError(f"Run {request.run_id} is running already.", "Stop it first.")
            thread.start()  # before anybody can see it: a thread that has not begun cannot be waited for
            self._live[request.run_id] = LiveRun(request.folder, control, thread)
            self._alive.add(thread)

    def _train(self, request: StartRun | ResumeRun, control: RunControl) -> None:
        last = Finished(request.run_id, 0, "failed", request.folder)

        def emit(event: Event) -> None:
            nonlocal last
            if isinstance(event, Finished):
                last = event  # held back until the run has let go of its folder
            else:
                last = Finished(request.run_id, max(last.step, event.step), "failed", request.folder)
                self._emit(event)

        try:
            self._make(request, emit, control).run()
        except Exception as error:  # noqa: BLE001  whatever goes wrong in a run is told as its failure
            why = explain(error)
            emit(Failed(request.run_id, last.step, why.kind, why.message, why.hint, why.trace))
        finally:
            self._end(last)

    def _make(self, request: StartRun | ResumeRun, emit: Emit, control: RunControl) -> Runnable:
        from sslviz.training import TrainingRun

        folder = Path(request.folder)
        if isinstance(request, ResumeRun):
            return TrainingRun.resume(request.run_id, folder, emit, control, request.steps)
        config = request.config
        if not config.threads:
            config = dataclasses.replace(config, threads=self._threads)
        return TrainingRun(request.run_id, config, folder, emit, control)

    def _end(self, last: Finished) -> None:
        with self._lock:
            del self._live[last.run_id]  # before it is told, so that the listener may resume it at once
            self._ended.add(last.run_id)
            self._alive.discard(threading.current_thread())
        self._emit(last)

    def steer(self, request: Steer) -> None:
        """Pass a wish on to the run that it is for."""
        with self._lock:
            run = self._live.get(request.run_id)
            ended = request.run_id in self._ended
        if run:
            _apply(request, run.control)
        elif not ended:
            raise EngineError(f"There is no run {request.run_id!r}.", "Start it, or resume it from its folder.")
        elif not _moot(request):
            raise EngineError(f"Run {request.run_id} has ended.", "Resume it to go on.")

    def look(self, run_id: str, take: Callable[[Learner, int], T]) -> Future[T] | None:
        """What `take` makes of a run's model between two batches, see `RunControl.look`; None where the run is not live."""
        with self._lock:
            run = self._live.get(run_id)
        return run.control.look(take) if run else None

    def is_live(self, run_id: str) -> bool:
        """Whether a thread trains (or prepares) this run."""
        with self._lock:
            return run_id in self._live

    def any_live(self) -> bool:
        """Whether any run's thread has not ended."""
        with self._lock:
            return bool(self._live)

    def folder(self, run_id: str) -> str:
        """Where a live run writes to; "" where it is not live."""
        with self._lock:
            run = self._live.get(run_id)
        return run.folder if run else ""

    def stop(self) -> None:
        """Ask every run to save and end, and start no more; does not wait."""
        with self._lock:
            self._closed = True
            live = list(self._live.values())
        for run in live:
            run.control.stop()

    def threads(self) -> tuple[threading.Thread, ...]:
        """Threads of runs that have not ended."""
        with self._lock:
            return tuple(self._alive)


def _apply(request: Steer, control: RunControl) -> None:
    match request:
        case ControlRun(action="pause"):
            control.pause()
        case ControlRun(action="resume"):
            control.resume()
        case ControlRun(action="step"):
            control.step()
        case ControlRun(action="stop"):
            control.stop()
        case SetParam():
            control.set(request.name, request.value, request.at)
        case SetSpeed():
            control.set_speed(request.steps_per_s)
        case Watch():
            control.watch(request.names)


def _moot(request: Steer) -> bool:
    """Whether a run that has just ended meets this wish anyway: a view need not know of the end yet."""
    return not isinstance(request, SetParam) and not (
        isinstance(request, ControlRun) and request.action in ("resume", "step")
    )
