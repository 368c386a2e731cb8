"""The maps of a run after each of its snapshots, in one frame of reference."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.gathering import Held
from sslviz.engine.laying import NEIGHBOURS
from sslviz.engine.map_captions import run_caption
from sslviz.engine.map_runs import Stops
from sslviz.spec.errors import Cancelled, SSLVizError
from sslviz.spec.events import frozen
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import FeaturePlan, MappedRun, MapRun

if TYPE_CHECKING:
    pass

GATHERED = 0.5
"""Share of the work, roughly, after which all features are there."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The features after `step` steps."""

    step: int
    held: Held


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """At least one, in order; what was left out, in sentences."""

    frames: tuple[Frame, ...]
    notes: tuple[str, ...]


def frames_of(
    asked: FeaturePlan, folder: Path, stops: Stops, job: Job, gather: Callable[[FeaturePlan], Held]
) -> Frames:
    """Features of the same images after each stop. A snapshot that cannot be read is left out; raises where none can be."""
    frames, notes, failed = [], list(stops.notes), []
    share = GATHERED / len(stops.steps)
    for k, (step, snapshot) in enumerate(zip(stops.steps, stops.snapshots, strict=True)):
        with job.within(k * share, (k + 1) * share, f"step {step:,}: "):
            try:
                frames.append(Frame(step, gather(_at(asked, folder, snapshot))))
            except Cancelled:
                raise
            except SSLVizError as error:
                failed.append(error)
                notes.append(f"Step {step:,} is left out. {error.message}")
    if not frames:
        raise failed[0]
    return Frames(tuple(frames), tuple(notes))


def _at(plan: FeaturePlan, folder: Path, snapshot: int) -> FeaturePlan:
    """The plan for one snapshot, by the name under which the timeline opens it too."""
    model: ModelRef = dataclasses.replace(
        plan.model, source=plan.model.source or str(folder), run_id="", snapshot=snapshot
    )
    return dataclasses.replace(plan, model=model)


def lay_out_frames(asked: MapRun, frames: Frames, job: Job, stop: Callable[[], None]) -> MappedRun:
    """One map for each, with its scores. Raises InspectError, Cancelled."""
    import numpy as np

    from sslviz.inspect.layouts import lay_out_run, score

    began, held = time.perf_counter(), [frame.held for frame in frames.frames]
    values = [one.gathered.values for one in held]
    with job.within(GATHERED, 1.0):
        laid = lay_out_run(values, asked.layout, progress=job.advance, stop=stop)
    scores = []
    for own, points in zip(values, laid.points, strict=True):
        stop()
        scores.append(score(own, points, NEIGHBOURS, asked.layout.seed, metric=asked.layout.metric))
    first, steps = held[0].gathered, tuple(frame.step for frame in frames.frames)
    shown = len(np.unique(first.index))
    caption = run_caption(held[-1].about, asked.features, asked.layout, shown, first.total, steps)
    return MappedRun(
        steps, frozen(laid.points), frozen(first.index), frozen(first.patch), frozen(first.label), first.names, tuple(scores),
        caption, (*first.notes, *frames.notes, *laid.notes), time.perf_counter() - began,
    )  # fmt: skip
