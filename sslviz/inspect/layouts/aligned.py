"""One layout after each snapshot of a run, each begun from its neighbour's and turned to fit it: points move and do not jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sslviz.inspect.errors import InspectError
from sslviz.inspect.layouts.laying import Fit, fit_here, lay_out
from sslviz.inspect.layouts.layout import Layout, Progress, silent
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan


@dataclass(frozen=True, slots=True, eq=False)
class RunLayout:
    """S layouts of the same n points, in the order of the snapshots."""

    points: Array  # (S, n, 2) float32, in one frame of reference
    notes: tuple[str, ...] = ()  # each once
    stored: bool = False  # they were laid out before


def lay_out_run(
    frames: Sequence[Array],
    plan: LayoutPlan,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    fit: Fit = fit_here,
) -> RunLayout:
    """frames: S times features (n, F) of the same points, S >= 1. Begun at the last one, the best trained: the others follow back from it.

    Measured over the snapshots of the shipped runs: see `align` for what is then turned. Raises as `lay_out`, and InspectError where the
    numbers of points differ.
    """
    if len({len(values) for values in frames}) != 1:
        raise InspectError("Layouts of a run need the same points after each snapshot.", "Gather the same images each time.")  # fmt: skip
    laid: list[Layout] = []
    for done, values in enumerate(reversed(frames)):
        part = _part(progress, done, len(frames))
        laid.append(lay_out(values, plan, start=laid[-1].points if laid else None, progress=part, stop=stop, fit=fit))
    laid.reverse()
    notes = dict.fromkeys(note for layout in laid for note in layout.notes)
    return RunLayout(align(np.stack([layout.points for layout in laid])), tuple(notes))


def align(points: Array) -> Array:
    """points (S, n, 2) -> the same, each moved, turned and perhaps mirrored onto the next one, from the last to the first.

    Orthogonal Procrustes (Schönemann 1966): the least squares of what remains. Scales stay: that a map grows is something to be seen.
    """
    aligned = np.asarray(points, np.float64) - points.mean(axis=1, keepdims=True, dtype=np.float64)
    for frame in range(len(aligned) - 2, -1, -1):
        left, _, right = np.linalg.svd(aligned[frame].T @ aligned[frame + 1])  # (2, 2)
        aligned[frame] = aligned[frame] @ (left @ right)
    return np.asarray(aligned, np.float32)


def _part(progress: Progress, done: int, total: int) -> Progress:
    return lambda share, doing: progress((done + share) / total, f"snapshot {done + 1} of {total}: {doing}")
