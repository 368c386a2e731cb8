"""Measures of an arm are those of an evaluation and of the record; what a run does not have is not known."""

import dataclasses
import math
import shutil

import numpy as np
import pytest

from sslviz.data import load_data
from sslviz.evaluate import evaluate, subject_from_folder
from sslviz.lessons import measure
from sslviz.lessons.arms import differences, require_arm
from sslviz.lessons.errors import LessonError
from sslviz.lessons.measure import last_mean, measure_arm, measure_baselines
from sslviz.spec.evaluation import EvaluationPlan
from sslviz.training.metrics_file import MetricsTable, read_metrics
from tests.sslviz.lessons.tiny_lesson import CATALOGUE, STEPS, TEXT, tiny_lesson

SIDE = 8


@pytest.fixture
def run(experiment):
    return experiment[0].run_of(0, "both")


@pytest.fixture
def splits(experiment, run):
    return load_data(require_arm(experiment[0].lesson, "both", run, CATALOGUE).data)


def test_probes_are_those_of_an_evaluation(experiment, run, splits):
    lesson = experiment[0].lesson
    report = evaluate(subject_from_folder(run, splits), EvaluationPlan(("linear",)))
    rows = {row.model: row.score.value for row in report.rows if row.score}
    assert splits.train.labels.tolist() == splits.train.factors["hue"].tolist()
    assert measure_arm(lesson, run, splits)["hue"] == pytest.approx(rows["this run"])
    baselines = measure_baselines(lesson, run, splits)
    assert {name for _, name in baselines} == {"shape", "hue"}
    for baseline in ("random weights", "raw pixels"):
        assert baselines[baseline, "hue"] == pytest.approx(rows[baseline])


def test_votes_are_those_of_the_nearest_pixels(experiment, run, splits):
    lesson = experiment[0].lesson
    val, train = ((split.images.reshape(len(split.images), -1) / 255.0, split.factors["hue"])
                  for split in (splits.val, splits.train))  # fmt: skip
    mean, std = (np.repeat(np.array(part), SIDE * SIDE) for part in (splits.train.mean, splits.train.std))
    near, far = ((images - mean) / std for images, _ in (train, val))
    near, far = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (near, far))
    right = 0
    for row, true in zip(far, val[1], strict=True):
        cosine = near @ row
        nearest = np.argsort(-cosine)[:20]
        votes = np.bincount(train[1][nearest], np.exp(cosine[nearest] / 0.07), minlength=6)
        right += votes.argmax() == true
    assert measure_arm(lesson, run, splits)["pixels"] == pytest.approx(right / len(far))


def test_the_record_gives_the_mean_of_its_end(experiment, run, splits):
    table = read_metrics(run)
    expected = table.values[-1, table.names.index("loss")]  # a tenth of six steps
    assert measure_arm(experiment[0].lesson, run, splits)["loss"] == expected


def test_the_last_tenth_is_averaged_where_it_was_measured():
    steps = np.arange(1, 101)
    values = np.stack([steps.astype(float), np.where(steps == 50, 7.0, np.nan), np.full(100, np.nan)], axis=1)
    table = MetricsTable(("a", "b", "c"), steps, values)
    assert last_mean(table, "a") == 95.5
    assert last_mean(table, "b") == 7.0
    assert math.isnan(last_mean(table, "c"))
    assert math.isnan(last_mean(table, "d"))
    assert math.isnan(last_mean(MetricsTable(), "a"))


def test_a_record_without_weights_has_only_its_numbers(experiment, run, splits, tmp_path):
    copy = shutil.copytree(run, tmp_path / "copy", ignore=shutil.ignore_patterns("*.safetensors", "snapshots"))
    found = measure_arm(experiment[0].lesson, copy, splits)
    assert found["loss"] > 0
    assert all(math.isnan(found[name]) for name in ("shape", "hue", "pixels"))


def test_images_without_the_factor_are_refused(experiment, run, splits):
    bare = dataclasses.replace(splits.train, factors={}), dataclasses.replace(splits.val, factors={})
    unknown = dataclasses.replace(splits, train=bare[0], val=bare[1])
    gauge = measure.Gauge.of(dataclasses.replace(subject_from_folder(run, splits), splits=unknown), measure.Watch())
    with pytest.raises(LessonError, match="not marked by shape"):
        gauge.probe("this run", experiment[0].lesson.measure("shape"))


def test_another_run_is_not_the_arm(experiment, run, tmp_path):
    lesson = experiment[0].lesson
    assert require_arm(lesson, "both", run, CATALOGUE).steps == STEPS
    for changed, arm, said in (
        (lesson, "crop", "another augmentation"),
        (lesson, "none", "Its arms are crop, both."),
        (tiny_lesson(tmp_path, TEXT.replace("width = 16", "width = 32")), "both", "another width"),
        (tiny_lesson(tmp_path, TEXT.replace('"data.count" = 120', '"data.count" = 130')), "both", "another data.dials"),
    ):
        with pytest.raises(LessonError, match=said):
            require_arm(changed, arm, run, CATALOGUE)
    config = require_arm(lesson, "both", run, CATALOGUE)
    assert not list(differences(config, dataclasses.replace(config, seed=9, threads=7, snapshots=1)))


def test_a_run_that_has_not_ended_is_no_arm_yet(experiment, run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "copy")
    lines = (copy / "metrics.csv").read_text().splitlines(keepends=True)
    (copy / "metrics.csv").write_text("".join(lines[:-2]))
    with pytest.raises(LessonError, match="has taken 4 of its 6 steps"):
        require_arm(experiment[0].lesson, "both", copy, CATALOGUE)
