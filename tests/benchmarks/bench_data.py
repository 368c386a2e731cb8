"""Data: painting the procedural set, and a zip of real images the first and the second time."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from figure import Figure, median

from sslviz.data import clear_cache, load_data
from sslviz.data.shapes.dataset import generate
from sslviz.data.shapes.dials import Dials
from sslviz.spec.config import DataConfig

FULL = 20_000  # images of the default set
BATCH = 128


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Figures of this room; the zip's only where one was named."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SSLVIZ_CACHE"] = folder
        figures = [_painting(size, quick) for size in (32, 64)] + _starts("shapes", quick)
        if data is not None:
            figures += _starts(str(data), quick, first_target=60.0, second_target=1.0)
        clear_cache()
    return figures


def _painting(size: int, quick: bool) -> Figure:
    """CPU seconds of one core for the default set, from a part of it."""
    count, dials = (1280, Dials()) if quick else (5120, Dials())
    generate(dials, size, 0, np.arange(BATCH))  # the noise table
    samples = []
    for _ in range(1 if quick else 5):
        began = time.thread_time()
        for start in range(0, count, BATCH):
            generate(dials, size, 0, np.arange(start, start + BATCH))
        samples.append((time.thread_time() - began) * FULL / count)
    name = f"{FULL:,} procedural images of {size} px, one core"
    return median(
        name,
        samples,
        "s",
        target=10.0 if size == 64 else None,
        better="lower",
        note=f"{FULL / np.median(samples):,.0f} images/s",
    )


def _starts(
    source: str, quick: bool, first_target: float | None = None, second_target: float | None = None
) -> list[Figure]:
    """Wall seconds until the images are ready, with an empty cache and with a full one."""
    first, second = [], []
    for _ in range(1 if quick else 3):
        clear_cache()
        first.append(_seconds(source))
        second.append(_seconds(source))
    name = Path(source).name
    return [
        median(f"{name}, first time", first, "s", target=first_target, better="lower"),
        median(f"{name}, second time", second, "s", target=second_target, better="lower"),
    ]


def _seconds(source: str) -> float:
    began = time.perf_counter()
    load_data(DataConfig(source=source))
    return time.perf_counter() - began
