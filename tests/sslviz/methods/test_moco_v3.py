"""MoCo v3: its loss and scale, its predictor and teacher, what it refuses, and what its figures say."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.methods import MethodError
from sslviz.methods.moco_v3 import directed, moco_v3_loss
from tests.sslviz.methods.learners import BATCH, learner_of


def rows(count: int = 6, seed: int = 0) -> Tensor:
    return torch.randn(count, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_one_direction_is_2_tau_times_the_cross_entropy_among_the_keys():
    q, k, tau = rows(), rows(seed=1), 0.3
    u, v = (x / x.norm(dim=1, keepdim=True) for x in (q, k))
    terms = [math.log(sum(math.exp(float(u[i] @ v[j] - u[i] @ v[i]) / tau) for j in range(6))) for i in range(6)]
    assert float(directed(q, k, tau)) == pytest.approx(2 * tau * sum(terms) / 6, rel=1e-12)


def test_both_directions_cross_the_views_and_keys_get_no_gradient():
    q0, q1, k0, k1 = (rows(seed=s).requires_grad_() for s in range(4))
    loss = moco_v3_loss(q0, q1, k0, k1, 0.2)
    assert loss.item() == pytest.approx((directed(q0, k1, 0.2) + directed(q1, k0, 0.2)).item())
    loss.backward()
    assert [x.grad is None for x in (q0, q1, k0, k1)] == [False, False, True, True]


@pytest.mark.parametrize("tau", [0.01, 0.2, 1.0])
def test_equal_rows_give_the_chance_line(tau):
    run = learner_of("moco_v3", params={"tau": tau})
    ones = torch.ones(BATCH, 4, dtype=torch.float64)
    ((measure, label, level),) = run.method.references(BATCH)
    assert measure == "loss"
    assert "chance" in label
    assert moco_v3_loss(ones, ones, ones, ones, tau).item() == pytest.approx(level)


def test_the_scale_keeps_the_gradient_nearly_as_large_at_any_temperature():
    norms = []
    for tau in (0.5, 1.0, 2.0):
        q = rows().requires_grad_()
        directed(q, rows(seed=1), tau).backward()
        norms.append(q.grad.norm().item())
    assert max(norms) < 1.3 * min(norms)


def test_the_predictor_makes_the_queries_only_while_it_is_on():
    run = learner_of("moco_v3")
    with_it = run.method.step(*run._batch(0))
    assert not torch.equal(with_it.peek["q"], with_it.peek["z"])
    run.method.set_param("predictor", False)
    without = run.method.step(*run._batch(0))
    assert torch.equal(without.peek["q"], without.peek["z"])
    without.loss.backward()
    assert all(weight.grad is None for weight in run.method.predictor.parameters())


def test_the_momentum_follows_a_cosine_to_its_end():
    run = learner_of("moco_v3", params={"momentum": 0.9, "final_momentum": 1.0})
    told = [run.method.momentum_at(progress) for progress in (0.0, 0.5, 1.0)]
    assert told == pytest.approx([0.9, 0.95, 1.0])
    assert run.advance(0).measures["momentum"] == pytest.approx(0.9)
    assert run.advance(10).measures["momentum"] == pytest.approx(0.95)


def test_the_teacher_follows_encoder_and_projector():
    run = learner_of("moco_v3", params={"momentum": 0.5, "final_momentum": 0.5})
    teacher = [*run.method.teacher_encoder.parameters(), *run.method.teacher_projector.parameters()]
    before = [w.clone() for w in teacher]
    run.advance(0)
    student = [*run.method.encoder.parameters(), *run.method.projector.parameters()]
    for now, old, new in zip(teacher, before, student, strict=True):
        torch.testing.assert_close(now.data, (old + new.data) / 2)
        assert now.grad is None


@pytest.mark.parametrize("frozen", [True, False])
def test_the_patch_projection_of_a_transformer_is_frozen_where_asked(frozen):
    run = learner_of("moco_v3", backbone="vit_d64", params={"frozen_patches": frozen})
    weight = run.method.encoder.backbone.patch_embed.proj.weight
    before = weight.clone()
    run.advance(0)
    run.advance(1)
    assert torch.equal(weight, before) == frozen


def test_a_single_image_has_no_negatives():
    with pytest.raises(MethodError, match="a batch of one has none") as refused:
        learner_of("moco_v3", batch_size=1)
    assert refused.value.field == "batch_size"


def test_figures_show_queries_among_keys_and_who_pushes():
    run = learner_of("moco_v3")
    moment = run.advance(0).moment
    with torch.inference_mode():
        keys = run.method.figure("moco_v3_keys", moment.views, moment.batch, moment.peek)
        push = run.method.figure("moco_v3_push", moment.views, moment.batch, moment.peek)
    assert keys["values"].shape == (BATCH, BATCH)
    assert push["values"].shape == (2, BATCH), "with as many ranks as keys, of which the positive has no share"
    assert push["values"].sum().item() == pytest.approx(1.0, rel=1e-5)
    assert push["line"].tolist() == pytest.approx([1 / (BATCH - 1)])
