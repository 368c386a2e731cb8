"""Warming: what the first map would have to wait for is made ready while nobody wants anything else."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from sslviz.spec.errors import Cancelled, SSLVizError

AFTER_S = 10.0
"""Without any work, before it begins."""
VARIABLE = "SSLVIZ_WARM_AFTER"
"""Other seconds than AFTER_S; 0: never."""
_LOOK_EVERY_S = 1.0

Stop = Callable[[], None]


class Warming:
    """A thread that waits until there has been nothing to do for a while, then calls `warm` once.

    Where a run begins it gives up, to begin again another time; a question is no reason: it may well be about a map. idle_s: for how
    long there has been nothing to do. warm: takes a function that it calls now and then, and which raises Cancelled.
    """

    def __init__(
        self, idle_s: Callable[[], float], is_training: Callable[[], bool], warm: Callable[[Stop], None],
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:  # fmt: skip
        self._idle_s = idle_s
        self._is_training = is_training
        self._warm = warm
        self._look_every_s = look_every_s
        self._after_s = _after_s()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="sslviz warming", daemon=True)

    def start(self) -> None:
        """Begin to wait, unless the user wants no such thing."""
        if self._after_s > 0:
            self._thread.start()

    def close(self, timeout: float) -> None:
        """Give up and wait for the thread."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _wait(self) -> None:
        while not self._closed.wait(self._look_every_s):
            if self._idle_s() < self._after_s:
                continue
            try:
                self._warm(self._stop)
            except Cancelled:
                continue  # there will be other quiet moments
            except SSLVizError:
                return  # the first map meets it too, and says it to somebody who waits
            return

    def _stop(self) -> None:
        if self._closed.is_set() or self._is_training():
            raise Cancelled("A run has begun.")


def _after_s() -> float:
    try:
        return float(os.environ.get(VARIABLE, AFTER_S))
    except ValueError:
        return AFTER_S
