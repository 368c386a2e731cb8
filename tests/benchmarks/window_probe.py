"""What bench_window measures, each in a process of its own: `python window_probe.py bare | first | train | soak SINCE FOLDER SECONDS`.

Prints one line of JSON. Started with `since`, the parent's monotonic clock when it started the process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget

INTERVAL_MS = 5
WARM_UP_S = 3.0
SAMPLE_MS = 5_000
TURN_MS = 4_000  # the Train view's pages take turns


def bare(since: float) -> dict[str, float]:
    """A window with one empty plot and nothing else: what PySide6 and pyqtgraph cost by themselves."""
    import pyqtgraph as pg

    class Bare(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
        painted = False

        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            if not self.painted:
                self.painted = True
                QTimer.singleShot(0, application.quit)

    application = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(Bare())
    window.resize(1440, 900)
    window.show()
    application.exec()
    return {"seconds": time.monotonic() - since}


def first(since: float) -> dict[str, float]:
    """The program's window up to its first paint; the worker, which starts then, is not waited for."""
    from app.shell.application import make_application, make_window

    application = make_application()
    window = make_window(application)
    seen: list[float] = []
    window.painted.connect(lambda: (seen.append(time.monotonic()), QTimer.singleShot(0, window.close)))
    window.show()
    application.exec()
    return {"seconds": seen[0] - since}


def train(folder: Path, seconds: float, settings: dict[str, Any], *, beats: bool = True) -> dict[str, Any]:
    """A real run in the window with its views open; lateness of a 5 ms timer (its beats fill memory by themselves: a long
    run goes without), memory over time, and the run's folder."""
    from app.shell.application import make_application, make_window

    os.environ["SSLVIZ_RUNS"] = str(folder / "runs")
    application = make_application()
    window = make_window(application)
    window.show()
    window.resize(1600, 950)
    late: list[float] = []
    busy: list[float] = []
    last, worked = 0.0, 0.0

    def beat() -> None:
        nonlocal last, worked
        now, own = time.perf_counter(), time.thread_time()
        if last:
            late.append(1_000 * (now - last) - INTERVAL_MS)
            busy.append(1_000 * (own - worked))
        last, worked = now, own

    pulse = QTimer(interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
    pulse.timeout.connect(beat)
    turn = QTimer(interval=TURN_MS)

    def turn_page() -> None:
        pages = window.views.panels["train"].findChildren(QTabWidget)[0]
        pages.setCurrentIndex((pages.currentIndex() + 1) % pages.count())

    turn.timeout.connect(turn_page)

    def begin() -> None:
        for name, value in settings.items():
            window.draft.set(name, value)
        window.current.start()

    def measure() -> None:
        if beats:
            pulse.start()
        turn.start()
        sampler.start()
        QTimer.singleShot(int(1_000 * seconds), finish)

    memory: list[tuple[int, int]] = []  # window, worker

    def sample() -> None:
        own = psutil.Process()
        memory.append((own.memory_info().rss, sum(child.memory_info().rss for child in own.children(recursive=True))))

    sampler = QTimer(interval=SAMPLE_MS)
    sampler.timeout.connect(sample)

    def finish() -> None:
        pulse.stop()
        turn.stop()
        sampler.stop()
        sample()
        if window.current.is_live and seconds > 0:
            window.current.control("stop")
        else:
            window.close()

    def watch(_touched: object) -> None:
        picture = window.current.picture
        if picture and picture.progress and picture.progress.step > 0 and not started:
            started.append(True)
            QTimer.singleShot(int(1_000 * WARM_UP_S), measure)

    started: list[bool] = []
    window.bridge.ready.connect(lambda _ready: begin())
    window.bridge.changed.connect(watch)
    window.bridge.finished.connect(lambda _finished: window.close())
    application.exec()
    notices = [notice.message for notice in window.banner.notices]
    return {"late_ms": late, "busy_ms": busy, "memory": memory, "folder": window.current.folder, "notices": notices}


def main() -> None:
    what, since, folder, *rest = sys.argv[1:]
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    match what:
        case "bare":
            found: dict[str, Any] = bare(float(since))
        case "first":
            found = first(float(since))
        case _:
            found = train(Path(folder), float(rest[0]), json.loads(rest[1]), beats=what == "train")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
