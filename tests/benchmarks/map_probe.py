"""What bench_map measures with Qt, each in a process of its own: `python map_probe.py widget FILE ROUNDS | window FOLDER IMAGES [DATA]`.

Prints one line of JSON. Drawn offscreen, by the processor.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import map_tasks
import numpy as np
import psutil
from beats import Beats
from looking_probe import make, watch, when_ready
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from sslviz.spec.config import DataConfig
from sslviz.spec.mapping import Mapped

FRAMES = 60
SIZE = (1_280, 800)
GLIDE_MS, PAUSE_MS = 600, 300
TURNS = 8
LAYOUTS = {"PCA": "pca", "UMAP": "umap", "t-SNE": "tsne"}
OPENED = "PCA"
NAMES = [f"class {k}" for k in range(map_tasks.CLASSES)]


def widget(file: Path, rounds: int) -> dict[str, Any]:
    """PCA from features in another process to the screen; then frames of panning, zooming, recolouring, gliding, and hover."""
    from app.widgets.point_map import PointMap

    application = QApplication([])
    shown = PointMap()
    shown.resize(*SIZE)
    shown.show()
    application.processEvents()
    before = psutil.Process().memory_info().rss
    seconds = _screen(shown, file, rounds)
    found = {
        "screen_s": seconds,
        "pan_ms": _frames(shown, lambda k: shown.plane.look(shown.plane.view.moved(9 * (-1) ** (k // 8), 4))),
        "zoom_ms": _frames(shown, lambda k: shown.plane.zoom_by(1.09 if k % 20 < 10 else 1 / 1.09)),
        "recolour_ms": _frames(shown, lambda k: shown.set_colours(np.arange(shown.count) * 0.1 + k, None, "loss")),
        "legend_ms": _frames(shown, lambda k: shown.plane.picture.set_bright(frozenset({k % 64}))),
        "hover_ms": _hover(shown),
        "glide_ms": _glide(shown),
    }
    most = max(psutil.Process().memory_info().rss, before)
    return {**found, "memory_mb": (most - before) / 1e6, "points": shown.count}


def _screen(shown: Any, file: Path, rounds: int) -> list[float]:
    """Seconds from asking a process that has the features until their PCA, scored, is painted."""
    context = multiprocessing.get_context("spawn")
    own, other = context.Pipe()
    child = context.Process(target=map_tasks.serve, args=(other, str(file)), daemon=True)
    child.start()
    own.recv()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        own.send(True)
        points, label, _scores = own.recv()
        shown.set_points(points)
        shown.set_colours(label, NAMES, "label")
        shown.set_groups(label, NAMES)
        shown.repaint()
        seconds.append(time.perf_counter() - began)
    own.send(False)
    child.join()
    return seconds


def _frames(shown: Any, change: Callable[[int], object]) -> list[float]:
    """Milliseconds of each frame: a change, and all that it makes to be painted."""
    shown.plane.fit()
    shown.plane.zoom_by(1.3)
    times = []
    for k in range(FRAMES):
        began = time.perf_counter()
        change(k)
        shown.plane.repaint()
        times.append(1_000 * (time.perf_counter() - began))
    return times


def _hover(shown: Any) -> list[float]:
    """Milliseconds of a move of the pointer until what lies under it is known; the first one builds the index anew."""
    shown.plane.picture.place(shown.plane.picture.points)
    rng, times = np.random.default_rng(0), []
    for x, y in (rng.uniform(0.1, 0.9, (FRAMES, 2)) * (shown.plane.width(), shown.plane.height())).tolist():
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(x, y), shown.plane.mapToGlobal(QPointF(x, y)), Qt.MouseButton.NoButton,
                           Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
        began = time.perf_counter()
        QApplication.sendEvent(shown.plane, move)
        times.append(1_000 * (time.perf_counter() - began))
    return times


def _glide(shown: Any) -> list[float]:
    """Milliseconds of each frame of points on their way, with the names of classes."""
    target = shown.plane.picture.points[:, ::-1].copy()
    start, moving = shown.plane.picture.points, shown.plane.picture
    moving.is_moving = True
    times = _frames(shown, lambda k: moving.place(start + np.float32(k / FRAMES) * (target - start)))
    moving.settle()
    return times


# The whole window ---------------------------------------------------------------------------------------------------


class Tour:
    """The real Embeddings view, opened on PCA; then one layout after the other, and points that glide as when a timeline plays."""

    def __init__(self, images: int, data: Path | None) -> None:
        self.beats: dict[str, dict[str, list[float]]] = {}
        self.seconds: dict[str, float] = {}
        self.memory_mb = 0.0
        self._images, self._data = images, data
        self._beats, self._left = Beats(), [name for name in LAYOUTS if name != OPENED]
        self._asked, self._began, self._before = "", 0.0, 0
        self._turns = 0
        watch("embeddings", self._answered)

    def begin(self, window: Any) -> None:
        """Once everything is there."""
        self._window, self._view = window, window.views.panels["embeddings"]
        self._before = psutil.Process().memory_info().rss
        if self._data is not None:
            self._view.state.picked = DataConfig(source=str(self._data))
            self._view.state.take_value("split", "training")
        self._view.state.take_value("images", self._images)
        self._view.state.take_value(
            "seed", time.time_ns() % 1_000_000
        )  # of no layout that was kept by a run of this before
        self._view.state.take_value("method", OPENED)
        self._asked, self._began = OPENED, time.perf_counter()
        window.views.show_panel("embeddings")

    def _ask(self) -> None:
        if not self._left:
            self._glide()
            return
        self._asked, self._began = self._left.pop(0), time.perf_counter()
        self._beats.start()
        self._view.change("method", self._asked)

    def _answered(self, payload: object) -> None:
        """A map was drawn. PCA stands in for the others until they are there."""
        if not isinstance(payload, Mapped) or self._asked in self.seconds:
            return
        if self._view.drawing.request.layout.method == LAYOUTS.get(self._asked):
            self.seconds[self._asked] = time.perf_counter() - self._began
            QTimer.singleShot(GLIDE_MS, self._drawn)

    def _drawn(self) -> None:
        if self._asked != OPENED:
            self.beats[self._asked] = self._beats.stop()
        QTimer.singleShot(PAUSE_MS, self._ask)

    def _glide(self) -> None:
        shown = self._view.stage.map
        if self._turns == 0:
            self._beats.start()
        self._turns += 1
        if self._turns > TURNS:
            self.beats["gliding"] = self._beats.stop()
            self.memory_mb = (self._beats.most - self._before) / 1e6
            self._window.close()
            return
        shown.move_to(shown.plane.picture.points[:, ::-1].copy(), GLIDE_MS)
        QTimer.singleShot(GLIDE_MS + 50, self._glide)


def window(folder: Path, images: int, data: Path | None) -> dict[str, Any]:
    """Lateness of the window's loop through the first UMAP of a worker, t-SNE and gliding points; seconds until each is drawn."""
    tour = Tour(images, data)
    application, shown = make(folder)
    when_ready(shown, lambda: tour.begin(shown))
    application.exec()
    return {"beats": tour.beats, "seconds": tour.seconds, "memory_mb": tour.memory_mb}


def main() -> None:
    what, where, number, *data = sys.argv[1:]
    if what == "widget":
        found = widget(Path(where), int(number))
    else:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, where)
        found = window(Path(where), int(number), Path(data[0]) if data else None)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
