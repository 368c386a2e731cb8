"""The process that lays points out: `python -m sslviz.inspect.layouts.serving`, told by its standard input, ended by the end of it.

A process of its own, because UMAP compiles itself anew in each and holds Python's lock for seconds at a time, because t-SNE cannot be
given up but by ending it, and because neither may take a run, or the window, with it when memory runs out.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from typing import BinaryIO

import psutil

from sslviz.inspect.layouts.compiled import import_umap
from sslviz.inspect.layouts.laying import fit_here
from sslviz.inspect.layouts.layout import Progress
from sslviz.inspect.layouts.pipe import Broke, Done, GivenUp, GiveUp, Job, Message, Told, receive, send
from sslviz.inspect.stopping import Stop
from sslviz.spec.errors import Cancelled, SSLVizError
from sslviz.spec.events import Array

_LOWER = 5
"""Of niceness, below the process that asked: a run that it trains goes first."""


def serve() -> None:
    """Jobs one after the other, until nobody is left to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a shared terminal is the other's to handle
    _lower_priority()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    jobs: queue.SimpleQueue[tuple[Job, list[Array]]] = queue.SimpleQueue()
    given_up = threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs, given_up), daemon=True).start()
    while True:
        _answer(answers, *jobs.get(), given_up)


def _lower_priority() -> None:
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.IDLE_PRIORITY_CLASS)
    else:
        process.nice(min(19, process.nice() + _LOWER))


def _listen(stream: BinaryIO, jobs: queue.SimpleQueue[tuple[Job, list[Array]]], given_up: threading.Event) -> None:
    """Read what is asked for. The end of it is the end of the process, whatever it is in the middle of."""
    try:
        while True:
            message, arrays = receive(stream)
            if isinstance(message, GiveUp):
                given_up.set()
            elif isinstance(message, Job):
                given_up.clear()
                jobs.put((message, arrays))
    except (EOFError, OSError):
        os._exit(0)


def _fit(job: Job, arrays: list[Array], progress: Progress, stop: Stop) -> Array:
    if job.plan.method == "umap":
        progress(0.0, "getting UMAP ready")
        import_umap()
    return fit_here(arrays[0], job.plan, arrays[1] if len(arrays) > 1 else None, progress, stop)


def _tell(answers: BinaryIO, message: Message, *arrays: Array) -> None:
    try:
        send(answers, message, *arrays)
    except OSError:  # nobody reads
        os._exit(0)


def _answer(answers: BinaryIO, job: Job, arrays: list[Array], given_up: threading.Event) -> None:
    def stop() -> None:
        if given_up.is_set():
            raise Cancelled("The layout was given up.")

    try:
        points = _fit(job, arrays, lambda share, doing: _tell(answers, Told(share, doing)), stop)
        _tell(answers, Done(), points)
    except Cancelled:
        _tell(answers, GivenUp())
    except SSLVizError as error:
        _tell(answers, Broke(error.message, error.hint))
    except MemoryError:
        _tell(answers, Broke("There is not enough memory for this layout.", "Choose fewer images."))
    except Exception as error:  # noqa: BLE001  whatever a library raises is told to who asked
        _tell(answers, Broke(f"{type(error).__name__}: {error}", "", traceback.format_exc()))


if __name__ == "__main__":
    serve()
