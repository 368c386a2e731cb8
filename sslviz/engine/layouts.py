"""Layouts: features to points, computed in a process of their own where they take long, and kept on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sslviz.spec.mapping import LayoutPlan

if TYPE_CHECKING:
    from sslviz.inspect.layouts import Layout
    from sslviz.inspect.layouts.apart import Apart
    from sslviz.inspect.mapping import Gathered
    from sslviz.spec.events import Array

Tell = Callable[[float, str], None]
Stop = Callable[[], None]


class Layouts:
    """Thread-safe. Nothing is loaded and no process started before the first layout that needs it. Use it in a `with` block, or `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apart: Apart | None = None

    def __call__(self, gathered: Gathered, plan: LayoutPlan, tell: Tell, stop: Stop) -> Layout:
        """The layout. Raises InspectError, whatever `stop` raises."""
        from sslviz.inspect.layouts import lay_out

        return lay_out(gathered.values, plan, progress=tell, stop=stop, fit=self.fit)

    def fit(self, values: Array, plan: LayoutPlan, start: Array | None, progress: Tell, stop: Stop) -> Array:
        """UMAP or t-SNE of distinct features, in a process of its own."""
        from sslviz.inspect.layouts.apart import Apart

        with self._lock:
            self._apart = self._apart or Apart()
        return self._apart.fit(values, plan, start, progress, stop)

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
