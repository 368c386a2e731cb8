"""The first minute: from `sslviz` to a trained model's attention on screen, on settings that nobody has used yet.

Each start is a process of its own, drawn offscreen by the processor, from a warm disk, its modules compiled before.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figure import Figure, median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET_S = 6.0


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures; `data` is not needed."""
    del data
    start()  # warms the disk, and compiles the program's modules where nobody has
    found = [start() for _ in range(2 if quick else 5)]
    middle = {name: statistics.median(f[name] for f in found) for name in found[0]}
    stages = ", ".join(f"{name} {middle[name]:.1f} s" for name in ("painted", "views", "worker"))
    window = f"window {middle['painted_cpu']:.1f} s to its first paint, {middle['window_cpu']:.1f} s in all"
    return [
        median("from `sslviz` to maps on screen, first start", [f["maps"] for f in found], "s", target=TARGET_S, better="lower",
               note=f"{stages}; processor time until then: {window}, worker {middle['worker_cpu']:.1f} s"),
    ]  # fmt: skip


def start() -> dict[str, float]:
    """One first start."""
    with tempfile.TemporaryDirectory() as folder:
        return probe(folder)


def probe(folder: str, timeout: float = 300) -> dict[str, Any]:
    """In a process of its own, with settings, runs and a list of models of its own."""
    own = {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "SSLVIZ_CONFIG": f"{folder}/config",
        "SSLVIZ_RUNS": f"{folder}/runs",
    }
    unset = {"PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS"}  # as a user's shell is
    environment = {name: value for name, value in os.environ.items() if name not in unset} | own
    command = [sys.executable, str(HERE / "first_probe.py"), str(time.monotonic()), folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"first_probe ended with code {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if "maps" not in found:
        raise RuntimeError(f"No maps came on screen: {found}")
    return found
