"""The probe finds the optimum that scikit-learn finds; its penalty is chosen on rows of its own; intervals are the textbooks'."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from sslviz.metrics.confusion import confusion_matrix, mask_iou, topk_hits
from sslviz.metrics.intervals import student, wilson
from sslviz.metrics.linear_probe import DEFAULT_PENALTY, PENALTIES, fit_probe, fit_with, split_held_out


def blobs(n=300, d=12, classes=4, noise=1.0):
    g = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % classes
    scales = torch.logspace(0, -2, d)
    return (torch.randn(classes, d, generator=g)[labels] + noise * torch.randn(n, d, generator=g)) * scales, labels


@pytest.mark.parametrize("d", [12, 400], ids=["turned", "as it is"])
def test_the_optimum_is_scikit_learns(d):
    x, y = blobs(d=d)
    probe = fit_with(x, y, 4, (1.0, 1e-2), 300)[-1]
    z = ((x - x.mean(0)) / x.std(0, correction=0)).double().numpy()
    theirs = LogisticRegression(C=1 / (1e-2 * len(x)), tol=1e-8, max_iter=5000).fit(z, y.numpy())
    scores = torch.from_numpy(theirs.decision_function(z)).float()
    ours = probe(x)
    assert torch.allclose(ours - ours.mean(1, keepdim=True), scores - scores.mean(1, keepdim=True), atol=0.05)


def test_the_penalty_suits_the_noise():
    clear, labels = blobs(noise=0.05)
    noise = torch.randn(300, 200, generator=torch.Generator().manual_seed(1))
    strong = fit_probe(torch.cat([clear, noise], 1), labels, 4).penalty
    assert strong in PENALTIES
    assert (fit_probe(clear, labels, 4)(clear).argmax(1) == labels).double().mean() > 0.98


def test_one_label_a_class_leaves_nothing_to_choose_by():
    probe = fit_probe(torch.eye(4), torch.arange(4), 4)
    assert probe.penalty == DEFAULT_PENALTY
    assert torch.equal(probe(torch.eye(4)).argmax(1), torch.arange(4))


def test_held_out_rows_are_a_fair_part_of_each_class():
    labels = torch.tensor([0] * 50 + [1] * 10 + [2])
    fitted, held = split_held_out(labels, 3)
    assert sorted([*fitted.tolist(), *held.tolist()]) == list(range(61))
    assert torch.bincount(labels[held], minlength=3).tolist() == [10, 2, 0]
    assert not torch.equal(held, split_held_out(labels, 4)[1])


def test_it_can_be_given_up_and_works_where_gradients_are_off():
    x, y = blobs()
    assert not fit_probe(x, y, 4, stop=lambda: True).weight.any()
    with torch.inference_mode():
        assert fit_probe(x.clone(), y, 4).weight.any()


def test_wilson_is_the_published_interval():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(20, 20)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


def test_students_interval_of_three():
    mean, lo, hi = student([0.5, 0.6, 0.7])
    assert mean == pytest.approx(0.6)
    assert hi - mean == mean - lo == pytest.approx(4.302653 * 0.1 / math.sqrt(3), rel=1e-5)
    assert math.isnan(student([0.5])[1])


def test_counts_hits_and_masks():
    true, taken = torch.tensor([0, 1, 1, 2]), torch.tensor([0, 1, 2, 2])
    assert confusion_matrix(true, taken, 3).tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    scores = torch.tensor([[0.1, 0.9, 0.5], [0.1, 0.2, 0.9]])
    assert topk_hits(scores, torch.tensor([2, 0]), 1).tolist() == [False, False]
    assert topk_hits(scores, torch.tensor([2, 0]), 2).tolist() == [True, False]
    a, b = np.zeros((2, 2, 2), bool), np.zeros((2, 2, 2), bool)
    a[0, 0], b[0, :, 0] = True, True
    assert mask_iou(torch.from_numpy(a), torch.from_numpy(b)).tolist() == pytest.approx([1 / 3, 1.0])
