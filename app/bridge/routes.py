"""Who asked what: request ids of panels and of the shell, and where their answers go."""

from __future__ import annotations

from collections.abc import Callable

from sslviz.spec.events import Advanced, Answered, Refused

Reply = Answered | Refused | Advanced
Handler = Callable[[Reply], None]

IDS_EACH = 1_000_000


class Routes:
    """Every open request is answered exactly once: by the worker, or by `refuse_all` when the worker is gone."""

    def __init__(self) -> None:
        self._next = 1
        self._owners: list[tuple[range, Handler]] = []
        self._open: set[int] = set()

    def claim(self, handler: Handler) -> range:
        """A range of request ids of one's own; replies to them go to `handler`."""
        ids = range(self._next, self._next + IDS_EACH)
        self._next += IDS_EACH
        self._owners.append((ids, handler))
        return ids

    def sent(self, request_id: int) -> None:
        """Remember that an answer is due."""
        self._open.add(request_id)

    def awaits(self, handler: Handler) -> bool:
        """Whether an answer to `handler` is still due."""
        owned = [ids for ids, owner in self._owners if owner == handler]
        return any(request_id in ids for request_id in self._open for ids in owned)

    def deliver(self, reply: Reply) -> None:
        """Hand a reply to its owner; a reply nobody waits for (answered by `refuse_all` before) is dropped."""
        if reply.request_id not in self._open:
            return
        if not isinstance(reply, Advanced):
            self._open.discard(reply.request_id)
        for ids, handler in self._owners:
            if reply.request_id in ids:
                handler(reply)

    def refuse_all(self, message: str, hint: str) -> None:
        """Answer whatever is open: the worker will not."""
        for request_id in sorted(self._open):
            self.deliver(Refused("", 0, request_id, "WorkerLost", message, hint))
