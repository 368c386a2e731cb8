"""Rhythm: how far the run is that is looked into, and when its map is due again. Headless."""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture


@dataclass(slots=True)
class Rhythm:
    """`step`: after how many steps the run was seen last, -1: it does not train."""

    step: int = -1
    _state: str = ""
    _answered: float = 0.0

    def follow(self, picture: RunPicture) -> bool:
        """Learn how far the run is; True where it is in another state: what could not be mapped before may be now."""
        self.step = picture.progress.step if is_live(picture) and picture.progress is not None else -1
        turned, self._state = picture.state != self._state, picture.state
        return turned

    def answered(self) -> None:
        """A map came."""
        self._answered = time.monotonic()

    def is_due(self, every_s: int) -> bool:
        """Whether the run trains and the last map is so old; every_s 0: never."""
        return bool(every_s) and self.step >= 0 and time.monotonic() - self._answered >= every_s

    def forget(self) -> None:
        """Another run."""
        self.step, self._state = -1, ""
