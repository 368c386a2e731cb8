"""Reels: what an animation of a run shows at each of its snapshots, and how one frame is drawn: pictures left, curves right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sslviz.cli.cells import Cell, wrapped, write_below
from sslviz.cli.curves import Curve, draw_curves
from sslviz.cli.figure import style
from sslviz.cli.palette import Palette
from sslviz.engine.record import RunRecord
from sslviz.spec.events import Array

BESIDE = ("knn", "accuracy", "std", "rankme")
"""The first of these that the run measured stands below its loss."""
_CELL, _TITLE, _GAP = 1.4, 0.24, 0.07  # inches
_HEAD, _LINE, _MARGIN, _CURVES, _LEAST = 0.55, 0.16, 0.16, 3.6, 3.3
_LETTERS = 15.5  # of a caption in an inch

Box = tuple[float, float, float, float]
"""left, bottom, width, height of a part of a figure, in inches."""
Draw = Callable[[Figure, Box, Palette], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """One frame: after how many steps, what is drawn, and what a figure must say of it."""

    step: int
    draw: Draw
    caption: str


@dataclass(frozen=True, slots=True)
class Reel:
    """All frames, as large as the first: `room` is (width, height) in inches of what they draw."""

    title: str
    room: tuple[float, float]
    scenes: tuple[Scene, ...]
    caution: str
    notes: tuple[str, ...] = ()


def frames(reel: Reel, record: RunRecord, palette: Palette, dpi: int) -> Iterator[Array]:
    """(H, W, 3) uint8 each, all of one size."""
    width = reel.room[0] + _CURVES + 3 * _MARGIN
    captions = [_caption(scene, reel, int(width * _LETTERS)) for scene in reel.scenes]
    words = max(map(len, captions))
    for scene, caption in zip(reel.scenes, captions, strict=True):
        with style(palette):
            yield _frame(reel, scene, record, caption, (width, words), palette, dpi)


def _caption(scene: Scene, reel: Reel, letters: int) -> list[str]:
    return [line for text in (scene.caption, reel.caution, *reel.notes) if text for line in wrapped(text, letters)]


def _frame(
    reel: Reel, scene: Scene, record: RunRecord, caption: Sequence[str], room: tuple[float, int], palette: Palette, dpi: int
) -> Array:  # fmt: skip
    width, words = room
    body = max(reel.room[1], _LEAST)
    below = words * _LINE + 2 * _MARGIN
    height = _HEAD + body + below
    figure = Figure(figsize=(width, height), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    top = 1 - 0.5 * _HEAD / height
    figure.text(_MARGIN / width, top, reel.title, size=13, weight="bold", va="center")
    figure.text(1 - _MARGIN / width, top, f"step {scene.step:,} of {record.steps:,}", size=13, ha="right", va="center")
    scene.draw(figure, (_MARGIN, below + body - reel.room[1], *reel.room), palette)
    left = reel.room[0] + 2 * _MARGIN + 0.45
    _draw_curves(figure, (left, below + 0.35, _CURVES - 0.55, body - 0.6), record, scene.step, palette)
    write_below(figure, caption, palette)
    return _pixels(canvas)


def _pixels(canvas: Any) -> Array:  # matplotlib's canvases have no types
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _draw_curves(figure: Figure, box: Box, record: RunRecord, step: int, palette: Palette) -> None:
    """The loss, and below it what else tells of the run, with a cursor at `step`."""
    measured = [name for name in ("loss", next((n for n in BESIDE if n in record.names), "")) if name]
    each = (box[3] - 0.75 * (len(measured) - 1)) / len(measured)
    for k, name in enumerate(measured):
        axes = axes_at(figure, (box[0], box[1] + box[3] - (k + 1) * each - 0.75 * k, box[2], each))
        draw_curves(axes, record, [Curve(name)], palette)
        _stand(axes, record, name, step, palette)
        if k + 1 < len(measured):
            axes.set_xlabel("")


def _stand(axes: Axes, record: RunRecord, name: str, step: int, palette: Palette) -> None:
    """A line at `step`, and the last value that was measured until then."""
    axes.axvline(step, color=palette.series[1], linewidth=1.6, zorder=4)
    steps, values = record[name]
    upto = int(np.searchsorted(steps, step, side="right"))
    if upto and np.isfinite(values[upto - 1]):
        axes.plot(steps[upto - 1], values[upto - 1], "o", color=palette.series[1], markersize=6, zorder=5)
        axes.set_title(f"{values[upto - 1]:.3g}", loc="right", size=10, weight="normal", color=palette.text)


def axes_at(figure: Figure, box: Box) -> Axes:
    """Axes in a part of a figure that is given in inches."""
    width, height = figure.get_size_inches()
    axes: Axes = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
    return axes


def room_for(rows: Sequence[Sequence[Cell]], aspect: float) -> tuple[float, float]:
    """(width, height) in inches of rows of pictures; aspect: height over width of each."""
    return max(map(len, rows)) * (_CELL + _GAP), len(rows) * (_CELL * aspect + _TITLE + _GAP)


def draw_rows(rows: Sequence[Sequence[Cell]], aspect: float) -> Draw:
    """Draws rows of pictures, each with its title."""

    def draw(figure: Figure, box: Box, palette: Palette) -> None:
        tall = _CELL * aspect + _TITLE + _GAP
        for j, row in enumerate(rows):
            for k, cell in enumerate(row):
                axes = axes_at(
                    figure,
                    (box[0] + k * (_CELL + _GAP), box[1] + box[3] - (j + 1) * tall + _GAP, _CELL, _CELL * aspect),
                )
                axes.set_axis_off()
                cell.draw(axes)
                axes.set_title(cell.title, size=8, pad=3, color=palette.muted, loc="center", weight="normal")

    return draw
