"""Gradient accumulation: equal pieces, the mean of their losses, one update; the schedules that each step follows."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from sslviz.methods import Batch
from sslviz.nn.schedules import warmup_cosine
from sslviz.spec.catalogue import MethodInfo, shipped_catalogue
from sslviz.spec.config import DataConfig, OptimiserConfig
from sslviz.spec.events import Scalars
from sslviz.spec.settings import default_config
from sslviz.training import RunControl
from sslviz.training.errors import TrainingError
from sslviz.training.needs import _require_statistics, needed_bytes
from sslviz.training.optimisers import build_optimiser, rate_at, weight_decay_at
from sslviz.training.pieces import cut, mean_of, require_pieces
from sslviz.training.prepare import build_method, facts_of, prepare, validate
from tests.sslviz.training.tiny_runs import Train, stop_after, tiny

DINO = OptimiserConfig(
    lr=5e-4, final_lr=1e-6, warmup=10, weight_decay=0.04, final_weight_decay=0.4, convention="dino", clip=3.0
)


def a_batch(n: int = 8) -> Batch:
    return Batch(
        indices=torch.arange(n),
        labels=torch.arange(n) % 3,
        step=1,
        progress=0.0,
        generator=torch.Generator().manual_seed(0),
        factors={"hue": torch.arange(n) % 2},
    )


def test_pieces_are_the_batch_in_its_order():
    views = (torch.rand(2, 8, 3, 4, 4), torch.rand(3, 8, 3, 2, 2))
    pieces = cut(views, a_batch(), 4)
    assert [v[0].shape[1] for v, _ in pieces] == [2] * 4
    for k, view in enumerate(views):
        assert torch.equal(torch.cat([v[k] for v, _ in pieces], 1), view)
    for name in ("indices", "labels"):
        assert torch.equal(torch.cat([getattr(b, name) for _, b in pieces]), getattr(a_batch(), name))
    assert torch.equal(torch.cat([b.factors["hue"] for _, b in pieces]), a_batch().factors["hue"])
    assert len({id(b.generator) for _, b in pieces}) == 1


def test_one_piece_is_the_batch_itself():
    views, batch = (torch.rand(2, 4, 3, 4, 4),), a_batch(4)
    ((same, itself),) = cut(views, batch, 1)
    assert same is views
    assert itself is batch


def test_what_pieces_told_is_averaged():
    told = [{"a": torch.tensor(1.0), "b": torch.tensor(5.0)}, {"a": torch.tensor(3.0)}]
    assert {name: float(value) for name, value in mean_of(told).items()} == {"a": 2.0, "b": 5.0}


@pytest.mark.parametrize(
    ("batch", "k", "fits"),
    [
        (16, 3, "2, or choose a batch of 18"),
        (6, 4, "3, or choose a batch of 8"),
        (4, 4, "2, or choose a batch of 8"),
        (7, 2, "1, or choose a batch of 8"),
    ],
)
def test_pieces_that_do_not_fit_are_refused(batch: int, k: int, fits: str):
    with pytest.raises(TrainingError, match="equal pieces") as caught:
        require_pieces(batch, OptimiserConfig(accumulate=k))
    assert caught.value.field == "optimiser.accumulate"
    assert f"over {fits}." in caught.value.hint
    with pytest.raises(TrainingError):
        validate(tiny(batch_size=batch, optimiser=OptimiserConfig(accumulate=k)))


def test_a_run_in_pieces_has_the_pieces_loss_and_goes_on_bit_for_bit(train: Train, resume: Train):
    config = tiny(optimiser=OptimiserConfig(warmup=2, accumulate=4, final_weight_decay=0.1, name="adam"))
    whole = train(config, "whole", measure=False).series("loss")
    control = RunControl()
    train(config, "half", control, stop_after(3, control), measure=False)
    assert resume("half", measure=False).series("loss") == whole
    at_once = train(tiny(optimiser=OptimiserConfig(warmup=2)), "once", measure=False).series("loss")
    assert whole[1] < at_once[1]  # 3 images to tell apart are fewer than 15


def test_the_gradient_is_the_mean_over_the_pieces(train: Train, tmp_path):
    """Without batch norm's statistics and comparisons a batch in pieces is the same step; here: views equal in every piece."""
    config = tiny(optimiser=OptimiserConfig(accumulate=2, warmup=0), params={"width": 16, "dim": 8, "negatives": False, "projector": False})  # fmt: skip
    gradients = []
    for k in (1, 2):
        part = dataclasses.replace(config, optimiser=dataclasses.replace(config.optimiser, accumulate=k))
        learner = prepare(part, None, lambda *_: None, lambda: False, measure=False).learner
        learner.method.eval()  # running statistics: no image's features depend on its neighbours
        views, batch = learner._batch(0)
        learner._forward_backward(views, batch, 0.0)
        gradients.append([w.grad.clone() for w in learner.method.parameters() if w.grad is not None])
    for one, two in zip(*gradients, strict=True):
        torch.testing.assert_close(one, two)


