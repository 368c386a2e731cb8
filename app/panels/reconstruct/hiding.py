"""What is hidden of the picture: drawn by a strategy with a seed, or painted by hand. Headless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.inspection import Strategy

Mask = NDArray[np.bool_]
RATIO = 0.75


@dataclass(slots=True)
class Hiding:
    """`painted` (h, w) is what counts with strategy "painted"; `drawn` the strategy that a new mask is drawn by."""

    strategy: Strategy = "random"
    drawn: Strategy = "random"
    ratio: float = RATIO
    seed: int = 0
    painted: Mask | None = None

    @property
    def is_painted(self) -> bool:
        """Whether the mask is the user's own."""
        return self.strategy == "painted" and self.painted is not None

    @property
    def hidden(self) -> tuple[bool, ...]:
        """The painted mask row by row; () with another strategy."""
        return tuple(self.painted.ravel().tolist()) if self.is_painted and self.painted is not None else ()

    def draw(self, strategy: Strategy | None = None) -> None:
        """Let a strategy draw the mask, the last one by default."""
        self.strategy = self.drawn = strategy or self.drawn

    def draw_anew(self) -> None:
        """Another mask of the same kind."""
        self.seed += 1
        self.draw()

    def paint(self, patches: NDArray[Any], now: Mask, *, hides: bool) -> bool:
        """Hide or show patches (k,) of the mask `now` (h, w) that is seen; False where nothing changes or nothing would be left to see."""
        start = self.painted if self.is_painted and self.painted is not None else now
        mask = start.copy()
        mask.ravel()[patches] = hides
        if mask.all() or np.array_equal(mask, start):
            return False
        self.strategy, self.painted = "painted", mask
        return True

    def invert(self, now: Mask) -> bool:
        """Hide what is seen, and show what is hidden; False where that would leave nothing to see."""
        start = self.painted if self.is_painted and self.painted is not None else now
        if not start.any():
            return False
        self.strategy, self.painted = "painted", ~start
        return True

    def show_all(self, grid: tuple[int, int]) -> None:
        """Nothing hidden, to paint on from there."""
        self.strategy, self.painted = "painted", np.zeros(grid, bool)

    def suit(self, grid: tuple[int, int]) -> None:
        """A mask that was painted on another grid is of no use: let the strategy draw again."""
        if self.painted is not None and self.painted.shape != grid:
            self.painted = None
            if self.strategy == "painted":
                self.draw()
