"""Features at hand: gathered once for a model, images and a plan, whoever asks, and kept while there is room."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.kept import Kept
from sslviz.engine.models import weight_of
from sslviz.engine.shelf import Shelf, shelf_mark
from sslviz.engine.subjects import Subject, Subjects
from sslviz.spec.description import Description
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import FeaturePlan

if TYPE_CHECKING:
    from sslviz.data import ImageData, Splits
    from sslviz.inspect.mapping import Gathered

FEATURE_BYTES = 256 << 20
"""For features that are kept: 55,000 of 1,024 numbers, or many smaller ones."""

Wanted = Callable[[], bool]
Key = tuple[Hashable, str, Hashable]
"""Equal weights, equal pixels, the same question."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Features, and whose. Of a live run the copy that they are of is kept with them: what colours its map must be of the same."""

    gathered: Gathered
    about: Description
    subject: Subject | None = None  # of a live run only: other models are opened again where they have been let go

    @property
    def step(self) -> int:
        """Of a live run, -1 of anything else."""
        return self.subject.step if self.subject else -1

    def spend(self, seconds: float) -> None:
        """Something was computed with it: a live run is copied again the later for it."""
        if self.subject and self.subject.live:
            self.subject.live.spend(seconds)

    @property
    def bytes(self) -> float:
        """That it keeps in memory."""
        return self.gathered.bytes + (weight_of(self.subject.model) if self.subject else 0.0)


class Gathering:
    """Thread-safe. Of two who want the same features one gathers them; the other waits and is told how far it is."""

    def __init__(self, shelf: Shelf, subjects: Subjects) -> None:
        self._shelf = shelf
        self._subjects = subjects
        self._kept: Kept[Key, Held] = Kept(FEATURE_BYTES, lambda held: held.bytes)
        self._latest: dict[Hashable, Key] = {}
        self._said: dict[Key, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def holds(self, plan: FeaturePlan) -> bool:
        """Whether `lately` would return at once, and what it was made from has not changed since."""
        return self._key_at_hand(plan) is not None

    def lately(self, plan: FeaturePlan, job: Job, is_unwanted: Wanted) -> Held:
        """The features of the last map of this plan, be its run some steps further by now; `get` where there are none."""
        key = self._key_at_hand(plan)
        held = self._kept.find(key) if key else None
        return held or self.get(plan, job, is_unwanted)

    def get(self, plan: FeaturePlan, job: Job, is_unwanted: Wanted) -> Held:
        """The features, gathered where they are not at hand. Raises InspectError, DataError, CheckpointError and their like, Cancelled."""
        subject, splits = self.subject(plan, job), self._splits(plan, job)
        key = (subject.mark, splits.fingerprint, _question(plan))

        def tell(fraction: float, text: str) -> None:
            self._said[key] = (fraction, text)
            job.advance(fraction, text)

        def is_given_up() -> bool:
            job.advance(*self._said.get(key, (float("nan"), "waiting for features")))
            return is_unwanted()

        def make() -> Held:
            try:
                return _gather(subject, plan, _half(splits, plan), tell, is_unwanted)
            finally:
                self._said.pop(key, None)

        held = self._kept.get(key, make, is_given_up)
        with self._lock:
            self._latest = {asked: made for asked, made in self._latest.items() if self._kept.holds(made)}
            self._latest[_identity(plan)] = key
        return held

    def subject(self, plan: FeaturePlan, job: Job) -> Subject:
        """The model of a plan, opened where it is not."""
        return self._subjects.get(plan.model, job)

    def images(self, plan: FeaturePlan, job: Job) -> ImageData:
        """The split of a plan, loaded where it is not."""
        return _half(self._splits(plan, job), plan)

    def _splits(self, plan: FeaturePlan, job: Job) -> Splits:
        return self._shelf.get(plan.data, progress=job.advance, cancelled=job.is_given_up)

    def _key_at_hand(self, plan: FeaturePlan) -> Key | None:
        key = self._latest.get(_identity(plan))
        if key is None or not self._kept.holds(key):
            return None
        is_same = self._subjects.is_followed(plan.model) or key[0] == self._subjects.mark(plan.model)
        return key if is_same else None


def _gather(
    subject: Subject, plan: FeaturePlan, images: ImageData, tell: Callable[[float, str], None], is_unwanted: Wanted
) -> Held:
    from sslviz.inspect.mapping import gather

    def stop() -> None:
        if is_unwanted():
            raise Cancelled("It was cancelled.")

    began = time.perf_counter()
    gathered = gather(subject.model, plan, images, progress=tell, stop=stop)
    held = Held(gathered, subject.model.describe(), subject if subject.live else None)
    held.spend(time.perf_counter() - began)
    return held


def _half(splits: Splits, plan: FeaturePlan) -> ImageData:
    return splits.train if plan.split == "train" else splits.val


def _question(plan: FeaturePlan) -> Hashable:
    """What is asked of a model and a data set."""
    return plan.split, plan.tokens, plan.layer, plan.images, plan.seed, plan.chosen


def _identity(plan: FeaturePlan) -> Hashable:
    """Equal for plans that ask the same of the same names."""
    return plan.model, shelf_mark(plan.data), _question(plan)
