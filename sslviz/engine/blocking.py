"""Train and wait: one run in an engine of its own. Ctrl-C and SIGTERM stop the run, which saves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sslviz.engine.engine import Engine
from sslviz.engine.record import RunRecord
from sslviz.spec.events import Event
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import ControlRun, Request, ResumeRun, StartRun

_LOOK_EVERY_S = 0.1


def train_and_wait(
    begin: StartRun | ResumeRun,
    then: Sequence[Request] = (),
    *,
    listen: Callable[[Event], None] = lambda event: None,  # noqa: ARG005  the default hears nothing
    threads: int = 0,
) -> RunRecord:
    """Begin a run, submit `then` right after, and return its record when it has ended, be it in failure.

    `listen` hears every event in the calling thread. The first Ctrl-C asks the run to stop and save; a second
    one raises KeyboardInterrupt.
    """
    mailbox, record = Mailbox(), RunRecord(Path(begin.folder))
    with _interrupts() as interrupted, Engine(mailbox.put, threads) as engine:
        for request in (begin, *then):
            engine.submit(request)
        stopping = False
        while not record.ended:
            if interrupted.is_set() and not stopping:
                stopping = True
                engine.submit(ControlRun(begin.run_id, "stop"))
            mailbox.wait(_LOOK_EVERY_S)
            for event in mailbox.drain():
                if event.run_id == begin.run_id:
                    record.fold(event)
                    listen(event)
    return record


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets; the second one acts as ever. Outside the main thread: never set."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: object) -> None:  # noqa: ARG001  a handler's signature
        asked.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
