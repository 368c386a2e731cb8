"""Colours of maps that lie over pictures: viridis, equally bright steps for every eye, and its dark end means little."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.widgets.raster import image_of

Scale = Literal["own", "shared", "clipped"]
"""The range of colours: of each map its own; one for all; of each its own without the highest hundredth, which outliers fill."""
SCALES: dict[Scale, str] = {
    "own": "each map from its own least to its own most",
    "shared": "all maps on one scale",
    "clipped": "each map on its own scale, the highest 1 % cut off",
}

_STOPS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
CLIP = 99.0


def _table() -> NDArray[np.uint8]:
    stops = np.array([[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in _STOPS], float)
    at = np.linspace(0, len(stops) - 1, 256)
    columns = [np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)]
    return np.column_stack(columns).round().astype(np.uint8)


TABLE = _table()
"""256 colours (256, 3) RGB, from little to much."""


def limits(values: NDArray[Any], *, clipped: bool = False) -> tuple[float, float]:
    """The values at the ends of the colours; 0 and 1 where nothing is finite."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    high = float(np.percentile(finite, CLIP)) if clipped else float(finite.max())
    return float(finite.min()), high


def limits_of(maps: NDArray[Any], scale: Scale) -> list[tuple[float, float]]:
    """The range of each of maps (T, h, w)."""
    if scale == "shared":
        return [limits(maps)] * len(maps)
    return [limits(each, clipped=scale == "clipped") for each in maps]


def coloured(values: NDArray[Any], lo: float, hi: float) -> NDArray[np.uint8]:
    """Values (h, w) as RGB (h, w, 3); what is not finite is drawn as the least."""
    span = hi - lo if hi > lo else 1.0
    share = np.clip((np.nan_to_num(values, nan=lo, posinf=hi, neginf=lo) - lo) / span, 0, 1)
    colours: NDArray[np.uint8] = TABLE[(share * 255).round().astype(np.uint8)]
    return colours


def heat_image(values: NDArray[Any], lo: float, hi: float) -> QImage:
    """The same as a picture."""
    return image_of(coloured(values, lo, hi))
