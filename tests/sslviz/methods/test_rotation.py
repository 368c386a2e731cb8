"""Rotation: its turns and its loss in naive loops, the mark, its figures, what it refuses."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from sslviz.methods import Batch, MethodError
from sslviz.methods.rotation import TURNS, rotation_loss, turned
from sslviz.nn.shortcuts import mark
from tests.sslviz.methods.learners import learner_of, method_of, scenes


def images(n: int = 3, side: int = 5) -> Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_turns_are_those_of_a_loop_over_pixels():
    x = images()
    quarter = torch.empty_like(x)
    for row in range(5):
        for column in range(5):
            quarter[:, :, 4 - column, row] = x[:, :, row, column]  # anticlockwise: the right edge goes to the top
    seen = turned(x)
    assert torch.equal(seen[:3], x)
    assert torch.equal(seen[3:6], quarter)
    assert torch.equal(turned(quarter)[3:6], seen[6:9])
    assert torch.equal(turned(seen[9:12])[3:6], x)


def test_loss_is_eq_3():
    logits = torch.randn(12, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    total, right = 0.0, 0
    for row, o in enumerate(logits.tolist()):
        y = row // 3
        total -= math.log(math.exp(o[y]) / sum(map(math.exp, o))) / 12
        right += o[y] == max(o)
    loss, accuracy = rotation_loss(logits)
    assert float(loss) == pytest.approx(total, rel=1e-12)
    assert float(accuracy) == pytest.approx(right / 12)


def test_equal_answers_are_chance():
    loss, _ = rotation_loss(torch.zeros(8, 4, dtype=torch.float64))
    lines = {measure: level for measure, _, level in learner_of("rotation").method.references(8)}
    assert float(loss) == pytest.approx(lines["loss"])
    assert lines["accuracy"] == 0.25


def test_every_view_is_an_image_of_its_own():
    learner = learner_of("rotation")
    (view,), batch = learner._batch(0)
    learner.method.eval()  # batch norm by running statistics: images do not touch
    once = learner.method.step([view], batch)
    twice = learner.method.step([torch.cat([view, view])], batch)
    assert twice.peek["answers"].shape[0] == 2 * once.peek["answers"].shape[0]
    torch.testing.assert_close(twice.loss, once.loss)


def test_the_mark_is_drawn_before_the_turn_and_in_the_picture():
    learner = learner_of("rotation")
    views, batch = learner._batch(0)
    learner.method.set_param("mark", True)
    step = learner.method.step(views, batch)
    tiles = learner.method.figure("rotation_tiles", views, batch, step.peek)
    assert torch.equal(tiles["images"], turned(mark(views[0][0])).view(4, *views[0][0].shape))
    half = tiles["images"].shape[-1] // 16
    corners = [tiles["images"][y, 0, 0] for y in range(4)]
    assert [float(c[0, 0]) for c in (corners[0], corners[1].flipud(), corners[2].flip(0, 1), corners[3].fliplr())] == [
        1
    ] * 4
    assert float(corners[0][0, half]) == 0


def test_figures_count_right_answers_by_turn_and_by_shape():
    data = scenes()
    learner = learner_of("rotation")
    views, batch = learner._batch(0)
    n = len(batch.indices)
    said = torch.zeros(4 * n, 4)
    said[:, 0] = 1.0  # every picture is upright, it says
    peek = {"answers": said}
    confusion = learner.method.figure("rotation_confusion", views, batch, peek)
    assert confusion["values"].tolist() == [[1.0, 0.0, 0.0, 0.0]] * 4
    bars = learner.method.figure("rotation_classes", views, batch, peek)
    assert set(bars["names"]) == {data.factor_names["shape"][k] for k in batch.factors["shape"].tolist()}
    assert bars["values"].tolist() == [[0.25] * len(bars["names"])]
    star = said.clone().view(4, n, 4)
    chosen = batch.factors["shape"] == batch.factors["shape"][0]
    star[:, chosen] = torch.eye(4)[:, None]  # all turns of one shape are found
    bars = learner.method.figure("rotation_classes", views, batch, {"answers": star.flatten(0, 1)})
    found = dict(zip(bars["names"], bars["values"][0].tolist(), strict=True))
    name = data.factor_names["shape"][int(batch.factors["shape"][0])]
    assert {k for k, v in found.items() if v == 1.0} == {name}


def test_without_labels_the_classes_are_not_drawn():
    learner = learner_of("rotation")
    views, batch = learner._batch(0)
    step = learner.method.step(views, batch)
    blind = dataclasses.replace(batch, labels=None, factors={})
    assert learner.method.figure("rotation_classes", views, blind, step.peek) == {}


def test_labels_take_the_place_of_shapes_that_are_not_known():
    learner = learner_of("rotation")
    views, batch = learner._batch(0)
    step = learner.method.step(views, batch)
    blind = dataclasses.replace(batch, factors={})
    names = learner.method.figure("rotation_classes", views, blind, step.peek)["names"]
    assert set(names) <= set(learner.method.facts.classes)


def test_oblong_images_are_refused():
    learner = learner_of("rotation")
    facts = dataclasses.replace(learner.method.facts, view_sizes=((32, 48),))
    with pytest.raises(MethodError, match="48 x 32 px") as refusal:
        type(learner.method).require(learner.method.params, facts, learner.method.encoder)
    assert refusal.value.field == "data.image_size"


def test_views_of_several_sizes_are_refused():
    method = learner_of("rotation").method
    facts = dataclasses.replace(method.facts, view_sizes=((32, 32), (16, 16)))
    with pytest.raises(MethodError, match="several sizes"):
        type(method).require(method.params, facts, method.encoder)
    batch = Batch(torch.arange(2), None, 1, 0.0, torch.Generator())
    with pytest.raises(MethodError, match="several sizes"):
        method.step([torch.rand(1, 2, 3, 32, 32), torch.rand(1, 2, 3, 16, 16)], batch)


def test_the_mark_solves_the_task_within_seconds_and_without_it_noise_has_no_up():
    """Noise looks alike in every turn, so that all there is to find is the mark."""
    assert accuracy_on_noise(marked=False) < 0.4
    assert accuracy_on_noise(marked=True) > 0.9


def accuracy_on_noise(*, marked: bool, steps: int = 40) -> float:
    method = method_of(learner_of("rotation", params={"mark": marked}).config)
    optimiser = torch.optim.AdamW(method.parameters(), lr=5e-3)
    generator = torch.Generator().manual_seed(0)
    found = []
    for k in range(steps):
        views = [torch.rand(1, 16, 3, 16, 16, generator=generator)]
        step = method.step(views, Batch(torch.arange(16), None, k + 1, 0.0, generator))
        optimiser.zero_grad(set_to_none=True)
        step.loss.backward()
        optimiser.step()
        found.append(float(step.measures["accuracy"]))
    return sum(found[-5:]) / 5


def test_turns_have_names():
    assert TURNS == ("0°", "90°", "180°", "270°")
