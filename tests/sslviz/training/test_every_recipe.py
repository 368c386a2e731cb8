"""Every recipe that ships makes a model as published, and takes a step on tiny images with a small one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import pytest
import torch

from sslviz.spec.catalogue import RecipeInfo, shipped_catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.recipes import suits
from sslviz.spec.settings import default_config
from sslviz.training.forecast import image_side
from sslviz.training.prepare import build_method, facts_of, prepare, validate

CATALOGUE = shipped_catalogue()
FACTORS = {"shape": ("circle", "square"), "hue": ("red", "blue"), "background": ("grain", "blobs")}
SMALL = {"cnn": "resnet_w16", "vit": "vit_d64"}
BATCH, WIDEST = 8, 128
DATA = DataConfig(source="shapes", image_size=32, dials={"preset": "lesson", "count": 120})


def config_of(recipe: RecipeInfo) -> RunConfig:
    source = next((info.name for info in CATALOGUE.data if suits(recipe, info.name)), "shapes")
    return default_config(CATALOGUE, recipe.method, data=source, recipe=recipe.name)


def small(config: RunConfig) -> RunConfig:
    """The same recipe with a small backbone of the same kind, narrow heads, eight images, and ten steps."""
    kinds = {info.name: info.kind for info in CATALOGUE.backbones}
    kind = kinds.get(config.backbone, "vit" if "vit" in config.backbone else "cnn")
    whole = {p.name for m in CATALOGUE.methods if m.name == config.method for p in m.params if p.kind == "int"}
    params = {name: min(int(v), WIDEST) if name in whole else v for name, v in config.params.items()}
    return dataclasses.replace(
        config, data=DATA, backbone=SMALL[kind], params=params, batch_size=BATCH * config.optimiser.accumulate, steps=10,
        device="cpu", precision="fp32", threads=1,
    )  # fmt: skip


@pytest.fixture(params=CATALOGUE.recipes, ids=lambda recipe: f"{recipe.method}-{recipe.name}")
def recipe(request: pytest.FixtureRequest) -> RecipeInfo:
    found: RecipeInfo = request.param
    return found


def test_its_model_is_made_at_full_size(recipe: RecipeInfo):
    config = config_of(recipe)
    validate(config)
    side, _ = image_side(config.data)
    facts = facts_of(config, (side, side), ("circle", "square"), FACTORS)
    with torch.device("meta" if recipe.source else "cpu"):  # the published ones are huge: their sizes without memory
        method = build_method(config, mean=(0.5,) * 3, std=(0.2,) * 3, facts=facts)
    assert sum(weight.numel() for weight in method.parameters()) > 10_000


def test_it_takes_a_step(recipe: RecipeInfo):
    quiet: tuple[Callable[..., None], Callable[[], bool]] = (lambda *_: None, lambda: False)
    learner = prepare(small(config_of(recipe)), None, *quiet, measure=False).learner
    before = [weight.detach().clone() for weight in learner.method.encoder.parameters()]
    outcome = learner.advance(1)  # number 0 of some warm-ups has rate 0
    assert not outcome.problem
    assert math.isfinite(outcome.loss)
    assert any(not torch.equal(a, b) for a, b in zip(before, learner.method.encoder.parameters(), strict=True))
