"""Exponential moving average of a curve that grows: only the new points are computed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BLOCK = 256


@lru_cache(maxsize=4)
def _powers(weight: float) -> tuple[Floats, Floats]:
    """What each point of a block adds to each later one (_BLOCK, _BLOCK), and what the block before leaves (_BLOCK,)."""
    k = np.arange(_BLOCK, dtype=np.float64)
    base = np.float64(weight)
    inside: Floats = np.power(base, np.maximum(k[:, None] - k, 0)) * (k[:, None] >= k) * (1 - weight)
    fade: Floats = np.power(base, k + 1)
    return inside, fade


class Smoother:
    """Debiased moving average, s_t = Σ w^(t-k) y_k / Σ w^(t-k), of a series to which points are appended.

    `weight` w is in [0, 1); 0 gives the series back. A series that is not the last one prolonged is computed anew.
    """

    def __init__(self, weight: float = 0.0) -> None:
        self.weight = weight
        self._seen: Floats = np.empty(0)
        self._mean: Floats = np.empty(0)
        self._state = 0.0  # Σ w^(t-k) y_k (1 - w) after the last point

    def __call__(self, y: Floats, weight: float) -> Floats:
        """The moving average of `y` (n,) with `weight` -> (n,)."""
        if weight != self.weight or not self._prolongs(y):
            self.weight, self._state = weight, 0.0
            self._seen = self._mean = np.empty(0)
        start = len(self._seen)
        if len(y) > start:
            added = self._extend(y[start:]) / (1 - self.weight ** np.arange(start + 1, len(y) + 1, dtype=float))
            self._mean = np.concatenate([self._mean, added])
            self._seen = y
        return self._mean

    def _prolongs(self, y: Floats) -> bool:
        n = len(self._seen)
        return len(y) >= n and (n == 0 or bool(y[0] == self._seen[0] and y[n - 1] == self._seen[-1]))

    def _extend(self, y: Floats) -> Floats:
        """The biased average of new points: within a block a triangular product, from block to block one number."""
        powers, fade = _powers(self.weight)
        padded = np.concatenate([y, np.zeros(-len(y) % _BLOCK)]).reshape(-1, _BLOCK)
        inside = padded @ powers.T  # (blocks, _BLOCK)
        for block, row in enumerate(inside):
            inside[block] = row + fade * self._state
            self._state = float(inside[block, -1])
        flat: Floats = inside.ravel()[: len(y)]
        self._state = float(flat[-1])
        return flat
