"""From steps to what the x axis of the curves counts: steps, epochs, or seconds of training."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.bridge.picture import RunPicture

Axis = Literal["step", "epoch", "time"]
LABELS: dict[Axis, str] = {"step": "step", "epoch": "epoch", "time": "time training, s"}
LEAST: dict[Axis, float] = {"step": 10.0, "epoch": 0.1, "time": 5.0}
"""The shortest axis: a single point would have none."""
_COLUMNS: dict[Axis, str] = {"epoch": "epoch", "time": "seconds"}


class Timeline:
    """Looks steps up in the run's own record of epochs and seconds; nothing is interpolated."""

    def __init__(self, picture: RunPicture, axis: Axis) -> None:
        self.axis = axis
        self._steps, self._values = picture.table.series(_COLUMNS.get(axis, ""))

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where `steps` (n,) stand on the axis; what came before the first recorded step stands at 0."""
        if self.axis == "step":
            return steps.astype(float)
        if not len(self._steps):
            return np.zeros(len(steps))
        place = np.searchsorted(self._steps, steps, side="right") - 1
        return np.where(place < 0, 0.0, self._values[np.maximum(place, 0)])
