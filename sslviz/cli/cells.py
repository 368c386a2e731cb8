"""Small pictures in rows, with a heading, a line over each picture and a caption below: the page of every command that looks into a model."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sslviz.cli.palette import Palette
from sslviz.spec.events import Array

HEAT = "inferno"
"""From black to yellow: even steps of brightness, readable without colour."""
MOST_COLUMNS = 9
_CELL, _TITLE, _GAP = 1.5, 0.24, 0.06  # inches
_HEAD, _LINE, _MARGIN = 0.6, 0.15, 0.16
_LEAST_WIDTH = 7.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture and the words above it."""

    title: str
    draw: Callable[[Axes], object]


@dataclass(frozen=True, slots=True)
class Strip:
    """Cells that belong together; they wrap where the page ends."""

    cells: tuple[Cell, ...]
    title: str = ""


def picture(title: str, pixels: Array) -> Cell:
    """Pixels (H, W, 3) uint8 as they are, none smoothed."""
    return Cell(title, lambda axes: axes.imshow(pixels, interpolation="nearest"))


def heat(title: str, values: Array, top: float | None = None) -> Cell:
    """Values (h, w) from 0 to `top` (their largest) as heat, each a square."""
    high = float(np.nanmax(values)) if top is None else top
    return Cell(title, lambda axes: axes.imshow(values, cmap=HEAT, vmin=0.0, vmax=high or 1.0, interpolation="nearest"))


def matrix(title: str, values: Array, left: str, below: str) -> Cell:
    """A table of numbers as heat, with its largest and smallest in the title."""
    title = f"{title}\n{np.nanmin(values):.3g} to {np.nanmax(values):.3g}"

    def draw(axes: Axes) -> None:
        axes.imshow(values, cmap=HEAT, aspect="auto", interpolation="nearest")
        axes.set_axis_on()
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(below, size=7, labelpad=2)
        axes.set_ylabel(left, size=7, labelpad=2)

    return Cell(title, draw)


def masked(title: str, pixels: Array, kept: Array, colour: Any) -> Cell:
    """The picture, with what is not `kept` (h, w) darkened and the border in colour."""
    large = enlarged(kept, pixels.shape[:2])

    def draw(axes: Axes) -> None:
        axes.imshow(np.where(large[..., None], pixels, pixels // 4), interpolation="nearest")
        if large.any() and not large.all():
            axes.contour(large, levels=[0.5], colors=[colour], linewidths=0.8)

    return Cell(title, draw)


def enlarged(values: Array, size: Sequence[int]) -> Array:
    """Each value of (h, w, ...) as a rectangle of pixels, (H, W, ...)."""
    rows = np.arange(size[0]) * values.shape[0] // size[0]
    columns = np.arange(size[1]) * values.shape[1] // size[1]
    large: Array = values[rows][:, columns]
    return large


def page(title: str, strips: Sequence[Strip], caption: str, palette: Palette) -> Figure:
    """All strips below each other. `caption` says of what model and with which settings."""
    lines = [(k == 0 and strip.title, part) for strip in strips for k, part in enumerate(_wrapped(strip.cells))]
    columns = max(len(cells) for _, cells in lines)
    width = max(columns * (_CELL + _GAP) + 2 * _MARGIN, _LEAST_WIDTH)
    words = [line for text in caption.splitlines() for line in textwrap.wrap(text, int(width * 15))]
    heights = [_CELL + _GAP + 1.5 * _TITLE + (_TITLE if name else 0.0) for name, _ in lines]
    height = _HEAD + sum(heights) + _LINE * len(words) + 2 * _MARGIN
    with rc_context({"font.family": ["DejaVu Sans"], "figure.facecolor": palette.panel, "savefig.facecolor": palette.panel,
                     "text.color": palette.text, "axes.labelcolor": palette.muted}):  # fmt: skip
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        figure.text(_MARGIN / width, 1 - 0.55 * _HEAD / height, title, size=13, weight="bold", va="center")
        top = height - _HEAD
        for (name, cells), tall in zip(lines, heights, strict=True):
            if name:
                figure.text(_MARGIN / width, (top - 0.6 * _TITLE) / height, name, size=9, color=palette.muted)
            for k, cell in enumerate(cells):
                _place(figure, cell, _MARGIN + k * (_CELL + _GAP), top - tall + _GAP, palette)
            top -= tall
        figure.text(
            _MARGIN / width,
            (_MARGIN + 0.1) / height,
            "\n".join(words),
            size=7.5,
            color=palette.muted,
            va="bottom",
            linespacing=1.4,
        )
    return figure


def _wrapped(cells: Sequence[Cell]) -> list[Sequence[Cell]]:
    return [cells[k : k + MOST_COLUMNS] for k in range(0, len(cells), MOST_COLUMNS)]


def _place(figure: Figure, cell: Cell, x: float, y: float, palette: Palette) -> None:
    width, height = figure.get_size_inches()
    axes = figure.add_axes((x / width, y / height, _CELL / width, _CELL / height))
    axes.set_axis_off()
    cell.draw(axes)
    axes.set_title(cell.title, size=7.5, pad=3, color=palette.muted)
