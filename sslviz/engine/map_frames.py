"""The maps of a run after each of its snapshots, in one frame of reference."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.gathering import Held
from sslviz.engine.laying import NEIGHBOURS, require_layout
from sslviz.engine.layouts import Layouts
from sslviz.engine.map_captions import run_caption
from sslviz.engine.map_runs import Stops
from sslviz.spec.errors import Cancelled, SSLVizError
from sslviz.spec.events import frozen
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import FeaturePlan, LayoutPlan, MappedRun, MapRun, MapScores

if TYPE_CHECKING:
    from sslviz.inspect.layouts import RunLayout
    from sslviz.inspect.mapping import Gathered

GATHERED, LAID_OUT = 0.5, 0.95
"""Shares of the work, roughly, after which all features and all layouts are there."""


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

    @property
    def mark(self) -> Hashable:
        """Equal for equal features at equal steps."""
        return self.notes, tuple((frame.step, frame.held.gathered.mark) for frame in self.frames)


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


def lay_out_frames(asked: MapRun, frames: Frames, layouts: Layouts, job: Job, stop: Callable[[], None]) -> MappedRun:
    """One map for each, with its scores. Raises EngineError, SpecError, InspectError, Cancelled."""
    import numpy as np

    require_layout(asked.layout)
    began, held = time.perf_counter(), [frame.held for frame in frames.frames]
    gathered = [one.gathered for one in held]
    with job.within(GATHERED, LAID_OUT):
        laid = layouts.of_run(gathered, asked.layout, job.advance, stop)
    first, steps = gathered[0], tuple(frame.step for frame in frames.frames)
    shown = len(np.unique(first.index))
    return MappedRun(
        steps, frozen(laid.points), frozen(first.index), frozen(first.patch), frozen(first.label), first.names,
        tuple(_scores(gathered, laid, asked.layout, job, stop)),
        run_caption(held[-1].about, asked.features, asked.layout, shown, first.total, steps),
        (*first.notes, *frames.notes, *laid.notes), time.perf_counter() - began,
    )  # fmt: skip


def _scores(
    gathered: Sequence[Gathered], laid: RunLayout, layout: LayoutPlan, job: Job, stop: Callable[[], None]
) -> Iterator[MapScores]:
    from sslviz.inspect.layouts import score

    for k, (own, points) in enumerate(zip(gathered, laid.points, strict=True)):
        stop()
        job.advance(LAID_OUT + (1 - LAID_OUT) * k / len(gathered), "comparing the maps with the features")
        yield score(own.values, points, NEIGHBOURS, layout.seed, metric=layout.metric)
