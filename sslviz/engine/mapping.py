"""Maps of features: what `MapFeatures`, `MapRun`, `ColourPoints`, `FindNeighbours` and `MeasureSimilarity` ask, from what is at hand.

Features are gathered once, whoever asks, and kept while there is room; layouts are kept on disk; whole answers in memory. What takes
long has lanes of its own: PCA does not wait for UMAP, and what is asked of features at hand waits for nothing.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable

from sslviz.engine.desk import Job
from sslviz.engine.errors import EngineError
from sslviz.engine.gathering import Gathering, Held
from sslviz.engine.kept import Kept
from sslviz.engine.laying import map_of, neighbours_of, similarities_as_trained, similarities_of
from sslviz.engine.layouts import Layouts
from sslviz.engine.map_frames import frames_of, lay_out_frames
from sslviz.engine.map_runs import folder_of, stops_of
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf, shelf_mark
from sslviz.engine.subjects import Subjects
from sslviz.spec.errors import Cancelled
from sslviz.spec.events import Event
from sslviz.spec.mapping import (
    CLUSTER,
    KNN,
    LOSS,
    Coloured,
    ColourPoints,
    FeaturePlan,
    FindNeighbours,
    MapAnswer,
    MapFeatures,
    Mapped,
    MappedRun,
    MapRequest,
    MapRun,
    MeasureSimilarity,
    Neighbours,
    Similarities,
)

MAPPING, PROJECTING, COLOURING, NEAR = "mapping", "projecting", "colouring", "near"
"""The lanes: layouts that take long, features and PCA, colours that are computed, and what features at hand answer at once."""
ANSWER_BYTES = 64 << 20
"""For maps that are kept whole, and as much again for those of runs."""
MATRIX_BYTES = 16 << 20
"""For matrices of a few images after some steps, with what they were made from."""
FEW = 512
"""So many chosen images are looked at in between."""


class Mapper:
    """Answers everything about maps."""

    def __init__(
        self, emit: Callable[[Event], None], shelf: Shelf, subjects: Subjects, runs: Runs, layouts: Layouts | None = None
    ) -> None:  # fmt: skip
        self._emit = emit
        self._shelf = shelf
        self._subjects = subjects
        self._runs = runs
        self.layouts = layouts or Layouts()
        self._gathering = Gathering(shelf, subjects)
        self._answers: Kept[Hashable, Mapped] = Kept(ANSWER_BYTES, _weight)
        self._of_runs: Kept[Hashable, MappedRun] = Kept(ANSWER_BYTES, lambda answer: float(answer.points.nbytes))
        self._matrices: Kept[Hashable, Similarities] = Kept(MATRIX_BYTES, _pixels)
        self._newest: dict[str, FeaturePlan] = {}

    def job(self, request: MapRequest) -> tuple[str, Job]:
        """The lane and the job for `request`; the newest of each kind and view wins."""
        kind = f"{type(request).__name__} {request.view}"
        about = dataclasses.replace(request, request_id=0)
        job = Job(kind, lambda job: self._answer(request, job), self._emit, request.request_id, True, about)
        self._newest[kind] = request.features
        self._subjects.notice(kind, request.features.model)
        return self._lane(request), job

    def _lane(self, request: MapRequest) -> str:
        match request:
            case MapRun():
                return MAPPING
            case MapFeatures():
                return PROJECTING if request.layout.method == "pca" else MAPPING
            case ColourPoints() if request.by in (LOSS, KNN, CLUSTER) or not self._gathering.holds(request.features):
                return COLOURING
            case FindNeighbours() if not self._gathering.holds(request.features):
                return PROJECTING
            case MeasureSimilarity() if not self._is_quick(request.features):
                return PROJECTING
        return NEAR

    def _is_quick(self, plan: FeaturePlan) -> bool:
        at_hand = self._subjects.is_at_hand(plan.model) and self._shelf.holds(plan.data)
        return self._gathering.holds(plan) or (at_hand and 0 < len(plan.chosen) <= FEW)

    def _answer(self, request: MapRequest, job: Job) -> MapAnswer:
        match request:
            case MapFeatures():
                return self._map(request, job)
            case MapRun():
                return self._map_run(request, job)
            case ColourPoints():
                return self._colour(request, job)
            case FindNeighbours():
                return self._near(request, job)
            case MeasureSimilarity():
                return self._alike(request, job)

    def _map(self, request: MapFeatures, job: Job) -> Mapped:
        plan, layout = request.features, request.layout
        held = self._held(plan, job)
        key = (held.gathered.mark, held.about.source, repr(plan), layout, held.step)
        if known := self._answers.find(key):
            return dataclasses.replace(known, stored=True)

        def make() -> Mapped:
            made = map_of(
                held.gathered, held.about, plan, layout, self.layouts, job.advance, _stop(job), step=held.step
            )
            held.spend(made.seconds)
            return made

        return self._answers.get(key, make, job.is_given_up)

    def _map_run(self, request: MapRun, job: Job) -> MappedRun:
        folder = folder_of(request.features.model, self._runs)
        stops = stops_of(folder, request.steps)
        frames = frames_of(request.features, folder, stops, job, lambda plan: self._held(plan, job, request.features))
        key = (frames.mark, repr(request.features), request.layout)
        return self._of_runs.get(
            key, lambda: lay_out_frames(request, frames, self.layouts, job, _stop(job)), job.is_given_up
        )

    def _colour(self, request: ColourPoints, job: Job) -> Coloured:
        from sslviz.inspect.mapping import colour

        plan, stop = request.features, _stop(job)
        held = self._lately(plan, job)
        if request.by != LOSS:
            return colour(held.gathered, request, progress=job.advance, stop=stop)
        subject, images = held.subject or self._gathering.subject(plan, job), self._gathering.images(plan, job)
        began = time.perf_counter()
        coloured = colour(held.gathered, request, subject.model, images, progress=job.advance, stop=stop)
        held.spend(time.perf_counter() - began)
        return coloured

    def _near(self, request: FindNeighbours, job: Job) -> Neighbours:
        return neighbours_of(self._lately(request.features, job).gathered, request)

    def _alike(self, request: MeasureSimilarity, job: Job) -> Similarities:
        plan = request.features
        if not plan.chosen:
            raise EngineError("No images were chosen to be compared.", "Choose some, such as those of a gallery.")
        if request.as_trained:
            return self._as_trained(plan, job)
        held = self._held(plan, job)
        return similarities_of(held.gathered, held.about, plan, held.step)

    def _as_trained(self, plan: FeaturePlan, job: Job) -> Similarities:
        """Kept by weights and plan: a timeline that comes back finds it."""
        from sslviz.inspect.mapping import alike

        subject, images = self._gathering.subject(plan, job), self._gathering.images(plan, job)

        def make() -> Similarities:
            began = time.perf_counter()
            found = alike(subject.model, plan, images, progress=job.advance, stop=_stop(job))
            if subject.live:
                subject.live.spend(time.perf_counter() - began)
            return similarities_as_trained(found, images.class_names, subject.model.describe(), plan, subject.step)

        return self._matrices.get((subject.mark, shelf_mark(plan.data), repr(plan)), make, job.is_given_up)

    def _held(self, plan: FeaturePlan, job: Job, asked: FeaturePlan | None = None) -> Held:
        """Features of `plan`; asked: the plan of the request, where it is about several."""
        return self._gathering.get(plan, job, lambda: self._is_unwanted(asked or plan, job))

    def _lately(self, plan: FeaturePlan, job: Job) -> Held:
        return self._gathering.lately(plan, job, lambda: self._is_unwanted(plan, job))

    def _is_unwanted(self, plan: FeaturePlan, job: Job) -> bool:
        """Whether to stop gathering: nobody asks for these features any more. A newer question about the same ones still does."""
        if job.given_up != "Superseded":
            return job.is_given_up()
        return self._newest.get(job.kind) != plan

    def close(self) -> None:
        """End what works for it elsewhere."""
        self.layouts.close()


def _stop(job: Job) -> Callable[[], None]:
    def stop() -> None:
        if job.is_given_up():
            raise Cancelled("It was cancelled.")

    return stop


def _weight(answer: Mapped) -> float:
    return float(answer.points.nbytes + answer.index.nbytes + answer.patch.nbytes + answer.label.nbytes)


def _pixels(answer: Similarities) -> float:
    return float(answer.matrix.nbytes + (0 if answer.pictures is None else answer.pictures.nbytes))
