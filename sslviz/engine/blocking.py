"""Train and wait: one run in an engine of its own. Ctrl-C and SIGTERM stop the run, which saves."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sslviz.engine.engine import Engine
from sslviz.engine.record import RunRecord
from sslviz.spec.events import Event, StateChanged
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import ControlRun, Request, ResumeRun, StartRun

PATIENCE_S = 600.0
"""How long a run may hold because the disk refuses it before it is stopped."""
_LOOK_EVERY_S = 0.1
_TRY_EVERY_S = 5.0


def train_and_wait(
    begin: StartRun | ResumeRun,
    then: Sequence[Request] = (),
    *,
    listen: Callable[[Event], None] = lambda event: None,  # noqa: ARG005  the default hears nothing
    threads: int = 0,
    patience_s: float = PATIENCE_S,
) -> RunRecord:
    """Begin a run, submit `then` right after, and return its record when it has ended, be it in failure.

    `listen` hears every event in the calling thread. The first Ctrl-C asks the run to stop and save; a second
    one raises KeyboardInterrupt. A run that holds because the disk refuses it is told to try again every few
    seconds, and to stop after `patience_s`.
    """
    mailbox, record, hold = Mailbox(), RunRecord(Path(begin.folder)), _Hold(patience_s)
    with _interrupts() as interrupted, Engine(mailbox.put, threads) as engine:
        for request in (begin, *then):
            engine.submit(request)
        stopping = False
        while not record.ended:
            action = "stop" if interrupted.is_set() else hold.action()
            if action and not stopping:
                stopping = action == "stop"
                engine.submit(ControlRun(begin.run_id, action))
            mailbox.wait(_LOOK_EVERY_S)
            for event in mailbox.drain():
                if event.run_id == begin.run_id:
                    record.fold(event)
                    hold.hear(event)
                    listen(event)
    return record


class _Hold:
    """A run that holds by itself, as it does where the disk refuses to write: nobody else is there to let it go on."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._since = self._tried = math.inf

    def hear(self, event: Event) -> None:
        """A pause with a reason is one that nobody asked for."""
        if isinstance(event, StateChanged):
            held = event.state == "paused" and bool(event.text)
            self._since = min(self._since, time.monotonic()) if held else math.inf
            self._tried = time.monotonic() if held else math.inf

    def action(self) -> Literal["resume", "stop", ""]:
        """What to ask of the run now."""
        now = time.monotonic()
        if now - self._since >= self._patience_s:
            return "stop"
        if now - self._tried < _TRY_EVERY_S or math.isinf(self._tried):
            return ""
        self._tried = now
        return "resume"


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
