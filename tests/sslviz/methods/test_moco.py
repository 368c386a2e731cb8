"""MoCo v2: the queue's part in the loss, what a flip does to it, what it refuses, and what its figures say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.data import ImageData
from sslviz.methods import MethodError
from sslviz.methods.moco import GROUP, MoCo, found, info_nce
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.training.learner import Learner
from tests.sslviz.methods.learners import BATCH, learner_of, scenes


def learner(precision: str = "fp32", **params: object) -> Learner:
    return learner_of("moco", precision, params={"queue": 64, **params})


def units(*shape: int, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=-1)


# --- the loss ----------------------------------------------------------------------------------------------------------


def test_loss_is_equation_1():
    q, k, queue = units(5, 7), units(5, 7, seed=1), units(11, 7, seed=2)
    loss, logits = info_nce(3 * q, 0.1 * k, queue, 0.2)
    expected = 0.0
    for i in range(5):
        positive = math.exp(float(q[i] @ k[i]) / 0.2)
        expected -= math.log(positive / (positive + sum(math.exp(float(q[i] @ n) / 0.2) for n in queue))) / 5
    assert float(loss) == pytest.approx(expected, rel=1e-12)
    assert logits.shape == (5, 12)
    assert float(logits[2, 0]) == pytest.approx(float(q[2] @ k[2]) / 0.2)


def test_equal_directions_give_chance():
    one = torch.ones(4, 6, dtype=torch.float64)
    loss, logits = info_nce(one, one, F.normalize(torch.ones(31, 6, dtype=torch.float64), dim=1), 0.07)
    assert float(loss) == pytest.approx(math.log(32))
    assert found(logits) == 0, "ties count against the model"


def test_only_queries_get_a_gradient():
    q, k, queue = (x.clone().requires_grad_() for x in (units(5, 7), units(5, 7, seed=1), units(11, 7, seed=2)))
    info_nce(q, k, queue, 0.2)[0].backward()
    assert q.grad is not None
    assert k.grad is None
    assert queue.grad is None


def test_a_zero_vector_and_the_lowest_temperature_are_finite():
    q = units(5, 7)
    q[0] = 0
    q.requires_grad_()
    loss, _ = info_nce(q, units(5, 7, seed=1), units(11, 7, seed=2), 0.01)
    loss.backward()
    assert q.grad is not None
    assert bool(loss.isfinite() and q.grad.isfinite().all())


# --- queue and teacher -------------------------------------------------------------------------------------------------


def test_the_loss_sees_the_queue_before_the_batch_enters_it():
    run = learner()
    model = run.method
    assert isinstance(model, MoCo)
    before = model.queue.rows.clone()
    step = model.step(*run._batch(0))
    assert torch.equal(model.queue.rows, before)
    q, k = step.peek["z"][:BATCH], step.peek["z"][BATCH:]
    expected, _ = info_nce(q, k, before, model.params.tau)
    assert step.loss.item() == pytest.approx(expected.item())
    model.after_step(run._batch(0)[1])
    torch.testing.assert_close(model.queue.rows[:BATCH], k)
    assert torch.equal(model.queue.rows[BATCH:], before[BATCH:])


def test_the_teacher_follows_by_its_momentum_and_gets_no_gradient():
    run = learner(momentum=0.75)
    before = [w.clone() for w in run.method.teacher.parameters()]
    run.advance(0)
    student = [*run.method.encoder.parameters(), *run.method.projector.parameters()]
    for now, old, new in zip(run.method.teacher.parameters(), before, student, strict=True):
        torch.testing.assert_close(now.data, 0.75 * old + 0.25 * new.data)
        assert now.grad is None


@pytest.mark.parametrize(("momentum", "same_as"), [(0.0, "student"), (1.0, "before")])
def test_momentum_can_go_to_its_ends_in_mid_run(momentum, same_as):
    run = learner()
    run.advance(0)
    run.method.set_param("momentum", momentum)
    before = [w.clone() for w in run.method.teacher.parameters()]
    measured = run.advance(1).measures["momentum"]
    student = [*run.method.encoder.parameters(), *run.method.projector.parameters()]
    expected = student if same_as == "student" else before
    assert all(torch.equal(a, b) for a, b in zip(run.method.teacher.parameters(), expected, strict=True))
    assert measured == momentum


def test_pieces_of_a_batch_enter_together():
    """With gradient accumulation the queue turns once a step, by the whole batch."""
    run = learner_of("moco", params={"queue": 64}, optimiser=OptimiserConfig(accumulate=2))
    run.advance(0)
    assert int(run.method.queue.pointer) == BATCH
    assert (run.method.queue.born > 0).sum() == BATCH
    run.advance(1)
    assert int(run.method.queue.pointer) == 2 * BATCH


def test_specimens_have_the_views_of_their_keys_even_in_the_smallest_pieces():
    run = learner_of("moco", params={"queue": 64}, optimiser=OptimiserConfig(accumulate=4))
    run.advance(0)
    assert torch.equal(run.method.specimens.keys.born, run.method.specimens.views.born)
    assert (run.method.specimens.keys.born > 0).sum() == 2


def test_a_longer_queue_begins_with_random_directions_and_a_shorter_one_keeps_the_newest():
    run = learner()
    for step in range(4):
        run.advance(step)
    newest = run.method.queue.newest_first()
    assert run.method.set_param("queue", 40) == (64, 40)
    assert torch.equal(run.method.queue.newest_first(), newest[:40])
    run.method.set_param("queue", 200)
    assert torch.equal(run.method.queue.newest_first()[:40], newest[:40])
    assert (run.method.queue.born == 0).sum() == 200 - 32
    assert run.method.references(BATCH)[0] == ("loss", "chance ln(K+1)", math.log(201))
    assert math.isfinite(run.advance(4).loss)


@pytest.mark.parametrize("value", [16.5, 1, 10**6, "long"])
def test_a_length_that_does_not_fit_changes_nothing(value):
    run = learner()
    with pytest.raises(SpecError):
        run.method.set_param("queue", value)
    assert len(run.method.queue) == run.method.params.queue == 64


def test_a_queue_shorter_than_the_batch_is_refused_before_and_while_training():
    with pytest.raises(MethodError, match="cannot hold those of one batch of 32") as refused:
        learner_of("moco", params={"queue": 31}, batch_size=32)
    assert refused.value.field == "queue"
    run = learner_of("moco", params={"queue": 32}, batch_size=32)
    with pytest.raises(SpecError, match="cannot hold"):
        run.method.set_param("queue", 31)
    assert len(run.method.queue) == run.method.params.queue == 32


def test_a_changed_length_goes_on_from_a_checkpoint():
    run, later = learner(), learner()
    run.advance(0)
    run.method.set_param("queue", 100)
    later.method.load_state_dict(run.method.state_dict())
    assert len(later.method.queue) == 100
    assert later.method.references(BATCH)[0][2] == math.log(101)


# --- shuffled batch norm -----------------------------------------------------------------------------------------------


def group_sizes(run: Learner) -> list[int]:
    """How many images each pass of the teacher sees in a step."""
    sizes: list[int] = []
    hook = run.method.teacher.register_forward_hook(lambda module, inputs, output: sizes.append(len(output)))
    run.method.step(*run._batch(0))
    hook.remove()
    return sizes


def test_shuffling_normalises_keys_in_random_groups():
    run = learner_of("moco", params={"queue": 64}, batch_size=48)
    assert group_sizes(run) == [48], "fewer than two groups' worth of images are one group"


def test_keys_come_back_in_the_order_of_the_images():
    """With batch statistics switched off, groups make no difference: shuffled keys are the plain ones."""
    run = learner_of("moco", params={"queue": 64}, data=twice(), batch_size=2 * GROUP)
    run.method.teacher.eval()
    assert group_sizes(run) == [GROUP, GROUP]
    shuffled = run.method.step(*run._batch(0)).peek["z"][2 * GROUP :]
    run.method.set_param("shuffle", False)
    assert group_sizes(run) == [2 * GROUP]
    plain = run.method.step(*run._batch(0)).peek["z"][2 * GROUP :]
    torch.testing.assert_close(shuffled, plain, rtol=1e-4, atol=1e-5)


def twice() -> ImageData:
    """Every scene twice: enough for a batch of two groups."""
    data = scenes()
    images, labels = np.concatenate([data.images] * 2), np.concatenate([data.labels] * 2)
    return dataclasses.replace(data, images=images, labels=labels, factors={}, factor_names={}, masks=None)


def test_a_transformer_has_nothing_to_shuffle():
    run = learner_of("moco", params={"queue": 64}, data=twice(), batch_size=2 * GROUP, backbone="vit_d64")
    assert group_sizes(run) == [2 * GROUP]


# --- figures -----------------------------------------------------------------------------------------------------------


def drawn(run: Learner, name: str, step: int):
    moment = run.advance(step).moment
    with torch.inference_mode():
        return run.method.figure(name, moment.views, moment.batch, moment.peek)


def test_the_queue_is_coloured_by_age_or_by_push():
    run = learner()
    for step in range(3):
        run.advance(step)
    ages = drawn(run, "moco_queue", 3)["values"]
    assert ages.shape == (8, 8)
    assert ages.flatten()[:24].tolist() == [3.0] * 8 + [2.0] * 8 + [1.0] * 8
    assert ages.flatten()[24:].tolist() == [4.0] * 40
    run.method.set_param("ages", False)
    push = drawn(run, "moco_queue", 4)["values"]
    assert push.mean().item() == pytest.approx(1.0, rel=1e-4)
    assert push.std() > 0


def test_keys_that_resemble_the_queries_push_harder():
    """Random directions push less than keys of the same network, which all look alike at first."""
    run = learner()
    for step in range(3):
        run.advance(step)
    bars = drawn(run, "moco_push", 3)
    assert bars["names"] == ["1", "2", "3", "4"]
    values = bars["values"][0].tolist()
    assert min(values[:3]) > 2 * values[3]


def test_keys_grow_stale_when_the_teacher_changes_and_stay_fresh_when_it_rests():
    resting, hasty = (learner_of("moco", params={"queue": 64, "momentum": m}, steps=40) for m in (1.0, 0.0))
    for run in (resting, hasty):
        for step in range(11):
            run.advance(step)
    curves = [drawn(run, "moco_staleness", 11) for run in (resting, hasty)]
    assert [curve["x"].tolist() for curve in curves] == [list(range(12))] * 2
    (rests,), (hurries,) = (curve["values"] for curve in curves)
    assert rests[6:].mean() > rests[:6].mean() - 0.05
    assert hurries[6:].mean() < rests[6:].mean()
    assert curves[0]["line"].item() <= 1 + 1e-6
