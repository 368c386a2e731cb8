"""What bench_looking measures, each in a process of its own: `python looking_probe.py open FOLDER FILE | follow FOLDER VIEW STEPS`.

Prints one line of JSON. Everything goes through the real window and its worker.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt, QTimer

from app.panels.base import PANELS
from sslviz.spec.events import Answered
from sslviz.spec.inspection import Attended

INTERVAL_MS = 5
SETTLE_MS = 1_500
QUERIES = (17, 40, 80, 100, 120, 150, 170)
"""Patches that are asked from, one after the other."""
FOLLOWED = {"data.count": 2_000, "data.preset": "plain", "backbone": "vit_d64", "batch_size": 32, "precision": "fp32"}


def make(folder: Path) -> tuple[Any, Any]:
    """The application and its window, on settings and runs of its own."""
    from app.shell.application import make_application, make_window

    os.environ["SSLVIZ_RUNS"] = str(folder / "runs")
    os.environ["SSLVIZ_CONFIG"] = str(folder / "config")
    application = make_application()
    window = make_window(application)
    window.show()
    window.resize(1600, 950)
    return application, window


def opened(folder: Path, file: str) -> dict[str, Any]:
    """Seconds from dropping a file until its maps are painted, and from each query until its map is; lateness of a 5 ms timer."""
    late: list[float] = []
    waits: list[float] = []
    at: dict[str, float] = {}
    left = list(QUERIES)

    def beat() -> None:
        now = time.perf_counter()
        if "beat" in at:
            late.append(1_000 * (now - at["beat"]) - INTERVAL_MS)
        at["beat"] = now

    pulse = QTimer(interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
    pulse.timeout.connect(beat)

    def answered(payload: object) -> None:
        mine = isinstance(payload, Attended) and payload.description.source == file
        if mine and payload.arrays.get("maps") is not None and "asked" in at:
            QTimer.singleShot(0, painted)

    watch("attention", answered)
    application, window = make(folder)

    def drop() -> None:
        pulse.start()
        at["asked"] = time.perf_counter()
        window.opening.open(file)

    def painted() -> None:
        waits.append(time.perf_counter() - at.pop("asked"))
        if left:
            QTimer.singleShot(200, ask)
        else:
            pulse.stop()  # closing waits for the worker
            window.close()

    def ask() -> None:
        at["asked"] = time.perf_counter()
        window.views.panels["attention"].look_from(left.pop(0))

    def begin() -> None:
        window.views.show_panel("attention")
        QTimer.singleShot(SETTLE_MS, drop)

    when_ready(window, begin)
    application.exec()
    return {"seconds": waits[0], "query_ms": [1_000 * wait for wait in waits[1:]], "late_ms": late}


def watch(view: str, told: Callable[[object], None]) -> None:
    """Tell what the panels of a view are answered, after they drew that. To be called before there is a window."""
    importlib.import_module(f"app.panels.{view}")
    kind: Any = PANELS[view]
    take = kind.answered

    def answered(panel: Any, event: object) -> None:
        take(panel, event)
        if isinstance(event, Answered):
            told(event.payload)

    kind.answered = answered


def followed(folder: Path, view: str, steps: int) -> dict[str, Any]:
    """A ViT trained in the window with a view in front: its folder, and how often that view was answered."""
    count = [0]

    def tell(payload: object) -> None:
        count[0] += isinstance(payload, Attended)

    watch(view, tell)
    application, window = make(folder)

    def begin() -> None:
        window.draft.choose_method("dino")
        for name, value in {**FOLLOWED, "steps": steps}.items():
            window.draft.set(name, value)
        window.current.start()
        window.views.show_panel(view)

    when_ready(window, begin)
    window.bridge.finished.connect(lambda _finished: window.close())
    application.exec()
    return {"folder": window.current.folder, "answers": count[0]}


def when_ready(window: Any, begin: Callable[[], None]) -> None:
    """Once all views are made and the worker is up."""
    waits = {"views", "worker"}

    def came(what: str) -> None:
        waits.discard(what)
        if not waits:
            waits.add("done")
            QTimer.singleShot(0, begin)

    window.complete.connect(lambda: came("views"))
    window.bridge.ready.connect(lambda _ready: came("worker"))


def main() -> None:
    what, folder, *rest = sys.argv[1:]
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    found = opened(Path(folder), rest[0]) if what == "open" else followed(Path(folder), rest[0], int(rest[1]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
