"""Which training images are looked at. Headless."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

ROWS = 6


@dataclass
class Choice:
    """Indices of images out of `count`; while that is unknown, the first one, whose answer says how many there are."""

    count: int = 0
    indices: tuple[int, ...] = (0,)
    wanted: int = -1  # had to be among them before it was known how many there are
    _draws: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311  pictures, not secrets

    def learn(self, count: int) -> bool:
        """How many images there are; True if other images are chosen because of it."""
        if count == self.count:
            return False
        self.count = count
        self.others()
        self.include(self.wanted)
        return True

    def others(self) -> None:
        """Choose at random, without repeats."""
        if self.count:
            self.indices = tuple(self._draws.sample(range(self.count), min(ROWS, self.count)))

    def include(self, index: int) -> bool:
        """Have an image among the chosen ones, in the first row; False where it is already, does not exist, or has to wait."""
        self.wanted = index
        if index in self.indices or not 0 <= index < self.count:
            return False
        self.indices = (index, *self.indices[: max(min(ROWS, self.count) - 1, 0)])
        return True

    def forget(self) -> None:
        """Other data: nothing is known."""
        self.count, self.indices, self.wanted = 0, (0,), -1
