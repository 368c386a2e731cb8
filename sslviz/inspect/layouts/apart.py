"""Apart: UMAP and t-SNE in processes of their own, so that nothing waits for them but who asked."""

from __future__ import annotations

import contextlib
import threading
import time

from sslviz.inspect.errors import InspectError
from sslviz.inspect.layouts.child import Child
from sslviz.inspect.layouts.layout import Progress
from sslviz.inspect.layouts.pipe import Broke, Done, GiveUp, Job, Told
from sslviz.inspect.stopping import Stop
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan

PATIENCE_S = 20.0
"""How long a process may go on with what was given up before it is ended: it may be compiling what the next one needs as well."""
_POLL_S = 0.05


class Apart:
    """One process for UMAP, kept because it compiles itself for 10 to 40 s; one for each t-SNE, ended to give it up.

    Safe to call from any thread; one layout at a time. `close` ends all.
    """

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._kept: Child | None = None
        self._busy_since: float | None = None  # with what was given up

    def fit(self, values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
        """As `laying.fit_here`. What `stop` raises is raised within a tenth of a second. Raises InspectError where it failed."""
        while not self._free.acquire(timeout=_POLL_S):
            stop()
        try:
            if plan.method == "tsne":
                with Child() as child:
                    return _fit(child, values, plan, start, progress, stop)
            return self._fit_kept(values, plan, start, progress, stop)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the process that is kept, if any; the next layout starts another."""
        with self._free:
            self._end()

    def _fit_kept(self, values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
        child = self._ready(progress, stop)
        try:
            return _fit(child, values, plan, start, progress, stop)
        except InspectError:
            if not child.running:
                self._end()
            raise
        except BaseException:
            self._busy_since = time.monotonic()
            _give_up(child)
            raise

    def _ready(self, progress: Progress, stop: Stop) -> Child:
        """The process that is kept, done with what was given up; another where it takes too long or has ended."""
        while self._kept is not None and self._busy_since is not None:
            progress(0.0, "waiting for the layout before")
            stop()
            if time.monotonic() > self._busy_since + PATIENCE_S:
                self._end()
            elif _settled(self._kept):
                self._busy_since = None
        if self._kept is None or not self._kept.running:
            self._end()
            self._kept = Child()
        return self._kept

    def _end(self) -> None:
        child, self._kept, self._busy_since = self._kept, None, None
        if child is not None:
            child.end()


def _fit(child: Child, values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
    """Ask `child` and wait. Raises InspectError where it failed or ended; whatever `stop` raises, leaving it busy."""
    try:
        child.send(Job(plan), values, *([] if start is None else [start]))
        while True:
            stop()
            reply = child.reply(_POLL_S)
            if reply is None:
                continue
            message, arrays = reply
            if isinstance(message, Told):
                progress(message.share, message.doing)
            elif isinstance(message, Done):
                return arrays[0]
            elif isinstance(message, Broke):
                raise _broken(message)
    except EOFError:
        raise _ended_early(child.end()) from None


def _broken(message: Broke) -> InspectError:
    if message.hint:
        return InspectError(message.message, message.hint)
    error = InspectError(f"The layout failed: {message.message.rstrip('.')}.", "Choose another method, or other parameters.")  # fmt: skip
    error.add_note(message.trace)
    return error


def _ended_early(code: int) -> InspectError:
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    return InspectError(
        f"The process that lays points out ended early ({how}), as it does when memory runs out.",
        "Choose fewer images, or end other programs, and ask again.",
    )


def _give_up(child: Child) -> None:
    with contextlib.suppress(EOFError):
        child.send(GiveUp())


def _settled(child: Child) -> bool:
    """Whether it has said its last word about what was given up, or has ended."""
    try:
        reply = child.reply(_POLL_S)
    except EOFError:
        return True
    return reply is not None and not isinstance(reply[0], Told)
