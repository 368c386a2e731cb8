"""Pretext tasks of our own runs on one picture: what was seen, what came out, and errors as the methods themselves count them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from sslviz.checkpoints.base import Loaded
from sslviz.inspect.errors import InspectError
from sslviz.inspect.model import Model
from sslviz.inspect.rebuild import rebuild
from sslviz.methods import METHODS, Facts, Method
from sslviz.methods.inpainting import weighted_mse
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.feature_map import feature_map
from sslviz.spec.inspection import ModelRef, PictureRef, Rebuild
from tests.sslviz.inspect.networks import convolutional, picture


def run_of(name: str, **params) -> Model:
    kind = METHODS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = Encoder(build_backbone("resnet_w16", 32), (0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
        method = kind(encoder, kind.Params(**params), Facts(((32, 32),))).eval().requires_grad_(False)
    return Model(dataclasses.replace(convolutional().loaded, method=method))


def method_of(model: Model) -> Method:
    assert isinstance(model.loaded.method, Method)
    return model.loaded.method


def ask(**changes) -> Rebuild:
    return Rebuild(1, ModelRef("x"), PictureRef(), **changes)


def test_inpainting_fills_what_is_hidden():
    model = run_of("inpainting")
    hidden = torch.zeros(16, 16, dtype=torch.bool)
    hidden[4:8, 2:9] = True
    answer = rebuild(model, ask(strategy="painted", hidden=tuple(hidden.flatten().tolist())), picture())
    assert list(answer.pictures) == ["original", "masked", "prediction", "pasted"] == list(answer.about)
    assert np.array_equal(answer.hidden, hidden.numpy())
    method, images = method_of(model), picture().images.float() / 255
    hole = hidden.repeat_interleave(2, 0).repeat_interleave(2, 1)[None, None]
    prediction = method.decoder(feature_map(method.encoder, method.fill(images, hole)))
    target = method.encoder.normalise(images)
    assert answer.loss == pytest.approx(float(weighted_mse(prediction, target, hole.float())), rel=1e-4)
    wanted = (prediction - target).square().mean(1)[0, 8:10, 4:6].mean()
    assert float(answer.errors[4, 2]) == pytest.approx(float(wanted), rel=1e-4)
    assert np.isnan(answer.errors[0, 0])
    seen = ~hole[0, 0].numpy()
    assert np.array_equal(answer.pictures["pasted"][seen], answer.pictures["original"][seen])
    assert "25%" in answer.notes[-1]


@pytest.mark.parametrize("strategy", ["random", "block", "grid"])
def test_inpainting_takes_any_mask(strategy):
    answer = rebuild(run_of("inpainting"), ask(strategy=strategy, ratio=0.25), picture())
    assert int(answer.hidden.sum()) == 64


def test_colorization_colours_what_was_grey():
    model = run_of("colorization")
    answer = rebuild(model, ask(), picture())
    assert list(answer.pictures) == ["original", "seen", "prediction", "truth"] == list(answer.about)
    seen = answer.pictures["seen"].astype(int)
    assert np.ptp(seen, axis=-1).max() == 0
    assert answer.errors.shape == (8, 8) == answer.hidden.shape
    assert answer.loss == pytest.approx(float(answer.errors.mean()), rel=1e-5)
    sharp = rebuild(model, ask(settings={"temperature": 0.05}), picture())
    assert not np.array_equal(sharp.pictures["prediction"], answer.pictures["prediction"])
    assert "T = 0.05" in sharp.caption
    with pytest.raises(InspectError, match="annealing of 0"):
        rebuild(model, ask(settings={"temperature": 0.0}), picture())


def test_jigsaw_puts_tiles_where_its_answer_says():
    model = run_of("jigsaw", permutations=10)
    answers = [rebuild(model, ask(seed=seed), picture()) for seed in range(4)]
    for answer in answers:
        assert list(answer.pictures) == ["original", "puzzle", "prediction"] == list(answer.about)
        wrong = int(answer.errors.sum())
        assert f"{9 - wrong} of 9 tiles" in answer.notes[-1]
        solved = np.array_equal(answer.pictures["original"], answer.pictures["prediction"])
        assert solved == (wrong == 0)
        side = method_of(model).side + 1
        for row in range(3):
            for column in range(3):
                place = (slice(row * side, row * side + side - 1), slice(column * side, column * side + side - 1))
                same = np.array_equal(answer.pictures["original"][place], answer.pictures["prediction"][place])
                assert same == (answer.errors[row, column] == 0)
    assert len({answer.loss for answer in answers}) > 1
    assert rebuild(model, ask(seed=2), picture()).loss == answers[2].loss


@pytest.mark.parametrize("name", ["inpainting", "colorization", "jigsaw"])
def test_a_task_is_known_at_the_runs_size_only(name):
    with pytest.raises(InspectError, match="trained at 32 × 32 px"):
        rebuild(run_of(name), ask(), picture((64, 32)))


@pytest.mark.parametrize("name", ["inpainting", "colorization", "jigsaw"])
def test_the_task_has_its_random_control(name):
    model = run_of(name)
    control = rebuild(model.with_random_weights(1), ask(), picture())
    assert math.isfinite(control.loss)
    assert control.loss != rebuild(model, ask(), picture()).loss
    assert control.description.network == "random weights"


def test_other_methods_paint_nothing():
    model = run_of("simclr")
    assert isinstance(model.loaded, Loaded)
    with pytest.raises(InspectError, match="no decoder"):
        rebuild(model, ask(), picture())
