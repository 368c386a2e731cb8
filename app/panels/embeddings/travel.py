"""Travel: the maps of all snapshots of a run, and the one at which the timeline stands. Headless."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from app.panels.embeddings.cloud import Cloud, of_frame
from sslviz.spec.evaluation import LAST
from sslviz.spec.mapping import FeaturePlan, LayoutPlan, MappedRun, MapRun

Key = tuple[FeaturePlan, LayoutPlan]


def key_of(features: FeaturePlan, layout: LayoutPlan) -> Key:
    """Equal for maps of the same run: whichever of its snapshots is looked at."""
    return dataclasses.replace(features, model=dataclasses.replace(features.model, snapshot=LAST, run_id="")), layout


@dataclass(slots=True)
class Travel:
    """`step`: where the timeline stands, None: at the run as it is. `last`: the newest snapshot that the run is known to have."""

    step: int | None = None
    last: int = -1
    run: MappedRun | None = None
    layout: LayoutPlan = field(default_factory=LayoutPlan)
    _key: Key | None = None
    _final: bool = False
    _known: int = -1  # `last` when it was asked for

    @property
    def is_on(self) -> bool:
        """Whether the timeline stands at a snapshot."""
        return self.step is not None

    def take(self, request: MapRun, answer: MappedRun, *, final: bool) -> None:
        """The maps of all snapshots; final: not those that were only to be there at once."""
        self.run, self.layout, self._final, self._known = answer, request.layout, final, self.last
        self._key = key_of(request.features, request.layout)

    def forget(self) -> None:
        """Another run."""
        self.run, self._key, self._final = None, None, False

    def needs(self, wanted: Key) -> bool:
        """Whether these maps have to be asked for: others are at hand, or the run has gone on."""
        return self.run is None or not self._final or self._key != wanted or self._known < self.last

    def suits(self, wanted: Key) -> bool:
        """Whether what is at hand can be shown, if only until the rest is there."""
        return self.run is not None and self._key is not None and self._key[0] == wanted[0]

    def frame(self) -> int:
        """The snapshot at which the timeline stands, or the last one before; -1 where there is none."""
        if self.run is None or self.step is None or not self.run.steps:
            return -1
        before = [k for k, step in enumerate(self.run.steps) if step <= self.step]
        return before[-1] if before else 0

    def cloud(self, frame: int, grid: tuple[int, int]) -> Cloud | None:
        """The points after a snapshot."""
        return of_frame(self.run, frame, grid) if self.run is not None else None
