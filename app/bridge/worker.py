"""The worker process as the window sees it: started by module name, spoken to over a local connection, its last words kept.

Two threads belong to it. One accepts the connection and puts every event into the mailbox; one sends requests, so that
`send` never waits for a busy worker. Both end when the connection does.
"""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from secrets import token_bytes
from typing import IO

from sslviz.spec.events import Answered, Refused
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import Request, Shutdown
from sslviz.spec.wire import Address, worker_command, worker_environment

LAST_WORDS = 8_192  # bytes of the worker's stderr that an error shows
DEAF_AFTER_S = 5.0  # a process that lives on without its connection is ended after this long

AWAITED = (Answered, Refused)
"""What somebody looks forward to; everything else is taken in when it is time."""

Command = Callable[[Address], list[str]]


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """The worker is gone unasked: why, what to do, what it last wrote. `was_ready`: it had worked before."""

    message: str
    hint: str
    trace: str
    was_ready: bool


class Worker:
    """One worker process, from its start to its end. Not restarted: make another."""

    def __init__(
        self, mailbox: Mailbox, command: Command = worker_command, wake: Callable[[], object] = lambda: None
    ) -> None:
        """`wake` is called from the reading thread when somebody waits for what just came in."""
        self._mailbox = mailbox
        self._wake = wake
        self._key = token_bytes(32)
        self._outbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._closing = False
        self._silent_since = 0.0
        self.connected = False
        self._listener = Listener(authkey=self._key)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process writes to it
        self._process = self._spawn(command)
        self._reader = threading.Thread(target=self._listen, name="worker events", daemon=True)
        self._reader.start()

    def _spawn(self, command: Command) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module
            command(self._listener.address),
            env=worker_environment(self._key),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # Ctrl+C in the terminal asks the window, which lets the worker save first
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Queue a request; sent as soon as the worker is connected. Never blocks."""
        self._outbox.put(request)

    def _listen(self) -> None:
        connection = self._accept()
        if connection is None:
            return
        with connection:
            self.connected = True
            writer = threading.Thread(target=self._write, args=(connection,), name="worker requests", daemon=True)
            writer.start()
            self._read(connection)
            self._outbox.put(None)
            writer.join()

    def _accept(self) -> Connection | None:
        while not self._closing:
            try:
                return self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue  # a stranger, or our own knock
        return None

    def _read(self, connection: Connection) -> None:
        while True:
            try:
                event = connection.recv()
            except (EOFError, OSError):
                return
            self._mailbox.put(event)
            if isinstance(event, AWAITED):
                self._wake()

    def _write(self, connection: Connection) -> None:
        while (request := self._outbox.get()) is not None:
            try:
                connection.send(request)
            except OSError:
                return  # the reader sees the end of the connection too

    def ended(self) -> bool:
        """Whether the process is gone and all that it sent is in the mailbox. Cheap; called once a tick."""
        if self._process.poll() is None:
            self._end_if_deaf()
            return False
        if not self.connected and self._reader.is_alive():
            self._knock()
        return not self._reader.is_alive()

    def _end_if_deaf(self) -> None:
        if self._reader.is_alive():
            return
        self._silent_since = self._silent_since or time.monotonic()
        if time.monotonic() - self._silent_since > DEAF_AFTER_S:
            self._process.kill()

    def _knock(self) -> None:
        """Free the reader from waiting for a process that will never connect."""
        self._closing = True
        address = str(self._listener.address)
        try:
            if sys.platform == "win32":
                Path(address).open("r+b").close()
            else:
                with socket.socket(socket.AF_UNIX) as visitor:
                    visitor.connect(address)
        except OSError:
            return  # nobody listens any more

    def post_mortem(self, was_ready: bool) -> WorkerLost:
        """Why the process is gone, in words."""
        code = self._process.poll()
        again = "Runs are kept up to their last saved step: resume them." if was_ready else "Run `sslviz doctor`."
        return WorkerLost(_cause(code), again, self._last_words(), was_ready)

    def _last_words(self) -> str:
        size = self._log.seek(0, 2)
        self._log.seek(max(0, size - LAST_WORDS))
        return self._log.read().decode(errors="replace").strip()

    def close(self, timeout: float) -> None:
        """Ask the worker to save and stop, wait at most `timeout` seconds, then end it. No thread or process is left."""
        if self.connected:
            self.send(Shutdown())
            self._wait(timeout)
        if self._process.poll() is None:
            self._process.terminate()
            if not self._wait(2.0):
                self._process.kill()
                self._process.wait()
        if not self.connected:
            self._knock()
        self._reader.join(timeout=5.0)
        self._listener.close()
        self._log.close()

    def _wait(self, timeout: float) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True


def _cause(code: int | None) -> str:
    if code is None:
        return "The worker process stopped answering."
    if code >= 0:
        return f"The worker process ended by itself (exit code {code})."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    why = " Most often the computer's memory ran out." if name == "SIGKILL" else ""
    return f"The worker process was ended by the system ({name}).{why}"
