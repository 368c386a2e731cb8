"""Looking into models in the real window: from a dropped file to maps on screen, a query, stalls while a large file opens, and what
following a run costs it. Through the worker and back, drawn offscreen by the processor.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench_inspect import written
from bench_window import speed
from figure import Figure, median, ratio

HERE = Path(__file__).resolve().parent
BATCH = 32  # as the probe trains


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures; `data` is not needed."""
    del data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_drops(folder, 1 if quick else 5), _stalls(folder, 1 if quick else 3), _following(folder, 40 if quick else 150, 1 if quick else 3)]  # fmt: skip


def _drops(folder: Path, rounds: int) -> list[Figure]:
    small = written(folder, "vit_small_16")
    found = [_probe("open", folder, str(small)) for _ in range(rounds)]
    queries = [value for result in found for value in result["query_ms"]]
    return [
        median("from a dropped file to maps on screen, ViT-S/16 at 224 px", [result["seconds"] for result in found], "s", target=3.0,
               better="lower", note="the first model with these libraries in a worker that has just started"),
        median("from a chosen patch to its maps on screen", queries, "ms", target=50.0, better="lower"),
    ]  # fmt: skip


def _stalls(folder: Path, rounds: int) -> Figure:
    large = written(folder, "vit_base_16")
    late = [np.max(_probe("open", folder, str(large))["late_ms"]) for _ in range(rounds)]
    return median("longest stall while a 330 MB file opens and is looked into", [float(value) for value in late], "ms",
                  target=60.0, better="lower")  # fmt: skip


def _following(folder: Path, steps: int, rounds: int) -> Figure:
    """A run with Attention in front, which follows it, beside the same run with a view in front that asks for nothing."""
    followed, alone, answers = [], [], 0
    for _ in range(rounds):
        alone.append(speed(Path(_probe("follow", folder, "evaluate", str(steps))["folder"]), BATCH))
        found = _probe("follow", folder, "attention", str(steps))
        followed.append(speed(Path(found["folder"]), BATCH))
        answers = found["answers"]
    return ratio("training while its attention is followed / not", followed, alone, target=0.95,
                 note=f"DINO with a ViT, {steps} steps, followed {answers} times")  # fmt: skip


def _probe(*words: str | Path, timeout: float = 900) -> dict[str, Any]:
    """One measurement in its own process."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(HERE.parent.parent)}
    what, folder, *rest = (str(word) for word in words)
    own = tempfile.mkdtemp(dir=folder)
    command = [sys.executable, str(HERE / "looking_probe.py"), what, own, *rest]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"looking_probe {what} ended with code {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
