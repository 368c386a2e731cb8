"""What each live metric costs at 512 held-out images of 128 dimensions, and a kNN against 5,000: one thread, milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from figure import Figure, median

from sslviz.metrics import (
    alignment,
    circle_and_sphere,
    feature_std,
    knn_accuracy,
    rank_accuracy,
    rankme,
    singular_values,
    uniformity,
)

IMAGES, DIMENSIONS, BANK, CLASSES = 512, 128, 5_000, 10
REPEATS = 30


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Medians over repeated calls, taken in turn so that a busy moment hits all. The features are random: their values cost nothing."""
    torch.set_num_threads(1)
    samples: dict[str, list[float]] = {name: [] for name in measures()}
    for _ in range(5 if quick else REPEATS):
        for name, measure in measures().items():
            samples[name].append(milliseconds(measure))
    return [median(name, times[1:], "ms", better="lower") for name, times in samples.items()]


def measures() -> dict[str, Callable[[], object]]:
    """Every live metric by name, on the same random features of two views."""
    generator = torch.Generator().manual_seed(0)
    z0, z1 = torch.randn(2, IMAGES, DIMENSIONS, generator=generator)
    bank = torch.randn(BANK, DIMENSIONS, generator=generator)
    bank_labels = torch.randint(CLASSES, (BANK,), generator=generator)
    labels = bank_labels[:IMAGES]
    return {
        "alignment": lambda: alignment(z0, z1).item(),
        "uniformity": lambda: uniformity(z0).item(),
        "std": lambda: feature_std(z0).item(),
        "singular values": lambda: singular_values(z0),
        "RankMe": lambda: rankme(z0).item(),
        "contrastive ranking": lambda: rank_accuracy(z0, z1),
        f"kNN against {BANK:,}": lambda: knn_accuracy(bank, bank_labels, z0, labels),
        "circle and sphere": lambda: circle_and_sphere(z0),
    }


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
