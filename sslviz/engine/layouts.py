"""Layouts: features to points, read from where they are kept, or computed in a process of their own where they take long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LayoutPlan

if TYPE_CHECKING:
    from sslviz.inspect.layouts import Layout, RunLayout
    from sslviz.inspect.layouts.apart import Apart
    from sslviz.inspect.mapping import Gathered
    from sslviz.spec.events import Array

Tell = Callable[[float, str], None]
Stop = Callable[[], None]

_FEW = 64  # points that warm everything up


def _silent(share: float, doing: str) -> None:
    """Nobody waits."""


class Layouts:
    """Thread-safe. Nothing is loaded and no process started before the first layout that needs it. Use it in a `with` block, or `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apart: Apart | None = None

    def __call__(self, gathered: Gathered, plan: LayoutPlan, tell: Tell, stop: Stop) -> Layout:
        """The layout. Raises InspectError, whatever `stop` raises."""
        from sslviz.inspect.layouts import LayoutStore, lay_out_once

        store = LayoutStore()
        return lay_out_once(store, gathered.mark, gathered.values, plan, progress=tell, stop=stop, fit=self.fit)

    def of_run(self, frames: Sequence[Gathered], plan: LayoutPlan, tell: Tell, stop: Stop) -> RunLayout:
        """One layout for each, in one frame of reference. Raises as a single one."""
        from sslviz.inspect.layouts import LayoutStore, lay_out_run_once

        marks, values = [one.mark for one in frames], [one.values for one in frames]
        return lay_out_run_once(LayoutStore(), marks, values, plan, progress=tell, stop=stop, fit=self.fit)

    def fit(self, values: Array, plan: LayoutPlan, start: Array | None, progress: Tell, stop: Stop) -> Array:
        """UMAP or t-SNE of distinct features, in a process of its own."""
        from sslviz.inspect.layouts.apart import Apart

        with self._lock:
            self._apart = self._apart or Apart()
        return self._apart.fit(values, plan, start, progress, stop)

    def warm(self, stop: Stop) -> None:
        """Make the first UMAP start at once. Raises what `stop` raises, after the process that was getting ready has ended."""
        import numpy as np

        values = np.random.default_rng(0).normal(size=(_FEW, 8)).astype(np.float32)
        try:
            self.fit(values, LayoutPlan("umap", epochs=1), None, _silent, stop)
        except Cancelled:
            self.close()
            raise

    def close(self) -> None:
        """End the process, if any."""
        with self._lock:
            apart, self._apart = self._apart, None
        if apart:
            apart.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
