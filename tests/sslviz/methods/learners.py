"""Learners of any method, with its own defaults on 48 small scenes: a step in some ten milliseconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch

from sslviz.data import ImageData, load_data
from sslviz.data.augment import recipe
from sslviz.methods import METHODS, Method
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.params import Scalar
from sslviz.training.learner import Learner
from sslviz.training.prepare import build_method, facts_of, make_fabric

SIZE = 32
BATCH = 8


@cache
def scenes() -> ImageData:
    """Shapes with labels and factors, 32 px."""
    dials = {"preset": "lesson", "count": 60}
    return load_data(DataConfig(source="shapes", image_size=SIZE, val_fraction=0.2, dials=dials)).train


def unlabelled() -> ImageData:
    """The same pictures, of which nothing is known."""
    return dataclasses.replace(scenes(), labels=None, class_names=(), factors={}, factor_names={}, masks=None)


def config_of(name: str, params: Mapping[str, Scalar] | None = None, **changes: Any) -> RunConfig:
    """A run with the method's own recipe, backbone and optimiser."""
    info = METHODS[name].info
    values: dict[str, Any] = {
        "backbone": info.backbone,
        "augmentation": recipe(info.augmentation),
        "optimiser": info.optimiser,
        "batch_size": BATCH,
        "steps": 20,
    }
    return RunConfig(method=name, params=dict(params or {}), **{**values, **changes})


def method_of(config: RunConfig, data: ImageData | None = None) -> Method:
    """The method of a run on `data`. Raises MethodError where they do not fit."""
    data = data or scenes()
    classes = tuple(data.class_names) if data.labels is not None else ()
    facts = facts_of(config, data.image_size, classes, data.factor_names)
    return build_method(config, mean=data.mean, std=data.std, facts=facts)


def learner_of(
    name: str,
    precision: str = "fp32",
    data: ImageData | None = None,
    params: Mapping[str, Scalar] | None = None,
    **changes: Any,
) -> Learner:
    """A learner before its first step. Raises MethodError where the parts do not fit."""
    config = config_of(name, params, **changes)
    return Learner(config, data or scenes(), method_of(config, data), make_fabric(torch.device("cpu"), precision))
