"""What bench_timeline measures, in a process of its own: `python timeline_probe.py RUN FOLDER ROUNDS`. Prints one line of JSON.

A window on a run with Attention, Embeddings and Train in sight beside each other; its handle is moved from snapshot to snapshot.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from beats import Beats
from PySide6.QtCore import QEventLoop, QSettings, SignalInstance

PATIENCE_S = 300.0  # all snapshots are mapped first, on a machine that may be busy
REST_S = 0.35  # between two steps, as somebody who looks
VIEWS = (("embeddings", "right"), ("train", "below"))


class Drive:
    """One window, driven."""

    def __init__(self, run: str) -> None:
        from app.shell.application import make_application, make_window

        self.application = make_application()
        self.window = make_window(self.application)
        complete: list[bool] = []
        self.window.complete.connect(lambda: complete.append(True))
        self.window.show()
        self.window.resize(1600, 950)
        self.wait(lambda: bool(complete) and self.window.bridge.is_ready)
        self.window.current.open(run)
        self.timeline = self.window.timeline
        self.wait(lambda: len(self.timeline.travel.stops) > 1 and self.window.model.description is not None)

    def wait(self, condition: Callable[[], bool]) -> float:
        """Let the window live until something holds; the seconds that took."""
        began = time.perf_counter()
        while not condition():
            self.application.processEvents()
            if time.perf_counter() - began > PATIENCE_S:
                raise TimeoutError("The window did not come so far.")
            time.sleep(0.0005)
        return time.perf_counter() - began

    def rest(self, seconds: float) -> None:
        """Let the window live for a while."""
        until = time.perf_counter() + seconds
        self.wait(lambda: time.perf_counter() >= until)

    def lay_out(self) -> None:
        """All three views in sight; the map by PCA, so that all its snapshots are there soon."""
        views = self.window.views
        for name, side in VIEWS:
            views.show_panel(name)
            views.dock_front(side)
        views.show_panel("attention")
        self.window.views.panels["embeddings"].state.values["method"] = "PCA"
        self.rest(1.0)
        self.timeline.bar.go(0)
        self.settle()

    def settle(self) -> None:
        """Until nothing has been on its way for half a second."""
        quiet = time.perf_counter()

        def still() -> bool:
            nonlocal quiet
            if not self.timeline.is_settled:
                quiet = time.perf_counter()
            return time.perf_counter() - quiet > 0.5

        self.wait(still)

    def seen(self, step: int) -> bool:
        """Whether attention, map and curves are those of a snapshot."""
        panels = self.window.views.panels
        attention = panels["attention"].display.answers.get("a")
        is_map = panels["embeddings"].travel.step == step
        plot = panels["train"].overview.loss.plot
        return (
            attention is not None and attention[0].model.snapshot == step and is_map
            and bool(np.isfinite(plot._rest)) and not self.timeline.travel.is_arriving
        )  # fmt: skip

    def step_to(self, index: int) -> float:
        """Milliseconds from the handle's move until all of it is painted."""
        step = self.timeline.travel.stops[index].step
        began = time.perf_counter()
        self.timeline.bar.go(index)
        self.wait(lambda: self.seen(step))
        self.application.processEvents()
        return 1_000 * (time.perf_counter() - began)


def measure(drive: Drive, rounds: int) -> dict[str, object]:
    """Steps there and back, the first of each snapshot by themselves; then how late a timer of 5 ms is while it plays and is recorded."""
    snapshots = [k for k, stop in enumerate(drive.timeline.travel.stops) if not stop.now]
    way = [*snapshots[1:], *reversed(snapshots[:-1])]
    steps: list[list[float]] = []
    for _ in range(rounds + 1):
        steps.append([])
        for index in way:
            steps[-1].append(drive.step_to(index))
            drive.rest(REST_S)
    return {
        "first_ms": steps[0][: len(snapshots) - 1],
        "steps_ms": [ms for each in steps[1:] for ms in each],
        **play(drive),
    }


def play(drive: Drive) -> dict[str, object]:
    """Beats while the timeline plays twice from end to end, and while an animation of it is recorded and written."""
    bar = drive.timeline.bar
    bar.set_speed(4)

    def plays() -> None:
        for _ in range(2):
            bar.go(0)
            bar.play(True)
            until(bar.buttons["play"].toggled)

    def records() -> None:
        recording = drive.timeline.recording
        with tempfile.TemporaryDirectory() as folder:
            recording.start(str(Path(folder) / "run.gif"))
            until(recording.ended)

    return {"playing": beats_of(plays), "recording": beats_of(records)}


def until(signal: SignalInstance) -> None:
    """Let the window live until `signal` comes, in a loop of its own: the application's would close the window when it is left."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    loop.exec()
    signal.disconnect(loop.quit)


def beats_of(work: Callable[[], None]) -> dict[str, list[float]]:
    """How late each beat came, and how long the window's own thread worked between two, in ms, while `work` let it live."""
    beats = Beats()
    beats.start()
    work()
    return beats.stop()


def main() -> None:
    run, folder, rounds = sys.argv[1:]
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    for name in ("RUNS", "CONFIG"):
        os.environ[f"SSLVIZ_{name}"] = str(Path(folder) / name.lower())
    drive = Drive(run)
    drive.lay_out()
    found = measure(drive, int(rounds))
    drive.window.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
