"""The timeline of a model that ships: how long a step takes until attention, map and curves have followed, and how the window fares
while it plays and while it is recorded. Drawn offscreen, by the processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from figure import Figure, median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RUN = ROOT / "models" / "dino-shapes"
STEP_MS, P99_MS, MAX_MS = 100.0, 25.0, 60.0


def probe(rounds: int) -> dict[str, Any]:
    """One drive of a window of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(HERE / "timeline_probe.py"), str(RUN), folder, str(rounds)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise RuntimeError(f"timeline_probe ended with code {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures of the timeline; `data` is not needed."""
    del data
    found = probe(1 if quick else 4)
    note = "Attention, Embeddings (2,000 points) and Train in sight; from the handle's move until the last of them is painted"
    return [
        median("a step of the timeline, dino-shapes", found["steps_ms"], "ms", target=STEP_MS, better="lower", note=note),
        median("the same, each snapshot for the first time", found["first_ms"], "ms", target=STEP_MS, better="lower",
               note="its neighbour was opened ahead meanwhile"),
        *_late("while it plays", found["playing"]),
        *_late("while an animation is recorded", found["recording"]),
    ]  # fmt: skip


def _late(when: str, beats: dict[str, list[float]]) -> list[Figure]:
    late = np.maximum(np.array(beats["late_ms"]), 0.0)
    note = f"{len(late):,} beats; the window's own work between two of them: at most {max(beats['busy_ms']):.0f} ms"
    return [
        Figure(f"event loop late {when}, 99th percentile", float(np.percentile(late, 99)), "ms", P99_MS, "lower", note=note),
        Figure(f"event loop late {when}, longest", float(late.max()), "ms", MAX_MS, "lower"),
    ]  # fmt: skip
