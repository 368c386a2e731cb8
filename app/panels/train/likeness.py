"""Likeness: asks how alike the record's images are after the step at which the timeline stands, or as the run trains. Headless."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.bridge.asking import Asking, Reply
from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.panels.train.drawing import peek_of
from app.panels.train.matrix import Matrix, measured
from sslviz.spec.catalogue import MethodInfo
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import Answered, Refused
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import FeaturePlan, MeasureSimilarity, Similarities

EVERY_S = 2.0
"""A run that trains is asked no more often; the worker, besides, takes a copy of it only as often as the run can spare."""
SIDE = "alike"
WAITING = "Comparing the images …"
LOST = "WorkerLost"
STANDING = ("running", "paused", "finished", "stopped")
"""States in which a run has a model."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A matrix, or why there is none. at: the step of the timeline that it belongs to; None: the run as it is."""

    at: int | None
    matrix: Matrix | None
    message: str = ""


class Likeness:
    """`found` is what came last. The images are those of the first batch that was seen of the run: of a record, of its last."""

    def __init__(self, next_id: Callable[[], int], send: Callable[[object], None]) -> None:
        self._asking = Asking(next_id, send)
        self._model = ModelRef("")
        self.forget()

    def forget(self) -> None:
        """Another run."""
        self._asking.forget(SIDE)
        self._chosen: tuple[int, ...] = ()
        self._asked: FeaturePlan | None = None
        self._at: int | None = None
        self._step = self._seen_step = -1  # of the run: when it was asked, and now
        self._when = 0.0
        self.found: Found | None = None

    def look_at(self, model: ModelRef) -> None:
        """The window's current model: the timeline's snapshot, once it is open."""
        self._model = model

    def follow(self, picture: RunPicture, at: int | None, method: MethodInfo | None) -> None:
        """Ask, where something else is wanted than was asked last. The record's own matrix of its last step needs no question."""
        own = at is None and peek_of(picture, "similarity", "cosine") is not None
        plan = None if own else self._plan(picture, at, method)
        if plan is None:
            return
        self._seen_step = picture.progress.step if picture.progress else 0
        if plan != self._asked or self._is_due(picture, at):
            self._asked, self._at = plan, at
            self._step, self._when = self._seen_step, time.monotonic()
            self._asking.ask(SIDE, lambda number: MeasureSimilarity(number, plan, "train", as_trained=True))

    def _is_due(self, picture: RunPicture, at: int | None) -> bool:
        further = at is None and is_live(picture) and self._seen_step != self._step
        return further and not self._asking.is_waiting(SIDE) and time.monotonic() - self._when >= EVERY_S

    def _plan(self, picture: RunPicture, at: int | None, method: MethodInfo | None) -> FeaturePlan | None:
        """The features to be compared; None while the snapshot is not open, or no batch was seen."""
        ref = self._ref(picture, at)
        if not self._chosen:
            peek = peek_of(picture, "similarity", "indices") or peek_of(picture, "views", "indices")
            self._chosen = tuple(peek.arrays["indices"].tolist()) if peek else ()
        if picture.started is None or ref is None or not self._chosen:
            return None
        config = picture.started.config
        has_z = method is not None and "similarity" in method.shows  # what its own matrix is of
        return FeaturePlan(
            ref, config.data, "train", "projected" if has_z else "pooled", images=0, seed=config.seed, chosen=self._chosen
        )  # fmt: skip

    def _ref(self, picture: RunPicture, at: int | None) -> ModelRef | None:
        """The model that the window has open, where it is that of the step; a run's last one has a name of its own."""
        folder = picture.started.folder if picture.started else ""
        if not folder:
            return None
        here = self._model.source == folder and self._model.snapshot == (LAST if at is None else at)
        if at is not None:
            return self._model if here else None
        run_id = picture.run_id if is_live(picture) else ""
        ref = replace(self._model, run_id=run_id) if here else ModelRef(folder, run_id=run_id)
        return ref if picture.state in STANDING else None

    def take(self, event: Reply) -> bool:
        """Whether it was the answer to the newest question; `found` is another then."""
        asked = self._asking.take(event)
        if asked is None or self._asked is None:
            return False
        if isinstance(event, Answered) and isinstance(event.payload, Similarities):
            answer, at = event.payload, self._at
            step = answer.step if answer.step >= 0 else self._step if at is None else at
            self.found = Found(at, measured(answer, self._asked, step))
        elif isinstance(event, Refused):
            self._asked = None if event.kind == LOST else self._asked
            self.found = Found(self._at, None, f"{event.message} {event.hint}".strip())
        return isinstance(event, Answered | Refused)
