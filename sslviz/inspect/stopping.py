"""How long work is given up: it calls a function now and then, which raises `Cancelled` where nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable

Stop = Callable[[], None]


def never() -> None:
    """Nobody gives up."""
