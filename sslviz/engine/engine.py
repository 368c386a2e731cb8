"""Engine: requests in, events out. The same in the worker process, on the command line and in notebooks."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sslviz.engine.answers import Answers, Inquiry
from sslviz.engine.desk import Desk
from sslviz.engine.environment import prepare_environment
from sslviz.engine.errors import EngineError, explain
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf
from sslviz.spec.events import Event, Failed, Finished, Refused
from sslviz.spec.requests import (
    Cancel,
    ControlRun,
    OpenRun,
    Request,
    ResumeRun,
    SetParam,
    SetSpeed,
    Shutdown,
    StartRun,
    Watch,
)


class Engine:
    """Trains and inspects in background threads.

    `emit` is called from those threads, one event a call, and should return quickly (a `Mailbox.put` does). `threads`
    is for runs that leave it to us; 0: all cores. Use it in a `with` block, or call `close`.
    """

    def __init__(self, emit: Callable[[Event], None], threads: int = 0) -> None:
        prepare_environment(threads)
        self._emit = emit
        self._runs = Runs(emit, threads)
        self._desk = Desk()
        self._answers = Answers(emit, Shelf(), self._runs)
        self._closed = False

    def submit(self, request: Request) -> None:
        """Take a request. Never blocks and never raises: what goes wrong is told by `Refused` or `Failed`."""
        try:
            self._dispatch(request)
        except Exception as error:  # noqa: BLE001  the promise above
            self._tell(request, error)

    def _dispatch(self, request: Request) -> None:
        if self._closed:
            raise EngineError("The engine was shut down.", "Start a new one.")
        match request:
            case StartRun() | ResumeRun():
                self._runs.start(request)
            case ControlRun() | SetParam() | SetSpeed() | Watch():
                self._runs.steer(request)
            case OpenRun() if self._runs.is_live(request.run_id):
                raise EngineError(f"Run {request.run_id} is running.", "Open its folder under another name.")
            case _ if isinstance(request, Inquiry):
                self._desk.put(*self._answers.job(request))
            case Cancel():
                self._desk.cancel(request.request_id)
            case Shutdown():
                self.stop()
            case _:
                raise EngineError(f"There is no request of kind {type(request).__name__}.", "Update both sides.")

    def _tell(self, request: object, error: Exception) -> None:
        why = explain(error)
        words = (why.kind, why.message, why.hint, why.trace, why.field)
        match request:
            case StartRun() | ResumeRun() | OpenRun() if not self._runs.is_live(request.run_id):
                self._emit(Failed(request.run_id, 0, *words))
                self._emit(Finished(request.run_id, 0, "failed", request.folder))
            case _ if isinstance(request, Inquiry) and not isinstance(request, OpenRun):
                self._emit(Refused("", 0, request.request_id, *words))
            case _:
                self._emit(Failed("", 0, *words))

    def idle_s(self) -> float:
        """For how long nothing has been asked and no run has been live; 0 while there is work."""
        return 0.0 if self.is_training() else self._desk.idle_s()

    def is_training(self) -> bool:
        """Whether any run is live, be it paused."""
        return self._runs.any_live()

    def warm_up_maps(self, stop: Callable[[], None]) -> None:
        """Make the first UMAP start at once, which takes up to a minute. Raises what `stop` raises, InspectError."""
        self._answers.warm_up_maps(stop)

    def stop(self) -> None:
        """Ask every run to save and end and give up on all else; does not wait. Nothing is accepted from now on."""
        self._closed = True
        self._desk.close()
        self._runs.stop()

    def close(self, timeout: float = 60.0) -> bool:
        """`stop`, then wait for the threads, at most `timeout` seconds. True if none is left."""
        self.stop()
        deadline = time.monotonic() + timeout
        threads = (*self._runs.threads(), *self._desk.threads())
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._answers.close()
        return not any(thread.is_alive() for thread in threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
