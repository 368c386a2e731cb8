"""The window: first paint beside a bare one, how late its event loop runs while a run trains, memory, and what it costs the run.

Drawn offscreen, by the processor, as on a laptop without a graphics card. All views are open: the pages of the Train view take
turns, with their redrawing at each turn counted in.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from figure import Figure, ratio

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
P99_MS, MAX_MS, MEMORY_MB = 25.0, 60.0, 250.0
BINS_MS = (0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 200, 1_000)
BATCH = 128
SETTINGS = {"data.preset": "lesson", "data.count": 4_000, "batch_size": BATCH, "precision": "fp32"}
ALL_PLOTS = {**SETTINGS, "steps": 1_000_000}


def probe(what: str, folder: Path, *arguments: str, timeout: float = 900) -> dict[str, Any]:
    """One measurement in its own process; `timeout` in seconds."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "window_probe.py"), what, str(time.monotonic()), str(folder), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"window_probe {what} ended with code {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def first_paint(folder: Path, repeats: int) -> Figure:
    """From the start of the process to the first paint, in pairs."""
    for what in ("bare", "first"):
        probe(what, folder)  # both from a warm disk
    ours, theirs = [], []
    for _ in range(repeats):
        theirs.append(probe("bare", folder)["seconds"])
        ours.append(probe("first", folder)["seconds"])
    note = f"{np.median(ours):.2f} s, a bare PySide6 + pyqtgraph window {np.median(theirs):.2f} s"
    return ratio("first paint / bare window", ours, theirs, target=1.5, better="lower", note=note)


def gaps(folder: Path, seconds: float) -> list[Figure]:
    """Lateness of a 5 ms timer while a run trains, and the memory of the window's process after it."""
    found = probe("train", folder, str(seconds), json.dumps(ALL_PLOTS))
    late = np.maximum(np.array(found["late_ms"]), 0.0)
    counts, _ = np.histogram(late, bins=[*BINS_MS, np.inf])
    details = {"bins_ms": BINS_MS, "counts": counts.tolist(), "seconds": seconds, "notices": found["notices"]}
    own = np.percentile(found["busy_ms"], [99, 100])
    note = f"{len(late):,} beats in {seconds:.0f} s; the window's own work between two: 99 % under {own[0]:.1f}, at most {own[1]:.1f} ms"
    return [
        Figure("event loop late, 99th percentile", float(np.percentile(late, 99)), "ms", P99_MS, "lower", note=note, details=details),
        Figure("event loop late, longest", float(late.max()), "ms", MAX_MS, "lower"),
        Figure("memory of the window's process", found["memory"][-1][0] / 1e6, "MB", MEMORY_MB, "lower"),
    ]  # fmt: skip


def speed(run: Path, batch: int = BATCH) -> float:
    """Images a second of a run folder, the first tenth left out."""
    with (run / "metrics.csv").open(newline="", encoding="utf-8") as file:
        rows = [(float(row["step"]), float(row["seconds"])) for row in csv.DictReader(file) if row["seconds"]]
    (first_step, first_second), (last_step, last_second) = rows[len(rows) // 10], rows[-1]
    return batch * (last_step - first_step) / (last_second - first_second)


def in_window(folder: Path, steps: int) -> float:
    """Speed of a run trained to its end in the window, without the beats of `gaps`, which cost time of their own."""
    return speed(Path(probe("soak", folder, "86400", json.dumps({**SETTINGS, "steps": steps}))["folder"]))


def on_command_line(folder: Path, steps: int) -> float:
    """Speed of the same run without a window."""
    out = folder / f"alone-{time.monotonic_ns()}"
    sets = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "app", "train", "simclr", "--data", "shapes", "--steps", str(steps)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "--out", str(out), *sets], env=environment, capture_output=True, check=True)
    return speed(out)


def throughput(folder: Path, steps: int, repeats: int) -> Figure:
    """Training with the window open beside training without, in pairs."""
    with_window, alone = [], []
    for _ in range(repeats):
        alone.append(on_command_line(folder, steps))
        with_window.append(in_window(folder, steps))
    note = f"{np.median(with_window):,.0f} images/s with the window, {np.median(alone):,.0f} from the command line"
    return ratio("training with the window open / command line", with_window, alone, target=0.95, note=note)


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures of the window; `data` is not needed, its pictures are drawn."""
    del data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            first_paint(folder, 3 if quick else 7),
            *gaps(folder, 15.0 if quick else 60.0),
            throughput(folder, 150 if quick else 1_500, 1 if quick else 3),
        ]
