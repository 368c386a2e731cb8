"""Live changes of a run by name: a method's parameter, "augment.crop", "optimiser.lr", "steps"."""

from __future__ import annotations

import dataclasses
from typing import Any

from sslviz.spec.augmentation import ViewRecipe, with_setting
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import ParamInfo, Scalar, check, describe
from sslviz.training.learner import Learner


def flip(learner: Learner, name: str, value: Scalar, step: int) -> tuple[Scalar, Scalar]:
    """Change a live parameter after `step` steps; (before, after). Raises SpecError, and then nothing has changed."""
    room, _, rest = name.partition(".")
    if room == "augment" and rest:
        return _flip_augmentation(learner, rest, value)
    if room == "optimiser" and rest:
        return _flip_optimiser(learner, rest, value)
    if name == "steps":
        return _flip_steps(learner, value, step)
    return learner.method.set_param(name, value)


def _flip_augmentation(learner: Learner, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
    index, _, field_name = name.rpartition(".")
    changed = with_setting(learner.augmentation, name, value)
    _require_live({info.name: info for info in describe(ViewRecipe)}[field_name])
    first = int(index or 0)
    before = getattr(learner.augmentation.views[first], field_name)
    learner.augment_with(changed)
    return before, getattr(changed.views[first], field_name)


def _flip_optimiser(learner: Learner, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
    infos = {info.name: info for info in describe(OptimiserConfig)}
    if name not in infos:
        raise SpecError(f"The optimiser has no setting {name!r}.", f"There are: {', '.join(infos)}.")
    _require_live(infos[name])
    before, after = getattr(learner.optimiser_config, name), check(infos[name], value)
    change: dict[str, Any] = {name: after}
    learner.optimiser_config = dataclasses.replace(learner.optimiser_config, **change)
    return before, after


def _flip_steps(learner: Learner, value: Scalar, step: int) -> tuple[Scalar, Scalar]:
    """A longer or shorter run: the schedule is that of the new length from here on."""
    info = next(info for info in describe(RunConfig) if info.name == "steps")
    after = int(check(info, value))
    if after < step:
        raise SpecError(f"The run has taken {step:,} steps already.", f"Choose at least {step:,} steps.")
    before, learner.steps = learner.steps, after
    return before, after


def _require_live(info: ParamInfo) -> None:
    if not info.live:
        raise SpecError(f"{info.label} cannot change while a run trains.", "Start a new run with it.")
