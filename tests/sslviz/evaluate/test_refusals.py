"""What makes no sense is refused before anything begins, with the field to change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sslviz.evaluate import EvaluationError, evaluate, subject_from_folder
from sslviz.evaluate.checks import require_plan
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import EvaluationPlan
from sslviz.training.errors import TrainingError


def with_splits(subject, **changes):
    """The subject on changed images; changes of both splits."""
    splits = subject.splits
    both = {side: dataclasses.replace(getattr(splits, side), **changes) for side in ("train", "val")}
    return dataclasses.replace(subject, splits=dataclasses.replace(splits, **both))


def refused(subject, plan, **changes):
    with pytest.raises(EvaluationError) as caught:
        evaluate(with_splits(subject, **changes), plan, progress=lambda *_: pytest.fail("it has begun"))
    assert caught.value.message.endswith((".", ":")) or caught.value.message
    assert caught.value.hint
    return caught.value


def test_images_without_labels(subject):
    assert refused(subject, EvaluationPlan(k=1), labels=None).field == "data.source"
    error = refused(subject, EvaluationPlan(k=1), labels=np.full(len(subject.splits.train), -1))
    assert error.field in ("data.source", "k")


def test_images_of_one_class(subject):
    splits = subject.splits
    one = {
        side: dataclasses.replace(getattr(splits, side), labels=np.zeros(len(getattr(splits, side)), np.int64))
        for side in ("train", "val")
    }
    alone = dataclasses.replace(subject, splits=dataclasses.replace(splits, **one))
    with pytest.raises(EvaluationError, match="one class") as caught:
        evaluate(alone, EvaluationPlan(("linear",)))
    assert caught.value.field == "data.source"


def test_fewer_test_images_than_k(subject):
    count = len(subject.splits.val)
    error = refused(subject, EvaluationPlan(k=count + 1))
    assert error.field == "k"
    assert str(count) in error.hint
    assert evaluate(subject, EvaluationPlan(("knn",), k=count)).rows


def test_more_labels_than_a_class_has(subject):
    labels = np.asarray(subject.splits.train.labels)
    least = int(np.bincount(labels).min())
    error = refused(subject, EvaluationPlan(("linear",), labels=least + 1))
    assert error.field == "labels"
    assert f"at most {least}" in error.hint


def test_factors_and_masks_that_are_not_known(subject):
    assert refused(subject, EvaluationPlan(("factors",)), factors={}).field == "protocols"
    assert refused(subject, EvaluationPlan(("masks",)), masks=None).field == "protocols"


def test_factors_need_no_labels(subject):
    rows = evaluate(with_splits(subject, labels=None), EvaluationPlan(("factors",))).rows
    assert any(row.score for row in rows)


def test_layers_that_do_not_exist_are_answered_with_those_that_do(subject):
    error = refused(subject, EvaluationPlan(("linear",), ("stages.9",)))
    assert error.field == "layers"
    assert "stages.0" in error.hint
    assert "z" in error.hint


@pytest.mark.parametrize(
    ("change", "field"),
    [({"protocols": ()}, "protocols"), ({"protocols": ("nn",)}, "protocols"), ({"layers": ()}, "layers")],
)
def test_plans_that_say_nothing(change, field):
    with pytest.raises(EvaluationError) as caught:
        require_plan(EvaluationPlan(**change))
    assert caught.value.field == field


def test_numbers_out_of_range():
    with pytest.raises(SpecError, match="out of range"):
        require_plan(EvaluationPlan(k=0))


def test_weights_that_are_not_there(run_folder, splits):
    with pytest.raises(TrainingError, match="no snapshot of step 5") as caught:
        subject_from_folder(run_folder, splits, 5)
    assert "6" in caught.value.hint
    assert caught.value.field == "snapshot"


def test_other_images_than_those_of_the_run(run_folder, splits):
    other = dataclasses.replace(splits, val=dataclasses.replace(splits.val, class_names=("other",)))
    with pytest.raises(EvaluationError, match="not those"):
        subject_from_folder(run_folder, other)
