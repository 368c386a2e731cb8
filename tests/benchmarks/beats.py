"""How the window's event loop fares: the beats of a timer, for the probes."""

from __future__ import annotations

import time

import psutil
from PySide6.QtCore import Qt, QTimer

INTERVAL_MS = 5


class Beats:
    """Lateness of a 5 ms timer, how long this thread itself worked between two of its beats, both in ms; and the process's memory."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.busy: list[float] = []
        self.most = 0
        self._last = self._worked = 0.0
        self._pulse = QTimer(interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._pulse.timeout.connect(self._beat)
        self._process = psutil.Process()

    def start(self) -> None:
        """Begin anew."""
        self.late, self.busy, self._last = [], [], 0.0
        self._pulse.start()

    def stop(self) -> dict[str, list[float]]:
        """What was measured."""
        self._pulse.stop()
        self.most = max(self.most, self._process.memory_info().rss)
        return {"late_ms": self.late, "busy_ms": self.busy}

    def _beat(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        if self._last:
            self.late.append(1_000 * (now - self._last) - INTERVAL_MS)
            self.busy.append(1_000 * (own - self._worked))
        self._last, self._worked = now, own
