"""Views of images as one sheet: a row an image, its original, its views, and each operation by itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sslviz.cli.palette import Palette
from sslviz.spec.augmentation import OPERATIONS, Augmentation
from sslviz.spec.events import Array

_CELL = 1.0  # inches
_GAP = 0.06
_HEAD = 1.1


def contact_sheet(arrays: Mapping[str, Array], augmentation: Augmentation, palette: Palette) -> Figure:
    """Draws the payload of `AugmentImages`. Pixels are shown as they are, none smoothed."""
    columns = _columns(arrays)
    rows = len(arrays["originals"])
    width, height = len(columns) * _CELL + 2 * _GAP, rows * _CELL + _HEAD + _GAP
    with rc_context({"font.family": ["DejaVu Sans"], "figure.facecolor": palette.panel, "text.color": palette.text}):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        figure.text(
            2 * _GAP / width, 1 - 0.3 / height, f"views: {augmentation.name}", size=14, weight="bold", va="center"
        )
        for k, (title, images) in enumerate(columns):
            x = (_GAP + k * _CELL) / width
            figure.text(x + 0.5 * _CELL / width, 1 - (_HEAD - 0.14) / height, title, size=8.5, ha="center",
                        va="bottom", color=palette.muted)  # fmt: skip
            for i, image in enumerate(images):
                y = 1 - (_HEAD + (i + 1) * _CELL) / height
                box = (x + _GAP / 2 / width, y + _GAP / 2 / height, (_CELL - _GAP) / width, (_CELL - _GAP) / height)
                axes = figure.add_axes(box)
                axes.imshow(image, interpolation="nearest")
                axes.set_axis_off()
    return figure


def _columns(arrays: Mapping[str, Array]) -> list[tuple[str, Array]]:
    """(title, (n, h, w, 3)) from left to right."""
    columns = [("original", arrays["originals"])]
    views = [arrays[name] for name in arrays if name.startswith("views")]
    number = 0
    for group in views:  # (n, V, h, w, 3)
        for view in np.moveaxis(group, 1, 0):
            number += 1
            columns.append((f"view {number}\n{view.shape[1]} px", view))
    return columns + [(f"{name}\nalone", arrays[f"alone_{name}"]) for name in OPERATIONS]
