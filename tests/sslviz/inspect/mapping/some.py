"""Small data sets and runs to gather features from."""

from __future__ import annotations

from typing import Any

import numpy as np

from sslviz.data.augment import recipe
from sslviz.data.base import ImageData
from sslviz.data.shapes import dials
from sslviz.data.shapes.scenes import factor_names
from sslviz.inspect.mapping import Gathered
from sslviz.inspect.model import Model
from sslviz.inspect.own import model_of
from sslviz.methods import METHODS
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import OWN_PATCH, ColourPoints, FeaturePlan
from sslviz.training.prepare import build_method, facts_of

CLASSES = ("a", "b", "c")


def images(count: int = 12, size: tuple[int, int] = (32, 32), seed: int = 0, **known: Any) -> ImageData:
    """Noise; class k mod 3, factors and masks where they are given."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 3, *size), np.uint8)
    known = {"labels": np.arange(count) % 3, "class_names": CLASSES, **known}
    return ImageData("noise", pixels, **known)


def shapes(count: int = 8) -> ImageData:
    """Noise with every factor that procedural images have."""
    names = factor_names(dials.chosen({}))
    random = np.random.default_rng(1)
    factors = {name: random.integers(0, len(values), count) for name, values in names.items()}
    return images(count, factors=factors, factor_names=names)


def plan(**changes: Any) -> FeaturePlan:
    return FeaturePlan(ModelRef("a model"), DataConfig(), **changes)


def ask(by: str, **changes: Any) -> ColourPoints:
    return ColourPoints(1, plan(), by, **changes)


def run(name: str, backbone: str = "vit_d64", network: str = "", **params: Any) -> Model:
    """A run of that method with its initial weights, as a model."""
    config = RunConfig(
        name, params, backbone=backbone, augmentation=recipe(METHODS[name].info.augmentation), batch_size=8
    )
    facts = facts_of(config, (32, 32), CLASSES, factor_names(dials.chosen({})))
    return model_of(
        build_method(config, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25), facts=facts), config, 5, network=network
    )


def points(values: Any, labels: Any = None, index: Any = None) -> Gathered:
    """Points as if they had been gathered."""
    values = np.array(values, np.float32)
    n = len(values)
    return Gathered(
        values,
        np.arange(n) if index is None else np.array(index),
        np.full(n, OWN_PATCH, np.int32),
        np.full(n, -1) if labels is None else np.array(labels),
        CLASSES,
        total=n,
        mark="a mark",
    )
