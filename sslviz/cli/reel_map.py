"""Reels of where a run's snapshots put the same images on one map, begun from each other so that points move and do not jump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sslviz.cli.palette import Palette
from sslviz.cli.reel import Box, Draw, Reel, Scene, axes_at
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array
from sslviz.spec.mapping import ABOUT, FeaturePlan, LayoutPlan, MappedRun, MapRun, MapScores

SIDE, LEGEND, LEGEND_MOST = 4.6, 1.7, 24
"""Inches of the map and of its legend, and so many classes that it names."""
ROOM = 0.06
"""Of the map's extent, left free around its points."""
MARKERS = "os^Dv*P"


def map_reel(
    features: FeaturePlan, layout: LayoutPlan, steps: tuple[int, ...], tell: Callable[[float, str], None], threads: int
) -> Reel:
    """The map after each of `steps` snapshots ((): all). Raises EngineError in the words of whoever could not lay them out."""
    from sslviz.engine.asking import ask_and_wait

    found = ask_and_wait(MapRun(1, features, layout, steps), tell=tell, threads=threads)
    assert isinstance(found, MappedRun), type(found)  # noqa: S101  what the request's docstring promises
    if not found.points.size:
        raise SpecError("There are no points to draw.", "Choose more images.")
    limits = _limits(found.points)
    scenes = tuple(
        Scene(step, _drawing(found, k, limits), f"{found.caption} · {said(found.scores[k])}")
        for k, step in enumerate(found.steps)
    )
    named = bool(found.names) and bool((found.label >= 0).any())
    title = f"The same {len(np.unique(found.index)):,} images, {layout.method.upper() if layout.method != 'tsne' else 't-SNE'}"
    return Reel(title, (SIDE + (LEGEND if named else 0.0), SIDE), scenes, ABOUT[layout.method], found.notes)


def said(scores: MapScores) -> str:
    """How far the map can be trusted, in words; "" where it cannot be told."""
    if not np.isfinite(scores.trustworthiness):
        return "too few points for scores"
    return f"trustworthiness {scores.trustworthiness:.2f}, {scores.agreement:.0%} of the {scores.k} nearest kept"


def _limits(points: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """One square frame for all steps."""
    flat = points.reshape(-1, 2).astype(float)
    low, high = np.nanmin(flat, axis=0), np.nanmax(flat, axis=0)
    half = max(float((high - low).max()) / 2, 1e-6) * (1 + 2 * ROOM)
    (x, y) = (low + high) / 2
    return (x - half, x + half), (y - half, y + half)


def _drawing(found: MappedRun, k: int, limits: tuple[tuple[float, float], tuple[float, float]]) -> Draw:
    def draw(figure: Figure, box: Box, palette: Palette) -> None:
        axes = axes_at(figure, (box[0], box[1], SIDE, SIDE))
        axes.grid(False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlim(limits[0])
        axes.set_ylim(limits[1])
        _scatter(axes, found.points[k], found.label, palette)
        if box[2] > SIDE:
            _name(axes, found, palette)

    return draw


def _scatter(axes: Axes, points: Array, label: Array, palette: Palette) -> None:
    """Each class in its colour and with its marker; what has none in grey."""
    size = float(np.clip(9_000 / max(len(points), 1), 3, 30))
    for number in np.unique(label):
        rows = label == number
        ink, marker = look_of(int(number), palette)
        axes.scatter(points[rows, 0], points[rows, 1], s=size, color=ink, marker=marker, alpha=0.85, linewidths=0)


def look_of(number: int, palette: Palette) -> tuple[str, str]:
    """Colour and marker of a class: together different for the first 49."""
    if number < 0:
        return palette.muted, "."
    series = palette.series
    return series[number % len(series)], MARKERS[(number // len(series) + number) % len(MARKERS)]


def _name(axes: Axes, found: MappedRun, palette: Palette) -> None:
    there = [int(number) for number in np.unique(found.label) if number >= 0]
    handles = []
    for number in there[:LEGEND_MOST]:
        ink, marker = look_of(number, palette)
        name = found.names[number] if number < len(found.names) else str(number)
        handles.append(Line2D([], [], color=ink, marker=marker, linestyle="", markersize=6, label=name))
    more = len(there) - len(handles)
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, handletextpad=0.3,
                title=f"and {more} more" if more > 0 else None)  # fmt: skip
