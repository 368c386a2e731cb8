"""Subjects: the models that questions are about, opened once, whoever asks; of a live run a copy, of its random twin one a copy."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.errors import EngineError
from sslviz.engine.kept import Kept
from sslviz.engine.live import LiveModel, LiveModels
from sslviz.engine.models import RANDOM_SEED, OpenedModels
from sslviz.engine.runs import Runs
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelRef

if TYPE_CHECKING:
    from sslviz.inspect.model import Model

TWINS = 2
"""So many live models with random weights are kept."""


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


class Subjects:
    """Thread-safe; shared by all that look into models."""

    def __init__(self, runs: Runs, models: OpenedModels | None = None, live: LiveModels | None = None) -> None:
        self._runs = runs
        self._models = models or OpenedModels()
        self._live = live or LiveModels(runs)
        self._twins: Kept[Hashable, Model] = Kept(TWINS)
        self._newest: dict[str, ModelRef] = {}

    def notice(self, kind: str, ref: ModelRef) -> None:
        """The newest question of this kind is about `ref`: who opens it for an older one goes on."""
        self._newest[kind] = ref

    def is_at_hand(self, ref: ModelRef) -> bool:
        """Whether `get` need not open anything."""
        return self.is_followed(ref) or self._models.holds(dataclasses.replace(ref, run_id=""))

    def is_followed(self, ref: ModelRef) -> bool:
        """Whether it means a run as it trains."""
        return bool(ref.run_id) and ref.snapshot == LAST and not ref.random and self._runs.is_live(ref.run_id)

    def mark(self, ref: ModelRef) -> Hashable:
        """That of the subject where `ref` is not a live run; nothing is opened for it."""
        return self._models.mark(dataclasses.replace(ref, run_id=""))

    def get(self, ref: ModelRef, job: Job) -> Subject:
        """The model. Raises CheckpointError and its like, EngineError, Cancelled."""
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
        twin = self._twins.get(mark, lambda: live.model(ref.network).with_random_weights(RANDOM_SEED))
        return Subject(twin, mark, live)

    def _is_unwanted(self, ref: ModelRef, job: Job) -> bool:
        """Whether to stop opening a model: nobody asks for it any more. A newer question about it still does."""
        if job.given_up != "Superseded":
            return job.is_given_up()
        newest = self._newest.get(job.kind)
        return newest is None or dataclasses.replace(newest, run_id="") != ref
