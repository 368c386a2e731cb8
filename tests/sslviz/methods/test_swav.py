"""SwAV: Sinkhorn against its definition, swapped prediction in a loop, its queue, its switches, its collapse."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods import Batch, MethodError
from sslviz.methods.base import Facts
from sslviz.methods.swav import SwAV, sinkhorn, swapped_prediction, unit
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.spec.errors import SpecError
from sslviz.training.learner import Learner
from tests.sslviz.methods.learners import learner_of

N = 6


def some(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def published(scores: Tensor, epsilon: float, iterations: int) -> Tensor:
    """The authors' rounds, as they are written: scores (n, K), prototypes in rows."""
    q = (scores / epsilon).exp().T
    q /= q.sum()
    for _ in range(iterations):
        q /= q.sum(1, keepdim=True) * len(q)
        q /= q.sum(0, keepdim=True) * q.shape[1]
    return (q * q.shape[1]).T


def method(**params: object) -> SwAV:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
        sizes = {"prototypes": 16, "dim": 8, "width": 24}
        return SwAV(encoder, SwAV.Params(**{**sizes, **params}), Facts(batch_size=N))


def views(seed: int = 0, local: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    large = torch.rand(2, N, 3, 32, 32, generator=generator)
    return [large, torch.rand(local, N, 3, 16, 16, generator=generator)] if local else [large]


def batch(step: int = 1) -> Batch:
    return Batch(torch.arange(N), None, step, 0.0, torch.Generator())


# --- the equations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [1, 3, 10])
@pytest.mark.parametrize("epsilon", [0.05, 1.0])
def test_sinkhorn_is_the_published_one(epsilon, iterations):
    scores = some(7, 5).tanh()
    torch.testing.assert_close(sinkhorn(scores, epsilon, iterations), published(scores, epsilon, iterations))


@given(st.integers(2, 12), st.integers(2, 12), st.sampled_from([0.005, 0.05, 1.0]), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_codes_sum_to_one_for_each_image_and_evenly_for_the_prototypes(n, k, epsilon, seed):
    codes = sinkhorn(some(n, k, seed=seed).tanh(), epsilon, 200)
    torch.testing.assert_close(codes.sum(1), torch.ones(n, dtype=torch.float64))
    if epsilon > 0.01:  # smaller ones take thousands of rounds
        torch.testing.assert_close(codes.sum(0), torch.full((k,), n / k, dtype=torch.float64), rtol=0.1, atol=0.05)


def test_what_all_images_score_alike_does_not_matter_to_a_balanced_code():
    scores = some(6, 4)
    shifted = scores + some(1, 4, seed=1) + some(6, 1, seed=2)
    torch.testing.assert_close(sinkhorn(shifted, 0.5, 100), sinkhorn(scores, 0.5, 100), rtol=1e-4, atol=1e-6)


def test_without_a_round_each_image_is_on_its_own():
    scores = some(6, 4)
    torch.testing.assert_close(sinkhorn(scores, 0.05, 0), (scores / 0.05).softmax(1))


def test_crops_are_balanced_apart():
    scores = some(2, 6, 4)
    torch.testing.assert_close(sinkhorn(scores, 0.05, 3)[1], sinkhorn(scores[1], 0.05, 3))


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_float32_is_enough_at_any_epsilon(scale):
    """exp(score/epsilon) overflows from a score of 0.44 on at 0.005."""
    scores = scale * some(32, 16).tanh()
    codes = sinkhorn(scores.float(), 0.005, 3)
    torch.testing.assert_close(codes.double(), sinkhorn(scores.float().double(), 0.005, 3), rtol=0, atol=2e-4 * scale)


def test_a_large_epsilon_teaches_nothing():
    codes = sinkhorn(some(64, 32).tanh(), 50.0, 3)
    assert float(-(codes * codes.log()).sum(1).mean()) > 0.999 * math.log(32)


@pytest.mark.parametrize("crops", [2, 5])
def test_each_code_is_predicted_from_every_other_crop(crops):
    scores, codes = some(crops, 3, 4), some(2, 3, 4, seed=1).softmax(-1)
    loss, crossed, _ = swapped_prediction(scores, codes, 0.1)
    expected = 0.0
    for s in range(2):
        others = [t for t in range(crops) if t != s]
        for t in others:
            for b in range(3):
                expected -= float((codes[s, b] * (scores[t, b] / 0.1).log_softmax(0)).sum()) / 3 / len(others) / 2
    assert float(loss) == pytest.approx(expected, rel=1e-12)
    assert crossed.diagonal().tolist() == [0, 0]


def test_gradient_is_that_of_the_function_and_none_reaches_the_codes():
    scores = some(3, 2, 4).requires_grad_()
    codes = sinkhorn(scores[:2], 0.5, 3)
    assert not codes.requires_grad
    assert torch.autograd.gradcheck(lambda x: swapped_prediction(x, codes, 0.5)[0], (scores,))


# --- the method --------------------------------------------------------------------------------------------------------


def test_step_is_the_equations_on_what_the_network_says():
    model = method()
    step = model.step(views(), batch())
    scores = model.prototypes(unit(step.peek["z"])).view(5, N, 16)
    torch.testing.assert_close(step.peek["codes"], sinkhorn(scores[:2], model.params.epsilon, 3))
    torch.testing.assert_close(step.loss, swapped_prediction(scores, step.peek["codes"], 0.1)[0])
    torch.testing.assert_close(sum(step.parts.values()), step.loss.detach())
    assert step.peek["h"].shape == (5 * N, 64)


@pytest.mark.parametrize("normalise", [True, False])
def test_prototypes_are_put_back_to_unit_length_before_every_step(normalise):
    model = method(normalise=normalise)
    with torch.no_grad():
        model.prototypes.weight.mul_(3)
    model.step(views(), batch())
    length = 1.0 if normalise else 3.0
    torch.testing.assert_close(model.prototypes.weight.detach().norm(dim=1), torch.full((16,), length))


def test_local_crops_off_leaves_them_out_of_everything():
    step = method(local_crops=False).step(views(), batch())
    assert set(step.parts) == {"global"}
    assert len(step.peek["z"]) == 2 * N
    torch.testing.assert_close(step.loss, method().step(views(local=0), batch()).loss)


@pytest.mark.parametrize("off", [{"sinkhorn": False}, {"iterations": 0}])
def test_sinkhorn_off_in_both_ways(off):
    model = method(**off)
    step = model.step(views(), batch())
    scores = model.prototypes(unit(step.peek["z"])).detach().view(5, N, 16)
    torch.testing.assert_close(step.peek["codes"], (scores[:2] / model.params.epsilon).softmax(-1))


def test_prototypes_rest_at_first():
    model = method(frozen_steps=1)
    for step, rests in ((1, True), (2, False)):
        model.step(views(), batch(step)).loss.backward()
        model.before_update(batch(step))
        assert (model.prototypes.weight.grad is None) == rests
        model.zero_grad(set_to_none=True)


# --- the queue ---------------------------------------------------------------------------------------------------------


def test_codes_are_balanced_over_the_queue_once_it_is_full():
    model = method(queue=2 * N)
    seen = []
    for step in range(1, 4):
        done = model.step(views(seed=step), batch(step))
        u = unit(done.peek["z"])[: 2 * N].view(2, N, 8)
        scores = model.prototypes(u).detach()
        if step <= 2:
            expected = sinkhorn(scores, model.params.epsilon, 3)
        else:
            earlier = model.prototypes(torch.cat(seen, dim=1)).detach()
            expected = sinkhorn(torch.cat([earlier, scores], dim=1), model.params.epsilon, 3)[:, -N:]
        torch.testing.assert_close(done.peek["codes"], expected)
        model.after_step(batch(step))
        seen.append(u)


def test_a_queue_that_is_switched_on_again_begins_anew():
    model = method(queue=N)
    model.step(views(), batch())
    model.after_step(batch())
    assert bool(model.queue.full)
    model.set_param("queue", 0)
    model.step(views(), batch(2))
    model.after_step(batch(2))
    model.set_param("queue", 2 * N)
    assert len(model.queue) == 2 * N
    assert not bool(model.queue.full)
    assert not model.queue.rows.any()


def test_a_queue_smaller_than_the_batch_is_refused_with_the_field():
    model = method()
    with pytest.raises(MethodError, match=r"queue of 5 .* smaller than the batch of 6") as caught:
        SwAV.require(SwAV.Params(queue=N - 1), model.facts, model.encoder)
    assert caught.value.field == "queue"
    with pytest.raises(SpecError, match="smaller than the batch"):
        model.set_param("queue", N - 1)
    assert model.params.queue == 0
    SwAV.require(SwAV.Params(queue=N), model.facts, model.encoder)


def test_one_view_is_refused_with_the_field():
    model = method()
    with pytest.raises(MethodError, match="makes one") as caught:
        SwAV.require(model.params, Facts(view_sizes=((32, 32),)), model.encoder)
    assert caught.value.field == "augment.count"


def test_lines_are_at_ln_k():
    assert {value for _, _, value in method().references(64)} == {math.log(16)}


# --- collapse ----------------------------------------------------------------------------------------------------------

QUICK = {"prototypes": 32, "dim": 16, "width": 32, "frozen_steps": 0}


def after(learner: Learner, steps: int) -> dict[str, float]:
    return dict([learner.advance(k) for k in range(steps)][-1].measures)


def test_without_sinkhorn_few_prototypes_take_all_images():
    even = math.log(32)
    intact = after(learner_of("swav", params=QUICK, batch_size=24), 20)
    assert intact["mean_entropy"] > 0.95 * even
    collapsed = after(learner_of("swav", params={**QUICK, "sinkhorn": False}, batch_size=24, steps=400), 40)
    assert collapsed["mean_entropy"] < 0.3 * even
    assert collapsed["prototypes"] <= 3
