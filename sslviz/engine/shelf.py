"""The shelf: the data sets used last, loaded once and shared by whoever asks in the same process."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from sslviz.spec.config import DataConfig
from sslviz.spec.errors import Cancelled

if TYPE_CHECKING:
    from sslviz.data import Splits

KEPT = 2
"""Data sets held open: the one being trained on and the one being looked at."""
_LOOK_EVERY_S = 0.1

Progress = Callable[[float, str], None]


class Shelf:
    """Least recently used out. Thread-safe; two who want the same data load it once, the second waits."""

    def __init__(self, load: Callable[..., Splits] | None = None) -> None:
        self._load = load
        self._loaded: OrderedDict[bytes, Splits] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[bytes, threading.Lock] = {}

    def holds(self, config: DataConfig) -> bool:
        """Whether `get` would return at once."""
        with self._lock:
            return shelf_mark(config) in self._loaded

    def get(
        self, config: DataConfig, *, progress: Progress, cancelled: Callable[[], bool], fresh: bool = False
    ) -> Splits:
        """The data set of `config`; `fresh` looks at the source again. Raises DataError, Cancelled."""
        mark = shelf_mark(config)
        with self._lock:
            turn = self._loading.setdefault(mark, threading.Lock())
        while not turn.acquire(timeout=_LOOK_EVERY_S):
            if cancelled():
                raise Cancelled("It was cancelled.")
        try:
            splits = None if fresh else self._take(mark)
            if splits is None:
                splits = self._loader()(config, progress=progress, cancelled=cancelled)
            self._put(mark, splits)
            return splits
        finally:
            turn.release()

    def _loader(self) -> Callable[..., Splits]:
        if self._load is None:
            from sslviz.data import load_data

            self._load = load_data
        return self._load

    def _take(self, mark: bytes) -> Splits | None:
        with self._lock:
            return self._loaded.get(mark)

    def _put(self, mark: bytes, splits: Splits) -> None:
        with self._lock:
            self._loaded[mark] = splits
            self._loaded.move_to_end(mark)
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._loaded.clear()


def shelf_mark(config: DataConfig) -> bytes:
    """Equal for configs that load the same images; whether a download is allowed makes no difference."""
    return msgspec.json.encode(dataclasses.replace(config, download=False), order="sorted")
