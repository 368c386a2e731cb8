"""Experiment: the runs of a lesson as the view shows them and the shell drives them. Frozen: each change is another one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.config import RunConfig

ArmState = Literal["waiting", "training", "measuring", "done", "interrupted", "failed"]
Origin = Literal["live", "recorded"]
Series = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Steps and values of a column, where it was measured."""

UNDER_WAY = ("training", "measuring")


@dataclass(frozen=True, eq=False)
class ArmRun:
    """One run of it. `changes`: what was changed while it trained, so that it is no longer the lesson's."""

    state: ArmState = "waiting"
    folder: str = ""
    step: int = 0
    seconds: float = math.nan  # of training so far
    eta_s: float = math.nan  # of this run
    paused: bool = False
    trained: bool = False  # all its steps are taken; what is left is measuring
    text: str = ""  # what it does, or why it does no more
    values: Mapping[str, float] = field(default_factory=dict)  # by measure
    columns: Mapping[str, Series] = field(default_factory=dict)  # those that the lesson draws
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Experiment:
    """All runs of a lesson with one seed, in the order in which they are trained."""

    lesson: str
    seed: int
    origin: Origin
    configs: Mapping[str, RunConfig]
    columns: tuple[str, ...]  # of the records, which the lesson draws
    arms: Mapping[str, ArmRun]

    @property
    def is_done(self) -> bool:
        """Whether every run was trained and measured."""
        return all(arm.state == "done" for arm in self.arms.values())

    @property
    def is_under_way(self) -> bool:
        """Whether something of it trains or is measured now."""
        return any(arm.state in UNDER_WAY for arm in self.arms.values())

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of it to show."""
        return any(arm.state != "waiting" for arm in self.arms.values())

    def due(self) -> str:
        """The first run that is not done; "" where all are."""
        return next((name for name, arm in self.arms.items() if arm.state != "done"), "")

    def current(self) -> str:
        """The run that trains or is measured; "" where none does."""
        return next((name for name, arm in self.arms.items() if arm.state in UNDER_WAY), "")

    def changed(self, arm: str, **fields: object) -> Experiment:
        """A copy in which fields of one run are others."""
        return dataclasses.replace(self, arms={**self.arms, arm: dataclasses.replace(self.arms[arm], **fields)})  # type: ignore[arg-type]  # the caller names fields of ArmRun


def seconds_left(experiment: Experiment, each_s: float) -> float:
    """Of the whole experiment, NaN while unknown. `each_s`: what a run takes where none has told yet, NaN: unknown.

    A run that is done tells how long one takes; so does the one that trains, by what it took and what it says is left.
    """
    name = experiment.current()
    waiting = sum(arm.state not in ("done", *UNDER_WAY) for arm in experiment.arms.values())
    now = experiment.arms[name] if name else None
    took = [arm.seconds for arm in experiment.arms.values() if arm.trained and math.isfinite(arm.seconds)]
    if now is not None and math.isfinite(now.eta_s + now.seconds):
        took.append(now.seconds + now.eta_s)
    each = sum(took) / len(took) if took else each_s
    here = 0.0 if now is None or now.trained else now.eta_s if math.isfinite(now.eta_s) else each
    return here + (waiting * each if waiting else 0.0)
