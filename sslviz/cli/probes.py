"""Trying the heavy parts in processes of their own: a library that fails to load, or ends its process, is an answer."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Listener
from typing import Any

from sslviz.spec.events import Failed, WorkerReady
from sslviz.spec.requests import Shutdown
from sslviz.spec.wire import Address, worker_command, worker_environment

TIMEOUT_S = 120.0  # the first import of torch ever, from a slow disk

TORCH = """
import json, os, torch, torchvision
from sslviz.nn.devices import intra_op_threads
cuda = [torch.cuda.get_device_properties(k) for k in range(torch.cuda.device_count())]
print(json.dumps({
    "torch": torch.__version__, "torchvision": torchvision.__version__, "threads": intra_op_threads(0),
    "built_for_cuda": torch.version.cuda or "", "mps": torch.backends.mps.is_available(),
    "cuda": [{"name": c.name, "memory": c.total_memory} for c in cuda],
}))
"""
QT = """
import json, PySide6
from PySide6.QtCore import qVersion
from PySide6 import QtOpenGLWidgets, QtSvg, QtWidgets
import pyqtgraph
app = QtWidgets.QApplication([])
sizes = [[s.size().width(), s.size().height(), s.devicePixelRatio()] for s in app.screens()]
print(json.dumps({"qt": qVersion(), "platform": app.platformName(), "screens": sizes}))
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe found, or why it could not."""

    found: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def probe_torch() -> Probe:
    """torch's and torchvision's versions, devices, and the threads that a run would use."""
    return _run(TORCH, {})


def probe_qt() -> Probe:
    """Qt's version, and the platform and screens that a window would get; offscreen where there is no display."""
    linux = sys.platform.startswith("linux")
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return _run(QT, {"QT_QPA_PLATFORM": "offscreen"} if linux and not shown else {})


def _run(code: str, environment: Mapping[str, str]) -> Probe:
    command = [sys.executable, "-c", code]
    everything = {**os.environ, **environment}
    try:
        done = subprocess.run(command, env=everything, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603  our own code
    except subprocess.TimeoutExpired:
        return Probe(problem=f"no answer within {TIMEOUT_S:.0f} s")
    if done.returncode:
        return Probe(problem=_last_line(done.stderr) or f"the process ended with code {done.returncode}")
    return Probe(found=json.loads(done.stdout.splitlines()[-1]))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def probe_worker() -> Probe:
    """Whether the worker process of the window starts: the seconds until it was ready, and its devices."""
    key = secrets.token_bytes(32)
    began = time.monotonic()
    with Listener(authkey=key) as listener:
        worker = subprocess.Popen(  # noqa: S603  our own module
            worker_command(listener.address),
            env=worker_environment(key),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        watch = threading.Thread(target=_free_listener, args=(worker, listener.address, key), daemon=True)
        watch.start()
        try:
            with listener.accept() as connection:
                event = connection.recv() if connection.poll(TIMEOUT_S) else None
                connection.send(Shutdown())
        except (OSError, EOFError):
            event = None
        seconds = time.monotonic() - began
        stderr = _end(worker)
    watch.join()  # after the listener is closed: closing it ends a connection that came too late
    if isinstance(event, WorkerReady):
        return Probe({"seconds": seconds, "devices": list(event.devices)})
    said = str(event.message) if isinstance(event, Failed) else ""
    return Probe(problem=said or _last_line(stderr) or "it ended without a word")


def _free_listener(worker: subprocess.Popen[bytes], address: Address, key: bytes) -> None:
    """A worker that ends, or never says anything, must not leave the listener waiting for it."""
    try:
        worker.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        worker.kill()
    try:
        Client(address, authkey=key).close()
    except (OSError, EOFError):
        return  # nobody waits any more


def _end(worker: subprocess.Popen[bytes]) -> str:
    try:
        _, stderr = worker.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        worker.kill()
        _, stderr = worker.communicate()
    return (stderr or b"").decode(errors="replace")
