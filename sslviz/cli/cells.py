"""Small pictures in rows, with a heading, a line over each picture and a caption below: the page of every command that looks into a model."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
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
LEAST_COLUMNS, MOST_COLUMNS = 5, 9
_CELL, _TITLE, _GAP = 1.5, 0.22, 0.06  # inches
_HEAD, _LINE, _MARGIN, _WORDS = 0.5, 0.15, 0.16, 0.28
_LEAST_WIDTH = 7.5
_LETTERS = 15  # of a caption in an inch


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture and the words above it."""

    title: str
    draw: Callable[[Axes], object]
    framed: bool = False  # has axes with words beside them, which need room


@dataclass(frozen=True, slots=True)
class Strip:
    """Cells that belong together; they wrap where the page ends."""

    cells: tuple[Cell, ...]
    title: str = ""
    aspect: float = 1.0  # height over width of its pictures


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
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(below, size=7, labelpad=2)
        axes.set_ylabel(left, size=7, labelpad=2)

    return Cell(title, draw, framed=True)


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
    columns = min(MOST_COLUMNS, max(LEAST_COLUMNS, len(strips[0].cells)))
    lines = [line for strip in strips for line in _lines(strip, columns)]
    width = min(columns, max(len(line.cells) for line in lines)) * (_CELL + _GAP) + 2 * _MARGIN
    width = max(width, _LEAST_WIDTH)
    words = [line for text in caption.splitlines() for line in wrapped(text, int(width * _LETTERS))]
    height = _HEAD + sum(map(_tall, lines)) + _LINE * len(words) + 2 * _MARGIN
    with coloured_by(palette, edges=palette.muted):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        figure.text(_MARGIN / width, 1 - 0.5 * _HEAD / height, title, size=13, weight="bold", va="center")
        top = height - _HEAD
        for line in lines:
            _draw_line(figure, line, top, palette)
            top -= _tall(line)
        write_below(figure, words, palette)
    return figure


def coloured_by(palette: Palette, edges: str) -> AbstractContextManager[None]:
    """How a page of pictures looks: type and colours, `edges` around its axes."""
    style: dict[Any, Any] = {
        "font.family": ["DejaVu Sans"], "figure.facecolor": palette.panel, "savefig.facecolor": palette.panel,
        "axes.facecolor": palette.plot, "axes.edgecolor": edges, "text.color": palette.text,
        "axes.labelcolor": palette.muted, "xtick.color": palette.muted, "ytick.color": palette.muted,
        "legend.labelcolor": palette.text,
    }  # fmt: skip
    return rc_context(style)


def write_below(
    figure: Figure, lines: Sequence[str], palette: Palette, *, left: float = _MARGIN, bottom: float = _MARGIN
) -> None:
    """The words at the foot of a page: of what model it is, and with which settings. left, bottom: in inches from its edges."""
    width, height = figure.get_size_inches()
    figure.text(left / width, bottom / height, "\n".join(lines), size=7.5, color=palette.muted, va="bottom",
                linespacing=1.4)  # fmt: skip


def wrapped(text: str, width: int) -> list[str]:
    """A sentence, or facts with " · " between them, as lines; facts stay whole where they can."""
    lines: list[str] = []
    for fact in text.split(" · "):
        if lines and len(lines[-1]) + len(fact) + 3 <= width:
            lines[-1] += f" · {fact}"
        else:
            lines += textwrap.wrap(fact, width)
    return lines


def _lines(strip: Strip, columns: int) -> list[Strip]:
    """A strip as lines of a page; only the first keeps its title."""
    starts = range(0, len(strip.cells), columns)
    return [Strip(strip.cells[k : k + columns], "" if k else strip.title, strip.aspect) for k in starts]


def _tall(line: Strip) -> float:
    """Inches from the top of a line to that of the next."""
    deepest = max(cell.title.count("\n") for cell in line.cells)
    return _CELL * line.aspect + _GAP + (1 + deepest) * _TITLE + (_TITLE if line.title else 0.0)


def _draw_line(figure: Figure, line: Strip, top: float, palette: Palette) -> None:
    width, height = figure.get_size_inches()
    if line.title:
        figure.text(_MARGIN / width, (top - 0.7 * _TITLE) / height, line.title, size=9, color=palette.text)
    bottom = top - _tall(line) + _GAP
    for k, cell in enumerate(line.cells):
        _place(figure, cell, (_MARGIN + k * (_CELL + _GAP), bottom), line.aspect, palette)


def _place(figure: Figure, cell: Cell, corner: tuple[float, float], aspect: float, palette: Palette) -> None:
    width, height = figure.get_size_inches()
    left, below = (_WORDS, _WORDS) if cell.framed else (0.0, 0.0)
    box = (
        (corner[0] + left) / width,
        (corner[1] + below) / height,
        (_CELL - left) / width,
        (_CELL * aspect - below) / height,
    )
    axes = figure.add_axes(box)
    if not cell.framed:
        axes.set_axis_off()
    cell.draw(axes)
    axes.set_title(cell.title, size=7.5, pad=3, color=palette.muted)
