"""Which requests are under way, for which side of a view, and which answer is still wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sslviz.spec.events import Advanced, Answered, Refused

HUSHED = ("Superseded", "Cancelled")
Reply = Answered | Refused | Advanced
Kind = TypeVar("Kind")


class Asking:
    """The newest request of each side ("a", "b" ...) counts; what older ones bring is dropped."""

    def __init__(self, next_id: Callable[[], int], send: Callable[[object], None]) -> None:
        self._next_id, self._send = next_id, send
        self._newest: dict[str, int] = {}
        self._open: dict[int, tuple[str, object]] = {}

    def ask(self, side: str, build: Callable[[int], Kind]) -> Kind:
        """Send `build(id)` for a side."""
        request_id = self._next_id()
        request = build(request_id)
        self._newest[side] = request_id
        self._open[request_id] = (side, request)
        self._send(request)
        return request

    def is_waiting(self, side: str) -> bool:
        """Whether the newest request of a side is still out."""
        return self._newest.get(side) in self._open

    def pending(self, side: str) -> object | None:
        """The newest request of a side while it is out."""
        found = self._open.get(self._newest.get(side, 0))
        return found[1] if found else None

    def forget(self, *sides: str) -> None:
        """Whatever these sides still bring is dropped."""
        for side in sides:
            self._newest.pop(side, None)

    def take(self, event: Reply) -> tuple[str, object] | None:
        """Side and request that an event is about; None where it is not ours, or a newer one was asked, or nobody has to know."""
        found = self._open.get(event.request_id)
        if found is None:
            return None
        if not isinstance(event, Advanced):
            del self._open[event.request_id]
        if self._newest.get(found[0]) != event.request_id:
            return None
        return None if isinstance(event, Refused) and event.kind in HUSHED else found
