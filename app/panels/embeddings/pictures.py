"""Pictures of images by number: asked for in batches, a few batches at a time, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Advanced, Answered, Refused

Picture = NDArray[Any]
BATCH = 64
"""Images a request: a larger one would hold up the next."""
KEPT_BYTES = 48 << 20
UNDER_WAY = 2
WAITING = 512
"""Images that may wait; those asked for longest ago are forgotten first: nobody looks at them any more."""


class Pictures(QObject):
    """`arrived` carries the numbers of the images that came, `refused` the sentence that says why none did."""

    arrived = Signal(object)  # tuple[int, ...]
    refused = Signal(str)

    def __init__(
        self, next_id: Callable[[], int], send: Callable[[object], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._next_id, self._send = next_id, send
        self._data: tuple[DataConfig, str] | None = None
        self._known: OrderedDict[int, Picture] = OrderedDict()
        self._bytes = 0
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._open: dict[int, tuple[int, ...]] = {}

    def set_data(self, data: DataConfig, split: str) -> None:
        """Which images are meant by their numbers from now on; those of others are forgotten."""
        if (data, split) != self._data:
            self.clear()
            self._data = (data, split)

    def clear(self) -> None:
        """Forget everything, what is under way too."""
        self._data, self._bytes = None, 0
        for kept in (self._known, self._waiting, self._open):
            kept.clear()

    def get(self, index: int) -> Picture | None:
        """The pixels (h, w, 3) uint8 of an image; None while they are not there."""
        found = self._known.get(index)
        if found is not None:
            self._known.move_to_end(index)
        return found

    def want(self, indices: Iterable[int]) -> None:
        """Ask for those of these images that are not there; the last that are wanted come first."""
        under_way = {index for batch in self._open.values() for index in batch}
        for index in indices:
            if index not in self._known and index not in under_way:
                self._waiting[index] = None
                self._waiting.move_to_end(index)
        while len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        self._ask()

    def _ask(self) -> None:
        while self._waiting and self._data is not None and len(self._open) < UNDER_WAY:
            batch = tuple(self._waiting.popitem()[0] for _ in range(min(BATCH, len(self._waiting))))
            number = self._next_id()
            self._open[number] = batch
            data, split = self._data
            self._send(FetchImages(number, data, batch, "train" if split == "train" else "val"))

    def take(self, event: Answered | Refused | Advanced) -> bool:
        """Whether an event is an answer to this; then it was taken in."""
        if event.request_id not in self._open:
            return False
        if isinstance(event, Advanced):
            return True
        batch = self._open.pop(event.request_id)
        if isinstance(event, Refused):
            self._waiting.clear()
            if event.kind != "Cancelled":
                self.refused.emit(f"{event.message} {event.hint}".strip())
        else:
            self._keep(batch, event.payload["images"])
            self.arrived.emit(batch)
        self._ask()
        return True

    def _keep(self, batch: Sequence[int], pictures: NDArray[Any]) -> None:
        for index, picture in zip(batch, pictures, strict=True):
            own = np.array(picture)  # of its own, so that it can be let go of alone
            self._known[index] = own
            self._bytes += own.nbytes
        while self._bytes > KEPT_BYTES and len(self._known) > len(batch):
            self._bytes -= self._known.popitem(last=False)[1].nbytes
