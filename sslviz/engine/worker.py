"""The worker process: an Engine at the far end of a connection.

It tells `WorkerReady` first. It ends, with every run saved, on `Shutdown`, on SIGTERM and when the connection drops, so
that no orphan outlives a window that was killed.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from types import FrameType

from sslviz.engine.engine import Engine
from sslviz.engine.environment import lower_priority, use_threads
from sslviz.engine.errors import explain
from sslviz.engine.quick_timm import import_timm
from sslviz.engine.warming import Warming
from sslviz.spec.events import Failed, WorkerReady
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import Shutdown
from sslviz.spec.wire import KEY_VARIABLE, Address

SAVING_S = 60.0
"""How long runs may take to end after the step they are in, before the process ends all the same."""
DRAIN_S = 5.0
"""How long the last events may take to leave."""
QUIET_S, AT_LAST_S = 0.3, 8.0
"""What will be needed later is loaded once nothing has been asked for so long, or so long after the start: the first answer goes first."""


def work(address: Address, threads: int = 0) -> int:
    """Connect, serve until told to end, and return the exit code. The key is taken from the environment."""
    faulthandler.enable()  # a crash inside a library still says where
    lower_priority()
    key = bytes.fromhex(os.environ.pop(KEY_VARIABLE, ""))
    with Client(address, authkey=key) as connection:
        return Worker(connection, threads).serve()


class Worker:
    """One connection, one engine. Events go out through a mailbox, so that a slow window never slows a run."""

    def __init__(self, connection: Connection, threads: int) -> None:
        self._connection = connection
        self._threads = threads
        self._mailbox = Mailbox()
        self._ending = threading.Event()
        self._engine = Engine(self._mailbox.put, threads)
        self._writer = threading.Thread(target=self._write, name="sslviz writer", daemon=True)
        self._warming = Warming(self._engine.idle_s, self._engine.is_training, self._engine.warm_up_maps)

    def serve(self) -> int:
        """Until `Shutdown`, SIGTERM or the end of the connection; then save all runs."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a shared terminal is the window's to handle
        self._writer.start()
        code = self._announce()
        if code == 0:
            threading.Thread(target=self._read, name="sslviz reader", daemon=True).start()
            threading.Thread(target=self._warm_up, name="sslviz warm-up", daemon=True).start()
            self._warming.start()
            self._ending.wait()
            self._warming.close(DRAIN_S)
        saved = self._engine.close(SAVING_S)
        self._mailbox.close()
        self._writer.join(DRAIN_S)
        return code if saved else 1

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  a handler's signature
        self._ending.set()

    def _announce(self) -> int:
        try:
            use_threads(self._threads)
            from sslviz.engine.catalogue import catalogue
            from sslviz.nn.devices import device_names
            from sslviz.training.run_file import program_versions

            self._mailbox.put(WorkerReady("", 0, catalogue(), device_names(), program_versions()))
            with suppress(ImportError):  # who opens a model meets it again, and says it
                import_timm()  # before any other thread imports anything
        except Exception as error:  # noqa: BLE001  a broken installation is told, whatever breaks
            why = explain(error)
            self._mailbox.put(Failed("", 0, why.kind, why.message, why.hint, why.trace))
            return 1
        return 0

    def _warm_up(self) -> None:
        waited_s = 0.0
        while self._engine.idle_s() < QUIET_S and waited_s < AT_LAST_S:
            if self._ending.wait(QUIET_S / 2):
                return
            waited_s += QUIET_S / 2
        warm_up()

    def _read(self) -> None:
        while not self._ending.is_set():
            try:
                request = self._connection.recv()
            except (EOFError, OSError):
                break
            except Exception as error:  # noqa: BLE001  a message that cannot be understood is told, the next may be
                why = explain(error)
                self._mailbox.put(Failed("", 0, why.kind, why.message, why.hint, why.trace))
                continue
            self._engine.submit(request)
            if isinstance(request, Shutdown):
                break
        self._ending.set()

    def _write(self) -> None:
        while self._mailbox.wait() or not self._mailbox.closed:
            for event in self._mailbox.drain(16):
                try:
                    self._connection.send(event)
                except OSError:  # the window is gone; the reader sees it too
                    self._ending.set()
                    return


def warm_up() -> None:
    """Load what a run and a look into a model need and take a tiny step, so that pressing Train or dropping a file starts at once."""
    import lightning_fabric  # noqa: F401  loaded for its own sake
    import torch
    import torch._dynamo  # an optimiser asks for it

    import sslviz.inspect.attend
    import sslviz.inspect.layouts
    import sslviz.inspect.mapping
    import sslviz.inspect.open
    import sslviz.inspect.own
    import sslviz.inspect.rebuild
    import sslviz.training.loop  # noqa: F401  the same

    weight = torch.zeros(8, 3, 3, 3, requires_grad=True)  # no random numbers: a run must not notice
    torch.autograd.backward(torch.nn.functional.conv2d(torch.zeros(2, 3, 16, 16), weight).square().mean())
