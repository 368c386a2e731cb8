"""How the points of a map look by the name of their group, on a page and in an animation alike: the window's colours, then shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D

from sslviz.cli.palette import Palette
from sslviz.spec.events import Array
from sslviz.spec.group_colours import DISTINCT

SHAPES = "os^D"
"""Names beyond the colours' number get the next shape; unknown ones are small and grey."""
MOST = DISTINCT * len(SHAPES)
"""So many groups have a look of their own."""
BELOW = 0.5  # where points lie: they may become pixels
_ROUNDS = 8  # in which names take turns, so that none lies on top of another everywhere

Look = tuple[str, str]
"""Colour and shape."""


def looks_of(names: Sequence[str], palette: Palette) -> list[Look]:
    """Of each name."""
    return [(colour, SHAPES[k // DISTINCT % len(SHAPES)]) for k, colour in enumerate(palette.named(names))]


def dots(axes: Axes, points: Array, size: float, colours: Any, shape: str = "o", **more: Any) -> PathCollection:
    """points (n, 2), below all else."""
    x, y = np.asarray(points).T
    return axes.scatter(x, y, s=size, c=colours, marker=shape, linewidths=0, zorder=BELOW, **more)


def dots_by_name(axes: Axes, points: Array, code: Array, looks: Sequence[Look], size: float, palette: Palette) -> None:
    """points (n, 2) with the number of each one's group, code (n,) int; one that has no look is small and grey."""
    known = (code >= 0) & (code < len(looks))
    dots(axes, points[~known], size / 2, palette.border)
    order = np.random.default_rng(0).permutation(np.flatnonzero(known))
    for rows in np.array_split(order, _ROUNDS):
        chosen = [looks[k] for k in code[rows]]
        for shape in sorted({its for _, its in chosen}, key=SHAPES.index):
            own = [i for i, (_, its) in enumerate(chosen) if its == shape]
            dots(axes, points[rows[own]], size, [chosen[i][0] for i in own], shape, alpha=0.85)


def legend(
    axes: Axes, names: Sequence[str], counts: Sequence[int], looks: Sequence[Look | None], rest: int, rows: int,
    title: str, palette: Palette,
) -> None:  # fmt: skip
    """To the right of the map: each name that has points and a look, with how many; rest: points without one; rows: in a column."""
    shown = [(name, count, look) for name, count, look in zip(names, counts, looks, strict=True) if count and look]
    entries = [_sample(look, f"{name}  {count:,}") for name, count, look in shown]
    if rest:
        entries.append(_sample((palette.border, "o"), f"others, unknown  {rest:,}"))
    columns = 1 + (len(entries) > rows) + (len(entries) > 2 * rows)
    axes.legend(handles=entries, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.2, frameon=False, title=title,
                fontsize=(9, 7, 5)[columns - 1], ncols=columns, title_fontsize=9, labelcolor=palette.text, handletextpad=0.2,
                columnspacing=0.6, alignment="left")  # fmt: skip


def _sample(look: Look, text: str) -> Line2D:
    return Line2D([], [], ls="", marker=look[1], ms=6, mew=0, color=look[0], label=text)