def test_less_memory_in_pieces():
    def needed(k: int) -> int:
        config = tiny(batch_size=512, optimiser=OptimiserConfig(accumulate=k))
        facts = facts_of(config, (16, 16))
        assert facts.batch_size == 512 // k
        return needed_bytes(build_method(config, mean=(0.5,) * 3, std=(0.2,) * 3, facts=facts), config, (16, 16))

    assert needed(8) < 0.7 * needed(1)


def test_rates_and_decays_are_dinos():
    steps = 100
    rates = [rate_at(DINO, k, steps) for k in range(steps)]
    assert rates[0] == 0.0
    assert max(rates) == rates[9] == rates[10] == 5e-4
    decays = [weight_decay_at(DINO, k, steps) for k in range(steps)]
    assert decays == [warmup_cosine(k, steps, base=0.04, final=0.4, convention="dino") for k in range(steps)]
    assert decays[0] == pytest.approx(0.04)
    assert 0.399 < decays[-1] < 0.4  # DINO's code stops one step short
    exact = dataclasses.replace(DINO, convention="exact")
    assert weight_decay_at(exact, steps - 1, steps) == 0.4
    assert rate_at(exact, 0, steps) > 0
    assert rate_at(dataclasses.replace(DINO, convention="mae"), 5, steps) == pytest.approx(5e-4 / 2)


def test_decay_stays_where_no_final_one_is_given():
    assert {weight_decay_at(OptimiserConfig(weight_decay=0.3), k, 9) for k in range(9)} == {0.3}


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_second_momentum_is_passed_on(name: str):
    built = build_optimiser(OptimiserConfig(name=name, beta2=0.95), torch.nn.Linear(2, 2))
    assert built.param_groups[0]["betas"] == (0.9, 0.95)
    assert type(built).__name__.lower() == name


def test_a_weight_decay_schedule_is_followed(train: Train):
    heard = train(tiny(optimiser=OptimiserConfig(weight_decay=0.9, final_weight_decay=0.0, lr=0.1)), measure=False)
    plain = train(tiny(optimiser=OptimiserConfig(weight_decay=0.9, lr=0.1)), "plain", measure=False)
    assert heard.of(Scalars)
    ours, theirs = heard.series("loss"), plain.series("loss")
    assert ours[1] == theirs[1]
    assert ours[8] != theirs[8]


@pytest.mark.parametrize("info", shipped_catalogue().methods, ids=lambda info: info.name)
def test_every_method_learns_in_pieces(info: MethodInfo):
    config = default_config(shipped_catalogue(), info.name, steps=10)
    data = DataConfig(source="shapes", image_size=32, dials={"preset": "lesson", "count": 120})
    config = dataclasses.replace(
        config, data=data, batch_size=16, optimiser=dataclasses.replace(config.optimiser, accumulate=2), device="cpu",
        precision="fp32", threads=1, backbone="vit_d64" if "vit" in config.backbone else config.backbone,
    )  # fmt: skip
    learner = prepare(config, None, lambda *_: None, lambda: False, measure=False).learner
    for step in range(2):
        outcome = learner.advance(step)
        assert not outcome.problem
        assert len(outcome.moment.batch.indices) == learner.piece_size == 8
    learner.method.references(learner.piece_size)
    for figure in info.figures:
        learner.method.figure(figure.name, outcome.moment.views, outcome.moment.batch, outcome.moment.peek)


def test_a_single_image_has_no_statistics():
    with pytest.raises(TrainingError, match="a single one has no spread") as caught:
        _require_statistics("Anything", lambda: torch.nn.BatchNorm1d(3)(torch.ones(1, 3)))
    assert caught.value.field == "batch_size"
    with pytest.raises(ValueError, match="another"):
        _require_statistics("Anything", lambda: (_ for _ in ()).throw(ValueError("another")))
