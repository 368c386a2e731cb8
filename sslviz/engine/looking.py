"""Looking into models: what `DescribeModel`, `Attend`, `Rebuild`, `MeasureMemory` and `ListModels` ask, from what is at hand.

Models, prepared pictures, what a picture became inside a model, and whole answers are kept, so that a new query on the same picture
costs one softmax and a question asked twice costs nothing.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.errors import EngineError
from sslviz.engine.glance import look_at, memory_for, require_memory
from sslviz.engine.kept import Kept
from sslviz.engine.known_models import list_models, remember
from sslviz.engine.live import LiveModel, LiveModels
from sslviz.engine.models import RANDOM_SEED, OpenedModels, stamp_of
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf
from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.errors import Cancelled
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import Event
from sslviz.spec.inspection import (
    Attend,
    Attended,
    DescribeModel,
    ListModels,
    MeasureMemory,
    MemoryNeed,
    ModelRef,
    PictureRef,
    Rebuild,
    Rebuilt,
)

if TYPE_CHECKING:
    from sslviz.data import Splits
    from sslviz.inspect.model import Model
    from sslviz.inspect.pictures import Picture
    from sslviz.inspect.sight import Sight

Look = DescribeModel | ListModels | Attend | Rebuild | MeasureMemory
Answer = Attended | Rebuilt | MemoryNeed

LOOKING, OPENING, DESCRIBING = "looking", "opening", "describing"
"""The lanes: what can be answered from an open model, what has to open one first, and what somebody waits for with a file in hand:
a file that is no model is refused at once, whatever else is being opened."""
PICTURES, ANSWERS, TWINS = 16, 32, 2
"""So many are kept; twins are live models with random weights."""
SIGHT_BYTES = 256 << 20
"""For what pictures became inside models."""
SLOW = frozenset({"masks", "occlusion"})
"""What runs the network many times."""


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """A model that is looked at. `mark`: equal for equal weights."""

    model: Model
    mark: Hashable
    live: LiveModel | None = None

    @property
    def step(self) -> int:
        """Of a live run, -1 of anything else."""
        return self.live.step if self.live else -1


class Looking:
    """Answers everything that looks into a model."""

    def __init__(
        self, emit: Callable[[Event], None], shelf: Shelf, runs: Runs,
        models: OpenedModels | None = None, live: LiveModels | None = None,
    ) -> None:  # fmt: skip
        self._emit = emit
        self._shelf = shelf
        self._runs = runs
        self._models = models or OpenedModels()
        self._live = live or LiveModels(runs)
        self._pictures: Kept[Hashable, Picture] = Kept(PICTURES)
        self._answers: Kept[Hashable, Answer] = Kept(ANSWERS)
        self._sights: Kept[Hashable, Sight] = Kept(SIGHT_BYTES, lambda sight: sight.bytes)
        self._twins: Kept[Hashable, Model] = Kept(TWINS)
        self._newest: dict[str, ModelRef] = {}

    def job(self, request: Look) -> tuple[str, Job]:
        """The lane and the job for `request`; of `Attend`, the newest of each view wins."""
        kind = type(request).__name__ + (f" {request.view}" if isinstance(request, Attend) else "")
        job = Job(kind, lambda job: self._answer(request, job), self._emit, request.request_id)
        if isinstance(request, ListModels):
            return LOOKING, job
        job.newest_wins = not isinstance(request, DescribeModel)
        job.about = _about(request)
        if job.newest_wins:
            self._newest[kind] = request.model
        if self._is_at_hand(request.model):
            return LOOKING, job
        return (DESCRIBING if isinstance(request, DescribeModel) else OPENING), job

    def _is_at_hand(self, ref: ModelRef) -> bool:
        return self._is_followed(ref) or self._models.holds(dataclasses.replace(ref, run_id=""))

    def _is_followed(self, ref: ModelRef) -> bool:
        return bool(ref.run_id) and ref.snapshot == LAST and not ref.random and self._runs.is_live(ref.run_id)

    def _answer(self, request: Look, job: Job) -> object:
        match request:
            case ListModels():
                return list_models()
            case DescribeModel():
                return self._describe(request, job)
            case _:
                return self._look(request, job)

    def _describe(self, request: DescribeModel, job: Job) -> Description:
        description = self._subject(request.model, job).model.describe()
        if not request.model.random and not request.model.run_id:
            remember(description)
        return description

    def _look(self, request: Attend | Rebuild | MeasureMemory, job: Job) -> Answer:
        subject = self._subject(request.model, job)
        key = (subject.mark, mark_of(request))

        def make() -> Answer:
            began = time.perf_counter()
            answer = self._compute(request, subject, job)
            seconds = time.perf_counter() - began
            if subject.live:
                subject.live.spend(seconds)
            if isinstance(answer, MemoryNeed):
                return answer
            return dataclasses.replace(answer, seconds=seconds, step=subject.step)

        if isinstance(request, MeasureMemory):
            return make()  # what is free changes
        return self._answers.get(key, make, job.is_given_up)

    def _compute(self, request: Attend | Rebuild | MeasureMemory, subject: Subject, job: Job) -> Answer:
        if isinstance(request, MeasureMemory):
            return memory_for(subject.model, request)
        require_memory(subject.model, request)
        picture = self._picture(request.picture, subject.model, job)
        sight = self._sights.get((subject.mark, _picture_mark(request.picture)), _new_sight)

        def stop() -> None:
            if job.is_given_up():
                raise Cancelled("It was cancelled.")

        return look_at(subject.model, request, picture, sight, stop)

    def _subject(self, ref: ModelRef, job: Job) -> Subject:
        if ref.run_id and ref.snapshot == LAST:
            live = self._live.get(ref.run_id, job) or (None if ref.source else self._live.last(ref.run_id))
            if live:
                return self._of_live(ref, live)
            if not ref.source:
                raise EngineError(f"There is no run {ref.run_id!r} that could be looked into.", "Open its folder.")
        ref = dataclasses.replace(ref, run_id="")
        model = self._models.get(ref, job.advance, lambda: self._is_unwanted(ref, job))
        return Subject(model, self._models.mark(ref))

    def _of_live(self, ref: ModelRef, live: LiveModel) -> Subject:
        """The copy of a live run; of its random twin, drawn once a copy."""
        if not ref.random:
            return Subject(live.model(ref.network), ("live", live.serial, ref.network), live)
        mark = ("random", ref.run_id, repr(live.config), ref.network)
        return Subject(
            self._twins.get(mark, lambda: live.model(ref.network).with_random_weights(RANDOM_SEED)), mark, live
        )

    def _is_unwanted(self, ref: ModelRef, job: Job) -> bool:
        """Whether to stop opening a model: nobody asks for it any more. A newer question about it still does."""
        if job.given_up != "Superseded":
            return job.is_given_up()
        newest = self._newest.get(job.kind)
        return newest is None or dataclasses.replace(newest, run_id="") != ref

    def _picture(self, ref: PictureRef, model: Model, job: Job) -> Picture:
        from sslviz.inspect.pictures import read_picture

        about = model.describe()
        key = (_picture_mark(ref), about.kind, about.patch, about.image_size, about.mean)

        def data(config: DataConfig) -> Splits:
            return self._shelf.get(config, progress=job.advance, cancelled=job.is_given_up)

        return self._pictures.get(key, lambda: read_picture(ref, about, data), job.is_given_up)


def _about(request: Look) -> Hashable:
    """A question in work is finished for a newer one about the same picture, so that answers follow a pointer that never rests;
    unless it takes seconds."""
    if isinstance(request, Attend | Rebuild) and not (isinstance(request, Attend) and SLOW & set(request.wants)):
        return request.model, _picture_mark(request.picture)
    return mark_of(request)


def mark_of(request: Look) -> str:
    """Equal for requests that ask the same of the same file; pasted pixels by their hash."""
    plain = dataclasses.replace(request, request_id=0)
    if isinstance(plain, Attend | Rebuild):
        return f"{dataclasses.replace(plain, picture=PictureRef())!r} {_picture_mark(plain.picture)}"
    return repr(plain)


def _picture_mark(picture: PictureRef) -> str:
    pixels = blake2b(picture.pixels, digest_size=16).digest() if picture.pixels else b""
    return f"{dataclasses.replace(picture, pixels=pixels)!r} {stamp_of(picture.path) if picture.path else ''}"


def _new_sight() -> Sight:
    from sslviz.inspect.sight import Sight

    return Sight()
