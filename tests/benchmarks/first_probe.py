"""What bench_first measures, in a process of its own: `python first_probe.py SINCE FOLDER`, the program as `sslviz` starts it.

Prints one line of JSON: seconds from SINCE (the parent's monotonic clock when it started this process) to the first paint, to the
views, to the worker, and to the maps on screen; processor seconds of the window until its first paint and until the maps, and of its
worker until then.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import psutil
from PySide6.QtCore import QEvent, QObject, QSettings, QTimer

LOOK_EVERY_MS = 5
GIVE_UP_S = 120


class Watch(QObject):
    """Looks for the maps, then for the paint that shows them."""

    def __init__(self, window: Any, since: float) -> None:
        super().__init__(window)
        self._window, self._since = window, since
        self.found: dict[str, float] = {}
        window.painted.connect(self._first_paint)
        window.complete.connect(lambda: self._note("views"))
        window.bridge.ready.connect(lambda _ready: self._note("worker"))
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _note(self, what: str) -> None:
        self.found.setdefault(what, time.monotonic() - self._since)

    def _first_paint(self) -> None:
        self._note("painted")
        self.found["painted_cpu"] = sum(psutil.Process().cpu_times()[:2])

    def _look(self) -> None:
        panel = self._window.views.panels.get("attention")
        if panel is not None and panel.isVisible() and "a" in panel.display.answers:
            self._timer.stop()
            mosaic = panel.display.stages["a"].mosaic
            mosaic.installEventFilter(self)
            mosaic.update()
        elif time.monotonic() - self._since > GIVE_UP_S:
            self._timer.stop()
            self._window.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and "maps" not in self.found:
            QTimer.singleShot(0, self._painted)
        return super().eventFilter(watched, event)

    def _painted(self) -> None:
        if "maps" in self.found:
            return
        self._note("maps")
        own = psutil.Process()
        self.found["window_cpu"] = sum(own.cpu_times()[:2])
        self.found["worker_cpu"] = sum(sum(child.cpu_times()[:2]) for child in own.children(recursive=True))
        self._window.close()


def main() -> None:
    since, folder = float(sys.argv[1]), sys.argv[2]
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    from app.__main__ import main as program
    from app.shell import application

    make, watches = application.make_window, []

    def make_window(*arguments: Any, **more: Any) -> Any:
        window = make(*arguments, **more)
        watches.append(Watch(window, since))
        return window

    application.make_window = make_window
    program([])
    print(json.dumps(watches[0].found))


if __name__ == "__main__":
    main()
