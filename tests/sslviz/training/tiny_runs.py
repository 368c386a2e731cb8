"""Tiny runs: 120 pictures of 16 px, batches of 16, a step in a few milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from sslviz.data.augment import recipe
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.events import Event, Finished, Scalars
from sslviz.training import RunControl

E = TypeVar("E", bound=Event)


def tiny(steps: int = 8, **changes: Any) -> RunConfig:
    """A run of a second."""
    optimiser = changes.pop("optimiser", OptimiserConfig(warmup=2))
    dials = {"preset": "lesson", "count": 120}
    values: dict[str, Any] = {
        "data": DataConfig(source="shapes", image_size=16, dials=dials),
        "augmentation": recipe("simclr_cifar10"),
        "params": {"width": 16, "dim": 8},
        "optimiser": optimiser,
        "batch_size": 16,
        "snapshots": 3,
        "device": "cpu",
        "precision": "fp32",
        "threads": 1,
    }
    return RunConfig(steps=steps, **{**values, **changes})


@dataclass
class Heard:
    """The events of a run; `when` may steer it as they come."""

    when: Callable[[Event], None] = lambda event: None
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.when(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def series(self, name: str) -> dict[int, float]:
        """Exact values by step where they were measured."""
        found: dict[int, float] = {}
        for chunk in self.of(Scalars):
            if name in chunk.names:
                column = chunk.values[:, chunk.names.index(name)]
                found |= {int(s): float(v) for s, v in zip(chunk.steps, column, strict=True) if not np.isnan(v)}
        return found

    @property
    def end(self) -> Finished:
        assert isinstance(self.events[-1], Finished)
        assert len(self.of(Finished)) == 1
        return self.events[-1]


Train = Callable[..., Heard]


def stop_after(step: int, control: RunControl) -> Callable[[Event], None]:
    """Stops the run once the numbers of `step` are told, which happens step by step: the run is watched closely."""
    control.pause()
    for _ in range(step):
        control.step()

    def when(event: Event) -> None:
        if isinstance(event, Scalars) and event.step >= step:
            control.stop()

    return when
