"""Whether anything grows: the memory of window and worker over a half-hour run with every page of the Train view taking turns."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
from bench_window import ALL_PLOTS, probe
from figure import Figure

MINUTES, QUICK_MINUTES = 30.0, 2.0
SETTLED = 1 / 6
"""The first share of the run is left out: pages are built when they are first turned to, caches fill."""
GROWTH_MB = 20.0


def growth(samples: np.ndarray) -> tuple[float, float]:
    """Growth in MB over the settled part by a straight line through it, and the median there in MB. samples (n,) bytes."""
    settled = samples[int(SETTLED * len(samples)) :] / 1e6
    slope = np.polyfit(np.arange(len(settled)), settled, 1)[0] if len(settled) > 1 else 0.0
    return float(slope * len(settled)), float(np.median(settled))


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Growth of both processes; `data` is not needed."""
    del data
    minutes = QUICK_MINUTES if quick else MINUTES
    with tempfile.TemporaryDirectory() as folder:
        found = probe("soak", Path(folder), str(60 * minutes), json.dumps(ALL_PLOTS), timeout=60 * minutes + 600)
    memory = np.array(found["memory"], float)  # (n, 2)
    figures = []
    for column, who in enumerate(("window", "worker")):
        grown, level = growth(memory[:, column])
        note = f"about {level:,.0f} MB, {len(memory)} samples in {minutes:.0f} minutes, the first sixth left out"
        details = {"megabytes": (memory[:, column] / 1e6).round(1).tolist()}
        figures.append(
            Figure(f"growth of the {who}'s memory", grown, "MB", GROWTH_MB, "lower", note=note, details=details)
        )
    return figures
