"""What every test gets: offscreen Qt, one torch thread, folders of its own, golden values, and a check for leaks."""

from __future__ import annotations

import functools
import gc
import os
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

# Before anything loads torch or Qt: two spinning OpenMP threads on a busy machine cost a factor of ten.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["SSLVIZ_WARM_AFTER"] = "0"  # a worker that a test leaves idle starts nothing of its own

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import getCppPointer, isValid

GRACE_S = 5.0
"""How long a thread or process that was told to end may take."""

ALLOWED_THREADS: dict[str, Callable[[threading.Thread], bool]] = {
    "tqdm's monitor": lambda thread: type(thread).__module__.startswith("tqdm"),
    "pytest-timeout's watch": lambda thread: thread.name.startswith("pytest_timeout"),
    "a thread that Qt started (its QThread is checked instead)": lambda thread: isinstance(
        thread, threading._DummyThread
    ),
}
ALLOWED_PROCESSES = {
    "multiprocessing's resource tracker": "resource_tracker",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden DIR`: where the published and recorded values lie."""
    default = Path(__file__).parent / "golden"
    parser.addoption("--golden", type=Path, default=default, help="folder of golden values (default: tests/golden)")


@pytest.fixture(scope="session")
def golden(pytestconfig: pytest.Config) -> Path:
    """The folder of golden values."""
    return Path(pytestconfig.getoption("golden")).resolve()


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Cache, data, runs and memory of this session: nothing of the user's is read or written."""
    home = tmp_path_factory.mktemp("sslviz")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("cache", "config", "data", "runs"):
            patch.setenv(f"SSLVIZ_{name.upper()}", str(home / name))
        yield home


@pytest.fixture(scope="session")
def warm_umap(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """UMAP, compiled: for every test that lays points out with it, here or in a process of its own.

    The compiled code is kept with what pytest keeps between sessions: the first one compiles for half a minute, the others do not.
    """
    import numpy as np

    cache = getattr(pytestconfig, "cache", None)
    folder = cache.mkdir("compiled") if cache else tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_CACHE_DIR", str(folder))
        from sslviz.inspect.layouts import lay_out
        from sslviz.inspect.layouts.compiled import import_umap
        from sslviz.spec.mapping import LayoutPlan

        import_umap()
        lay_out(np.random.default_rng(0).normal(size=(64, 8)), LayoutPlan("umap", epochs=11))
        yield


# --- leaks -----------------------------------------------------------------------------------------------------------

_started: dict[type, weakref.WeakSet[Any]] = {QTimer: weakref.WeakSet(), QThread: weakref.WeakSet()}


def _remember_starts(kind: Any, held: weakref.WeakSet[Any]) -> None:
    original = kind.start

    @functools.wraps(original)
    def start(self: Any, *args: Any) -> None:
        held.add(self)
        original(self, *args)

    kind.start = start


for _kind, _held in _started.items():
    _remember_starts(_kind, _held)


@dataclass(frozen=True)
class Alive:
    """What is alive at a moment: Qt's objects by address, as a reference would keep them alive, with what to call them."""

    qt: dict[int, str]
    threads: frozenset[threading.Thread]
    processes: frozenset[psutil.Process]

    def __sub__(self, before: Alive) -> Alive:
        fresh = {address: said for address, said in self.qt.items() if address not in before.qt}
        return Alive(fresh, self.threads - before.threads, self.processes - before.processes)

    def __bool__(self) -> bool:
        return bool(self.qt or self.threads or self.processes)

    def __str__(self) -> str:
        threads = (f"thread {t.name!r} ({type(t).__name__})" for t in self.threads)
        processes = (f"process {p.pid}: {_command(p)}" for p in self.processes)
        return "\n".join(f"  {line}" for line in sorted([*self.qt.values(), *threads, *processes]))


def alive() -> Alive:
    """Widgets, timers, threads and processes of this process that nothing on the allow-lists explains."""
    threads = (t for t in threading.enumerate() if not any(known(t) for known in ALLOWED_THREADS.values()))
    processes = (p for p in psutil.Process().children(recursive=True) if _counts(p))
    return Alive(_qt_alive(), frozenset(threads), frozenset(processes))


def _qt_alive() -> dict[int, str]:
    found: dict[int, str] = {}
    for widget in QApplication.topLevelWidgets() if isinstance(QCoreApplication.instance(), QApplication) else []:
        name = widget.windowTitle() or widget.objectName()
        found[getCppPointer(widget)[0]] = f"widget {type(widget).__name__} {name!r}"
    for timer in _started[QTimer]:
        if isValid(timer) and timer.isActive():
            found[getCppPointer(timer)[0]] = f"timer {timer.objectName()!r} every {timer.interval()} ms"
    for thread in _started[QThread]:
        if isValid(thread) and thread.isRunning():
            found[getCppPointer(thread)[0]] = f"QThread {thread.objectName()!r} ({type(thread).__name__})"
    return found


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _counts(process: psutil.Process) -> bool:
    try:
        ended = process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return not ended and not any(known in _command(process) for known in ALLOWED_PROCESSES.values())


def _let_go(left: Alive) -> None:
    """Give what was told to end the time to do so: reference cycles, deferred deletes, threads, processes."""
    gc.collect()
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
    for thread in left.threads:
        thread.join(GRACE_S)
    for qthread in _started[QThread]:
        if isValid(qthread) and getCppPointer(qthread)[0] in left.qt:
            qthread.wait(int(1000 * GRACE_S))
    psutil.wait_procs(left.processes, timeout=GRACE_S)


_call = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the report of the test itself: a failed one holds its frames, and all in them, alive."""
    report = yield
    if report.when == "call":
        item.stash[_call] = report
    return report


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test if a top-level widget, a timer, a thread or a child process outlives it."""
    before = alive()
    yield
    left = alive() - before
    if left:
        _let_go(left)
        left = alive() - before
    report = request.node.stash.get(_call, None)
    if left and report is not None and report.passed:
        pytest.fail(f"This test left something alive:\n{left}", pytrace=False)
