"""When looking is worth its cost: the more something costs, the rarer it is done, so that its share of the time is bounded."""

from __future__ import annotations

import math

_MEMORY = 0.3
"""Weight of the newest cost in its running mean: one slow measurement on a busy machine is soon forgotten."""

_FIRST = (0.5, 1.0)
"""What of the first and the second cost is believed: the first time warms caches and libraries up, and is soon replaced."""


class Cadence:
    """Decides when a piece of work is due so that it takes about `share` of the training time.

    It is due once (training time since it was last done) x share >= its cost, a running mean; and never more often than every
    `gap_s` seconds. Before it was ever done its cost is unknown and it is due at once.

    `hurry` brings the next few times forward: the share begins at `first_share` and halves with each until it is `share` again.
    A new cadence is in a hurry.
    """

    def __init__(self, share: float, gap_s: float = 0.0, first_share: float = 0.0) -> None:
        self.share, self.gap_s = share, gap_s
        self._first_share = max(share, first_share)
        self._share_now = self._first_share
        self.cost_s = 0.0
        self.spent_s = 0.0
        self._last = -math.inf
        self._times = 0

    def due(self, now_s: float) -> bool:
        """Whether to do it, at `now_s` seconds of training (or of any clock that `done` is told too)."""
        since = now_s - self._last
        return since >= self.gap_s and since * self._share_now >= self.cost_s

    def hurry(self) -> None:
        """Something has changed that is worth a closer look."""
        self._share_now = self._first_share

    def done(self, now_s: float, cost_s: float) -> None:
        """It was done, and took `cost_s`."""
        if self._times < len(_FIRST):
            self.cost_s = _FIRST[self._times] * cost_s
        else:
            self.cost_s += _MEMORY * (cost_s - self.cost_s)
        self._times += 1
        self.spent_s += cost_s
        if self._times > 1:  # the very first time is the beginning itself
            self._share_now = max(self.share, self._share_now / 2)
        self._last = now_s
