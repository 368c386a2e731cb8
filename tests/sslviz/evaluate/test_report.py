"""Reports: baselines are always there, intervals hold, seeds count, nothing is chosen on test images, progress and cancel."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from sslviz.evaluate import evaluate, subject_of
from sslviz.evaluate.images import known
from sslviz.evaluate.pooling import pool
from sslviz.metrics import knn_accuracy
from sslviz.spec.errors import Cancelled
from sslviz.spec.evaluation import PIXELS, PROTOCOLS, RANDOM, RUN, SUPERVISED, EvaluationPlan

QUICK = EvaluationPlan(k=5, images=0)


def state(module: nn.Module) -> tuple[dict, dict, dict]:
    """Weights and buffers, modes, and what wants a gradient."""
    tensors = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    modes = {name: part.training for name, part in module.named_modules()}
    grads = {name: (weight.requires_grad, weight.grad is None) for name, weight in module.named_parameters()}
    return tensors, modes, grads


def test_every_protocol_has_its_rows_with_baselines_and_intervals(subject):
    plan = dataclasses.replace(
        QUICK, protocols=tuple(PROTOCOLS), layers=("h", "z", "stages.0"), tune_steps=2, supervised=True
    )
    report = evaluate(subject, plan)
    for name in ("knn", "linear"):
        rows = report.of(name)
        assert {row.model for row in rows} == {RUN, RANDOM, PIXELS, SUPERVISED}
        assert {row.layer for row in rows if row.model == RUN} == {"h", "z", "stages.0"}
    assert {row.model for row in report.of("partial")} == {RUN, RANDOM} == {row.model for row in report.of("full")}
    assert {row.model for row in report.of("end_to_end")} == {SUPERVISED}
    assert {row.target for row in report.of("masks")} == {"foreground"}
    assert {"background", "hue"} <= {row.target for row in report.of("factors")}
    for row in report.rows:
        assert row.score is not None, row
        assert 0 <= row.score.lo <= row.score.value <= row.score.hi <= 1
        assert row.score.hi > row.score.lo or row.protocol == "masks"
        assert row.seeds == (0,)
    assert report.test_images == len(subject.splits.val)


def test_without_asking_the_supervised_row_says_how_to_get_it(subject):
    rows = [row for row in evaluate(subject, QUICK).rows if row.model == SUPERVISED]
    assert {row.protocol for row in rows} == {"knn", "linear"}
    assert all(row.score is None and "ask" in row.note for row in rows)


def test_knn_is_the_metric_on_features_taken_by_hand(subject):
    row = next(row for row in evaluate(subject, QUICK).of("knn") if row.model == RUN)
    train, val = subject.splits.train, subject.splits.val
    with torch.no_grad():
        near, far = (subject.method.encoder(torch.from_numpy(np.array(data.images))) for data in (train, val))
    by_hand = knn_accuracy(
        near, torch.from_numpy(np.array(train.labels)), far, torch.from_numpy(np.array(val.labels)), k=5
    )
    assert row.score.value == pytest.approx(by_hand[0])


def test_seeds_make_students_interval_where_something_is_drawn(subject):
    plan = dataclasses.replace(QUICK, protocols=("knn", "linear"), labels=4, seeds=3)
    rows = [row for row in evaluate(subject, plan).rows if row.score]
    assert all(row.seeds == (0, 1, 2) and len(row.score.values) == 3 and row.labels == 4 for row in rows)
    assert any(row.score.kind == "student" for row in rows)
    fixed = next(row for row in evaluate(subject, dataclasses.replace(plan, labels=0)).of("knn") if row.model == RUN)
    assert fixed.seeds == (0,)
    assert fixed.score.kind == "wilson"


def test_random_weights_are_others_for_each_seed_and_the_first_are_the_runs_own(subject, run_folder, splits):
    from sslviz.evaluate import subject_from_folder

    began = subject_from_folder(run_folder, splits, snapshot=0).method.state_dict()
    same, other = subject.anew(0).state_dict(), subject.anew(1).state_dict()
    assert all(torch.equal(began[name], same[name]) for name in began)
    assert any(not torch.equal(began[name], other[name]) for name in began)


def test_a_report_is_the_same_twice(subject):
    plan = dataclasses.replace(QUICK, protocols=("knn", "linear", "full"), tune_steps=3, labels=5)
    values = [[row.score.value for row in evaluate(subject, plan).rows if row.score] for _ in range(2)]
    assert values[0] == values[1]


def test_nothing_is_learnt_from_test_images(subject):
    """Other labels of the test images change the scores, never what was chosen or predicted."""
    val = subject.splits.val
    turned = dataclasses.replace(val, labels=(np.asarray(val.labels) + 1) % len(val.class_names))
    spoilt = dataclasses.replace(subject, splits=dataclasses.replace(subject.splits, val=turned))
    plan = dataclasses.replace(QUICK, protocols=("linear", "full"), tune_steps=3)
    honest, other = evaluate(subject, plan), evaluate(spoilt, plan)
    assert [row.setting for row in honest.rows] == [row.setting for row in other.rows]
    for a, b in zip(honest.confusions, other.confusions, strict=True):
        assert np.array_equal(a.predicted, b.predicted)
    assert [r.score for r in honest.rows] != [r.score for r in other.rows]


def test_the_model_is_left_exactly_as_it_is(subject):
    method = copy.deepcopy(subject.method).train()
    method.encoder.backbone.stem.eval()  # an odd mode of one part is kept too
    next(method.parameters()).requires_grad_(requires_grad=False)
    before = state(method)
    plan = dataclasses.replace(
        QUICK, protocols=tuple(PROTOCOLS), layers=("h", "z", "stages.1"), tune_steps=2, supervised=True
    )
    random = torch.random.get_rng_state()
    evaluate(subject_of(method, subject.config, subject.splits, 6), plan)
    assert torch.equal(random, torch.random.get_rng_state())
    tensors, modes, grads = state(method)
    assert all(torch.equal(before[0][name], tensor) for name, tensor in tensors.items())
    assert (before[1], before[2]) == (modes, grads)
    assert not any(part._forward_hooks for part in method.modules())


def test_even_its_own_copy_is_not_changed(subject):
    before = state(subject.method)
    evaluate(subject, dataclasses.replace(QUICK, protocols=("partial", "full", "masks"), tune_steps=2))
    after = state(subject.method)
    assert all(torch.equal(before[0][name], tensor) for name, tensor in after[0].items())
    assert before[1:] == after[1:]


def test_progress_grows_and_cancelling_ends_it(subject):
    told = []
    evaluate(subject, QUICK, progress=lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    assert any("random weights" in text for _, text in told)
    with pytest.raises(Cancelled):
        evaluate(subject, QUICK, cancelled=lambda: len(told) > 0)


def test_confusions_know_their_images(subject):
    report = evaluate(subject, QUICK)
    confusion = report.confusions[0]
    counts = confusion.counts()
    assert counts.sum() == report.test_images
    row = next(row for row in report.rows if row.confusion == 0)
    assert np.trace(counts) / counts.sum() == pytest.approx(row.score.value)
    true, taken = np.argwhere(counts > 0)[0]
    found = confusion.cell(true, taken)
    assert len(found) == counts[true, taken]
    assert set(np.asarray(subject.splits.val.labels)[found]) == {true}
    assert set(found) <= set(known(subject.splits.val))


def test_fewer_images_are_a_fair_sample(subject):
    report = evaluate(subject, dataclasses.replace(QUICK, images=60))
    assert report.train_images == 60
    assert "60 of" in report.note


def test_runs_pool_into_intervals_over_runs(subject):
    report = evaluate(subject, dataclasses.replace(QUICK, protocols=("knn",)))
    better = dataclasses.replace(
        report,
        rows=tuple(
            dataclasses.replace(r, score=dataclasses.replace(r.score, value=0.9) if r.score else None)
            for r in report.rows
        ),
    )
    together = pool([report, better])
    row, first = together.rows[0], report.rows[0]
    assert row.score.kind == "student"
    assert row.score.value == pytest.approx((first.score.value + 0.9) / 2)
    assert pool([report]) is report
    from sslviz.evaluate import EvaluationError

    with pytest.raises(EvaluationError, match="not comparable"):
        pool([report, dataclasses.replace(report, method="byol")])
