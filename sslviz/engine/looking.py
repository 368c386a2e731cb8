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
from sslviz.engine.glance import look_at, memory_for, require_memory
from sslviz.engine.kept import Kept
from sslviz.engine.known_models import list_models, remember
from sslviz.engine.models import stamp_of
from sslviz.engine.shelf import Shelf
from sslviz.engine.subjects import Subject, Subjects
from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.errors import Cancelled
from sslviz.spec.events import Event
from sslviz.spec.inspection import (
    Attend,
    Attended,
    DescribeModel,
    ListModels,
    MeasureMemory,
    MemoryNeed,
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
PICTURES, ANSWERS = 16, 32
"""So many are kept."""
SIGHT_BYTES = 256 << 20
"""For what pictures became inside models."""
SLOW = frozenset({"masks", "occlusion"})
"""What runs the network many times."""


class Looking:
    """Answers everything that looks into a model."""

    def __init__(self, emit: Callable[[Event], None], shelf: Shelf, subjects: Subjects) -> None:
        self._emit = emit
        self._shelf = shelf
        self._subjects = subjects
        self._pictures: Kept[Hashable, Picture] = Kept(PICTURES)
        self._answers: Kept[Hashable, Answer] = Kept(ANSWERS)
        self._sights: Kept[Hashable, Sight] = Kept(SIGHT_BYTES, lambda sight: sight.bytes)

    def job(self, request: Look) -> tuple[str, Job]:
        """The lane and the job for `request`; of `Attend` and `Rebuild`, the newest of each view wins."""
        kind = type(request).__name__ + (f" {request.view}" if isinstance(request, Attend | Rebuild) else "")
        job = Job(kind, lambda job: self._answer(request, job), self._emit, request.request_id)
        if isinstance(request, ListModels):
            return LOOKING, job
        job.newest_wins = not isinstance(request, DescribeModel)
        job.about = _about(request)
        if job.newest_wins:
            self._subjects.notice(kind, request.model)
        if self._subjects.is_at_hand(request.model):
            return LOOKING, job
        return (DESCRIBING if isinstance(request, DescribeModel) else OPENING), job

    def _answer(self, request: Look, job: Job) -> object:
        match request:
            case ListModels():
                return list_models()
            case DescribeModel():
                return self._describe(request, job)
            case _:
                return self._look(request, job)

    def _describe(self, request: DescribeModel, job: Job) -> Description:
        description = self._subjects.get(request.model, job).model.describe()
        if not request.model.random and not request.model.run_id:
            remember(description)
        return description

    def _look(self, request: Attend | Rebuild | MeasureMemory, job: Job) -> Answer:
        subject = self._subjects.get(request.model, job)
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
