"""The engine: what it costs a run to live in a worker process that is watched, beside the same run on the command line.

Watched: every picture of the batch is asked for, and every event is taken at the pace of a window (15 times a second). Unwatched: the
run of `sslviz train --quiet`, in a process of its own too. Runs are made in pairs, one after the other.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from figure import Figure, median, ratio

from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Event, Failed, Finished, WorkerReady
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.requests import Shutdown, StartRun, Watch
from sslviz.spec.settings import default_config, with_setting
from sslviz.spec.wire import worker_command, worker_environment

PEEKS = ("views", "similarity", "sphere", "spectrum")
TICK_S = 1 / 15
BATCH = 128
TARGET = 0.95


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Pairs of runs, and the time until a worker is ready."""
    config = _config("shapes" if data is None else str(data), steps=60 if quick else 400)
    watched, alone, ready = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        _command_line(config, Path(folder) / "warm")  # the images lie in the cache from here on
        for k in range(1 if quick else 5):
            pair: list[Callable[[], None]] = [
                lambda k=k: alone.append(_command_line(config, Path(folder) / f"alone {k}")),  # type: ignore[misc]  # k is bound
                lambda k=k: watched.append(_worker(config, Path(folder) / f"watched {k}", ready)),  # type: ignore[misc]  # the same
            ]
            for measure in pair if k % 2 else pair[::-1]:  # neither always goes first
                measure()
    note = f"{watched[-1]:,.0f} images/s with {len(PEEKS)} pictures watched"
    return [
        ratio("watched worker / command line", watched, alone, target=TARGET, note=note),
        median("worker ready after its start", ready, "s", better="lower", note="PyTorch and every method loaded"),
    ]


def _config(source: str, steps: int) -> RunConfig:
    catalogue = shipped_catalogue()
    config = default_config(catalogue, "simclr", data=source, steps=steps)
    settings = {"batch_size": BATCH, "precision": "fp32", "threads": 1}
    if source == "shapes":
        settings |= {"data.preset": "lesson", "data.count": 4_000}
    for name, value in settings.items():
        config = with_setting(config, catalogue, name, value)
    return config


def _speed(folder: Path) -> float:
    """Images a second between the first tenth and the end, by the clock of the run, pauses for measuring included."""
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
        rows = [(int(row["step"]), float(row["seconds"])) for row in csv.DictReader(file) if row["seconds"]]
    (first, began), (last, ended) = rows[len(rows) // 10], rows[-1]
    return BATCH * (last - first) / (ended - began)


def _command_line(config: RunConfig, folder: Path) -> float:
    words = ["train", config.method, "--data", config.data.source, "--steps", str(config.steps), "--out", str(folder)]
    settings = [
        f"batch_size={BATCH}",
        "precision=fp32",
        "threads=1",
        *(f"data.{k}={v}" for k, v in config.data.dials.items()),
    ]
    words += [word for setting in settings for word in ("--set", setting)]
    subprocess.run([sys.executable, "-m", "sslviz.cli", *words, "--quiet"], check=True)
    return _speed(folder)


def _worker(config: RunConfig, folder: Path, ready: list[float]) -> float:
    with Listener(authkey=b"bench") as listener:
        began = time.monotonic()
        process = subprocess.Popen(worker_command(listener.address, 1), env=worker_environment(b"bench"))
        with listener.accept() as connection:
            mailbox = Mailbox()
            reader = threading.Thread(target=_read, args=(connection, mailbox))
            reader.start()
            _take(mailbox, WorkerReady)
            ready.append(time.monotonic() - began)
            connection.send(StartRun("r", config, str(folder)))
            connection.send(Watch("r", PEEKS))
            _take(mailbox, Finished)
            connection.send(Shutdown())
            reader.join()
    process.wait()
    return _speed(folder)


def _read(connection: Connection, mailbox: Mailbox) -> None:
    while True:
        try:
            mailbox.put(connection.recv())
        except (EOFError, OSError):
            return


def _take(mailbox: Mailbox, until: type[Event]) -> None:
    """As the window's timer does it, until an event of that kind."""
    while True:
        for event in mailbox.drain():
            match event:
                case Failed():
                    raise RuntimeError(f"{event.message} {event.hint} {event.trace}")
                case _ if isinstance(event, until):
                    return
        time.sleep(TICK_S)
