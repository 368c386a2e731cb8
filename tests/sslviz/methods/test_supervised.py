"""Supervised training: its loss in a naive loop, unknown labels, what it refuses."""

import dataclasses
import math

import pytest
import torch

from sslviz.methods import Batch, MethodError
from sslviz.methods.supervised import label_loss
from tests.sslviz.methods.learners import learner_of, scenes, unlabelled


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_is_the_cross_entropy_with_the_smoothed_label(smoothing):
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = [0, 2, 1, 1, -1, 0]
    total, right = 0.0, 0
    for o, y in zip(logits.tolist(), labels, strict=True):
        norm = math.log(sum(map(math.exp, o)))
        q = [(1 - smoothing) * (c == y) + smoothing / 3 for c in range(3)]
        total -= sum(q[c] * (o[c] - norm) for c in range(3)) if y >= 0 else 0.0
        right += y >= 0 and o[y] == max(o)
    loss, accuracy = label_loss(logits, torch.tensor(labels), smoothing)
    assert float(loss) == pytest.approx(total / 5, rel=1e-12)
    assert float(accuracy) == pytest.approx(right / 5)


def test_a_batch_of_unknown_images_teaches_nothing_and_breaks_nothing():
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    loss, accuracy = label_loss(logits, torch.full((4,), -1), 0.1)
    loss.backward()
    assert loss.item() == accuracy.item() == 0.0
    assert float(logits.grad.abs().max()) == 0.0


def test_labels_go_with_their_views():
    learner = learner_of("supervised")
    (view,), batch = learner._batch(0)
    learner.method.eval()  # batch norm by running statistics: images do not touch
    once = learner.method.step([view], batch).loss
    torch.testing.assert_close(learner.method.step([torch.cat([view, view])], batch).loss, once)
    others = dataclasses.replace(batch, labels=batch.labels.roll(1))
    assert not torch.isclose(learner.method.step([view], others).loss, once)


@pytest.mark.parametrize(
    "data", [unlabelled(), dataclasses.replace(scenes(), class_names=("only",))], ids=["none", "one"]
)
def test_fewer_than_two_classes_are_refused_before_anything_is_trained(data):
    with pytest.raises(MethodError, match="two classes or more") as refusal:
        learner_of("supervised", data=data)
    assert refusal.value.field == "data.source"


def test_a_step_without_labels_is_refused():
    learner = learner_of("supervised")
    with pytest.raises(MethodError, match="labels"):
        learner.method.step([torch.rand(1, 2, 3, 32, 32)], Batch(torch.arange(2), None, 1, 0.0, torch.Generator()))


def test_equal_answers_are_chance():
    method = learner_of("supervised").method
    classes = len(method.facts.classes)
    lines = {measure: level for measure, _, level in method.references(8)}
    loss, _ = label_loss(torch.zeros(8, classes), torch.arange(8) % classes, 0.0)
    assert lines == {"loss": pytest.approx(float(loss)), "accuracy": 1 / classes}


def test_figures_name_class_and_answer():
    learner = learner_of("supervised")
    views, batch = learner._batch(0)
    names = learner.method.facts.classes
    labels = torch.tensor([0, 1, -1, 2, 0, 1, 1, 2])
    said = torch.tensor([0, 2, 1, 2, 1, 1, 1, 2])
    peek = {"z": torch.eye(len(names))[said]}
    seen = dataclasses.replace(batch, labels=labels)
    texts = [word for row in learner.method.figure("class_tiles", views, seen, peek)["texts"] for word in row]
    assert texts[:3] == [names[0], f"{names[1]}, not {names[2]}", f"unknown; says {names[1]}"]
    confusion = learner.method.figure("class_confusion", views, seen, peek)
    assert confusion["values"][0, :3].tolist() == [0.5, 0.5, 0.0]
    torch.testing.assert_close(confusion["values"][1, :3], torch.tensor([0.0, 2 / 3, 1 / 3]))
    assert float(confusion["values"][3:].sum()) == 0.0
    assert confusion["rows"] == names
    assert learner.method.figure("class_tiles", views, dataclasses.replace(batch, labels=None), peek) == {}


def test_it_learns_its_classes():
    learner = learner_of("supervised", batch_size=24, steps=60)
    outcomes = [learner.advance(k) for k in range(60)]
    assert sum(o.measures["accuracy"] for o in outcomes[-5:]) / 5 > 0.6
