"""The map of 55,000 features: PCA to the screen, UMAP beside umap-learn itself, frames and hover, and the window's loop meanwhile.

With DATA the features are what the shipped DINO projects those images to, 128 numbers each; without, ten heaps of as many numbers.
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
from figure import Figure, median, ratio

HERE = Path(__file__).resolve().parent
COUNT, QUICK_COUNT = 55_000, 8_000
WINDOW_IMAGES, QUICK_IMAGES = 5_000, 1_000
FRAME_MS = 1_000 / 30
P99_MS, MAX_MS, MEMORY_MB = 25.0, 60.0, 200.0


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Everything about the map; `data` is a folder or zip of images."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "features.npz"
        made = _child("map_tasks.py", "features", file, COUNT, *_given(data))
        few = file
        if quick:
            few = folder / "few.npz"
            _child("map_tasks.py", "features", few, QUICK_COUNT)
        return [
            *_drawn(file, 3 if quick else 9, made["points"]),
            _umap(few, 1 if quick else 3),
            *_loop(folder, QUICK_IMAGES if quick else WINDOW_IMAGES, data),
        ]


def _given(data: Path | None) -> list[Path]:
    return [] if data is None else [data]


def _drawn(file: Path, rounds: int, count: int) -> list[Figure]:
    """The widget with all points: from the features of another process to its pixels, and frames."""
    found = _child("map_probe.py", "widget", file, rounds)
    frames = [
        (f"{what}, a frame of {count:,} points", found[key], FRAME_MS)
        for what, key in (("panning", "pan_ms"), ("zooming", "zoom_ms"), ("recolouring", "recolour_ms"),
                          ("one class alone", "legend_ms"), ("gliding", "glide_ms"))
    ]  # fmt: skip
    return [
        median(f"PCA of {count:,} x 128 on screen", found["screen_s"], "s", target=1.0, better="lower",
               note="from asking the process that has the features: laid out, scored, sent, painted"),
        *(median(name, times, "ms", target=target, better="lower") for name, times, target in frames),
        median("what is under the pointer", found["hover_ms"], "ms", target=5.0, better="lower",
               note=f"the first one, which builds the index, {found['hover_ms'][0]:.0f} ms"),
        Figure("memory of the map", found["memory_mb"], "MB", MEMORY_MB, "lower", note="the process with the widget, above its start"),
    ]  # fmt: skip


def _umap(file: Path, rounds: int) -> Figure:
    found = _child("map_tasks.py", "umap", file, rounds)
    ours, theirs = (found["kept"][name] for name in ("ours", "theirs"))
    note = f"{found['points']:,} points, compiled before; trustworthiness {ours:.3f} and {theirs:.3f}"
    return ratio(
        "UMAP / umap-learn called directly", found["ours"], found["theirs"], target=1.1, better="lower", note=note
    )


def _loop(folder: Path, images: int, data: Path | None) -> list[Figure]:
    """The window's event loop while its worker lays out, the first UMAP with its compiling included."""
    found = _child("map_probe.py", "window", folder, images, *_given(data))
    figures = []
    for what, measured in found["beats"].items():
        late = np.maximum(measured["late_ms"], 0.0)
        own = f"the window's own work between two beats: at most {max(measured['busy_ms']):.0f} ms"
        took = (
            f"{images:,} images, drawn after {found['seconds'][what]:.1f} s; {own}" if what in found["seconds"] else own
        )
        figures += [
            Figure(f"event loop late, {what}, 99th percentile", float(np.percentile(late, 99)), "ms", P99_MS, "lower", note=took),
            Figure(f"event loop late, {what}, longest", float(late.max()), "ms", MAX_MS, "lower"),
        ]  # fmt: skip
    return [
        *figures,
        Figure("memory of the window's process", found["memory_mb"], "MB", MEMORY_MB, "lower", note="above its start"),
    ]


def _child(program: str, *words: object) -> dict[str, Any]:
    """One task in a process of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(HERE.parent.parent)}
    command = [sys.executable, str(HERE / program), *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1_800)
    if done.returncode:
        raise RuntimeError(f"{program} {words[0]} ended with code {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
