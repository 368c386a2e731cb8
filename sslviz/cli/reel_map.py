"""Reels of where a run's snapshots put the same images on one map, begun from each other so that points move and do not jump."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sslviz.cli.map_looks import MOST, Look, dots_by_name, legend, looks_of
from sslviz.cli.palette import Palette
from sslviz.cli.reel import Box, Draw, Reel, Scene, axes_at
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array
from sslviz.spec.mapping import ABOUT, FeaturePlan, LayoutPlan, MappedRun, MapRun, MapScores

SIDE, LEGEND, LEGEND_ROWS = 4.6, 1.9, 20
"""Inches of the map and of its legend, and so many classes that a column of it names."""
ROOM = 0.06
"""Of the map's extent, left free around its points."""


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
        size = float(np.clip(9_000 / max(len(found.points[k]), 1), 3, 30))
        looks = looks_of(found.names[:MOST], palette)
        dots_by_name(axes, found.points[k], found.label, looks, size, palette)
        if box[2] > SIDE:
            _name(axes, found, looks, palette)

    return draw


def _name(axes: Axes, found: MappedRun, looks: Sequence[Look], palette: Palette) -> None:
    counts = np.bincount(found.label[found.label >= 0], minlength=len(found.names))[: len(looks)]
    rest = len(found.label) - int(counts.sum())
    legend(axes, found.names[: len(looks)], counts.tolist(), looks, rest, LEGEND_ROWS, "label", palette)
