"""PointGlide: the same points on their way from one layout to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.widgets.plane_view import Bounds, bounds_of

FRAME_MS = 16


class PointGlide(QObject):
    """`moved` comes every frame: read `points` and `bounds` then. `arrived` comes once, at the end."""

    moved = Signal()
    arrived = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.points: NDArray[np.float32] = np.empty((0, 2), np.float32)
        self.bounds: Bounds = bounds_of(self.points)
        self._from = self._to = self.points
        self._ends = (self.bounds, self.bounds)
        self._ms = 0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_on(self) -> bool:
        """Whether points are on their way."""
        return self._timer.isActive()

    def start(self, begin: NDArray[np.float32], bounds: Bounds, target: NDArray[Any], ms: int) -> None:
        """From (n, 2) within `bounds` to (n, 2), slow at both ends; at once in 0 ms."""
        self._from, self._to, self._ms = begin, np.asarray(target, np.float32), ms
        self._ends = (bounds, bounds_of(self._to))
        self._clock.start()
        if ms > 0:
            self._timer.start()
        else:
            self.finish()

    def stop(self) -> None:
        """Stay where they are."""
        self._timer.stop()

    def finish(self) -> None:
        """Be there."""
        self._timer.stop()
        self.points, self.bounds = self._to, self._ends[1]
        self.arrived.emit()

    def _go_on(self) -> None:
        share = self._clock.elapsed() / self._ms
        if share >= 1:
            self.finish()
            return
        eased = share * share * (3 - 2 * share)
        self.points = self._from + np.float32(eased) * (self._to - self._from)
        left, bottom, right, top = (a + eased * (b - a) for a, b in zip(*self._ends, strict=True))
        self.bounds = (left, bottom, right, top)
        self.moved.emit()
