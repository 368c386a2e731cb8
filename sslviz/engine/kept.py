"""Things that are made once and kept while there is room: models, pictures, answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from sslviz.spec.errors import Cancelled

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LOOK_EVERY_S = 0.1


def _one(thing: object) -> float:  # noqa: ARG001  the signature of every way to weigh
    return 1.0


def never() -> bool:
    """Nobody cancels."""
    return False


class Kept(Generic[K, V]):
    """Least recently used out once all together weigh more than `budget`; the newest always stays.

    Thread-safe. Of two who want the same thing one makes it and the other waits.
    """

    def __init__(self, budget: float, weigh: Callable[[V], float] = _one) -> None:
        self._budget = budget
        self._weigh = weigh
        self._things: OrderedDict[K, V] = OrderedDict()
        self._making: set[K] = set()
        self._changed = threading.Condition()

    def holds(self, key: K) -> bool:
        """Whether `get` would return at once."""
        with self._changed:
            return key in self._things

    def find(self, key: K) -> V | None:
        """The thing called `key` where it is kept; waits for nobody who makes it."""
        with self._changed:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def get(self, key: K, make: Callable[[], V], cancelled: Callable[[], bool] = never) -> V:
        """The thing called `key`, made where it is not kept. Raises what `make` raises, and Cancelled."""
        with self._changed:
            while key in self._making:
                if cancelled():
                    raise Cancelled("It was cancelled.")
                self._changed.wait(_LOOK_EVERY_S)
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
            self._making.add(key)
        try:
            thing = make()
            self._put(key, thing)
            return thing
        finally:
            with self._changed:
                self._making.discard(key)
                self._changed.notify_all()

    def _put(self, key: K, thing: V) -> None:
        with self._changed:
            self._things[key] = thing
            while len(self._things) > 1 and self.weight > self._budget:
                self._things.popitem(last=False)

    @property
    def weight(self) -> float:
        """Of all that is kept, as it is now."""
        return sum(map(self._weigh, self._things.values()))

    def clear(self) -> None:
        """Let go of everything."""
        with self._changed:
            self._things.clear()
