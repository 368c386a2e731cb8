"""Child: a process that lays points out, seen from the one that asks."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from typing import BinaryIO, Self, cast

from sslviz.inspect.layouts.pipe import Message, receive, send
from sslviz.spec.events import Array

_ENVIRONMENT = {
    "NUMBA_THREADING_LAYER": "workqueue",
    "NUMBA_NUM_THREADS": "1",  # a seeded UMAP uses one; the others would only stand by
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_ENDING_S = 2.0

Reply = tuple[Message, list[Array]]


class Child:
    """Started at once, and idle until it is sent something. A context: leaving it ends the process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sslviz.inspect.layouts.serving"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="sslviz layouts", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def send(self, message: Message, *arrays: Array) -> None:
        """Raises EOFError where the process has ended."""
        try:
            send(cast(BinaryIO, self._process.stdin), message, *arrays)
        except OSError:
            raise EOFError from None

    def reply(self, timeout_s: float) -> Reply | None:
        """The next reply, or None after `timeout_s`. Raises EOFError where the process has ended and said all."""
        try:
            reply = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if reply is None:
            self._replies.put(None)
            raise EOFError
        return reply

    def end(self) -> int:
        """End it, whatever it does, and return its exit code: negative for the signal that ended it."""
        with contextlib.suppress(OSError):
            cast(BinaryIO, self._process.stdin).close()
        if self.running:
            self._process.kill()
        code = self._process.wait(_ENDING_S)
        self._reader.join(_ENDING_S)
        cast(BinaryIO, self._process.stdout).close()
        return code

    def _read(self) -> None:
        try:
            while True:
                self._replies.put(receive(cast(BinaryIO, self._process.stdout)))
        except (EOFError, OSError, ValueError):
            self._replies.put(None)
