"""The random numbers of a view: one uniform number a decision, all drawn at once.

Every decision has its own column, so switching an operation off, or moving a slider, changes none of the others: the same
seed shows the same crop with and without colour jitter.
"""

from __future__ import annotations

import torch
from torch import Tensor

TRIES = 10
"""Candidate boxes of a random resized crop, as in torchvision."""

COLUMNS = ("top", "left", "flip", "jitter", "brightness", "contrast", "saturation", "hue", "order", "grayscale", "blur",
           "sigma", "solarise")  # fmt: skip


class Draws:
    """Uniform numbers in [0, 1) for n views of one recipe, by name."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers = numbers  # (2 * TRIES + len(COLUMNS), n)

    @classmethod
    def of(cls, n: int, generator: torch.Generator, device: torch.device) -> Draws:
        """Draw for n views. The generator may live on another device than the images (a CPU generator gives the same
        views on every device)."""
        shape = (2 * TRIES + len(COLUMNS), n)
        return cls(torch.rand(shape, generator=generator, device=generator.device).to(device, non_blocking=True))

    def __getitem__(self, name: str) -> Tensor:
        """(n,) uniform numbers for one decision."""
        return self._numbers[2 * TRIES + COLUMNS.index(name)]

    def between(self, name: str, low: float, high: float) -> Tensor:
        """(n,) uniform in [low, high)."""
        return self[name] * (high - low) + low

    def happens(self, name: str, probability: float) -> Tensor:
        """(n,) bool, true with `probability`."""
        return self[name] < probability

    def candidates(self) -> tuple[Tensor, Tensor]:
        """Two (TRIES, n) blocks: areas and aspect ratios of the candidate crops."""
        return self._numbers[:TRIES], self._numbers[TRIES : 2 * TRIES]
