"""The measures of an arm: numbers of its record, linear probes on its frozen encoder, votes of raw pixels; and their baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from sslviz.data import Splits
from sslviz.evaluate.candidates import Candidate, Pools, candidates
from sslviz.evaluate.features import PIXEL_LAYER, SMALL_PIXELS
from sslviz.evaluate.images import Pool, Watch, known, sample
from sslviz.evaluate.probes import Task, knn, linear
from sslviz.evaluate.subject import Subject, subject_from_folder
from sslviz.lessons.errors import LessonError
from sslviz.nn.layers import H
from sslviz.spec.evaluation import CLASS, PIXELS, RANDOM, RUN, EvaluationPlan
from sslviz.spec.lesson import Lesson, Measure
from sslviz.training.errors import TrainingError
from sslviz.training.kept_weights import weights_file
from sslviz.training.metrics_file import MetricsTable, read_metrics

LAST_SHARE = 0.1
"""The part of a run, its last, whose values in the record are averaged."""
IMAGES = 5_000
"""Training images that a probe is fitted on, at most."""
PLAN = EvaluationPlan(("linear",), (H,), images=IMAGES)


def measure_arm(lesson: Lesson, folder: Path, splits: Splits, watch: Watch | None = None) -> dict[str, float]:
    """Every measure of the lesson by name, of the run in `folder`; NaN where it has no such number, as a record without weights.

    Raises LessonError where the images lack a factor, EvaluationError and TrainingError for a damaged run, Cancelled.
    """
    table = read_metrics(folder)
    values = {m.name: last_mean(table, m.of) for m in lesson.measures if m.place == "record"}
    looked = [m for m in lesson.measures if m.place != "record"]
    if looked and _has_weights(folder):
        gauge = Gauge.of(subject_from_folder(folder, splits), watch or Watch())
        values |= {m.name: gauge.probe(RUN, m) if m.place == "probe" else gauge.vote(m) for m in looked}
    return {m.name: values.get(m.name, math.nan) for m in lesson.measures}


def measure_baselines(
    lesson: Lesson, folder: Path, splits: Splits, watch: Watch | None = None
) -> dict[tuple[str, str], float]:
    """The same probes on the weights that the run in `folder` began with and on raw pixels, by (baseline, measure)."""
    probes = [m for m in lesson.measures if m.place == "probe"]
    if not probes:
        return {}
    gauge = Gauge.of(subject_from_folder(folder, splits), watch or Watch())
    return {(model, m.name): gauge.probe(model, m) for model in (RANDOM, PIXELS) for m in probes}


def last_mean(table: MetricsTable, column: str) -> float:
    """Mean of a column's finite values in the last steps, of its very last where there are none there; NaN without any."""
    if column not in table.names:
        return math.nan
    values = table.values[:, table.names.index(column)]
    finite = np.isfinite(values)
    if not finite.any():
        return math.nan
    late = finite & (table.steps > (1 - LAST_SHARE) * table.steps[-1])
    return float(values[late].mean() if late.any() else values[finite][-1])


@dataclass(frozen=True, slots=True, eq=False)
class Gauge:
    """Probes of one run and its baselines; features are taken once, however many factors are asked for."""

    pools: Pools
    models: Mapping[str, Candidate]
    watch: Watch

    @classmethod
    def of(cls, subject: Subject, watch: Watch) -> Gauge:
        """Over at most `IMAGES` training images and all held-out ones."""
        splits, size, device = subject.splits, subject.size, subject.device
        train = Pool(splits.train, sample(splits.train, IMAGES, 0), size, device)
        test = Pool(splits.val, known(splits.val), size, device)
        return cls(Pools(train, test), candidates(subject, PLAN), watch)

    def probe(self, model: str, measure: Measure) -> float:
        """Accuracy of a linear probe for the measure's factor."""
        return linear(self._task(model, SMALL_PIXELS if model == PIXELS else H, measure), 0, self.watch).top1

    def vote(self, measure: Measure) -> float:
        """Accuracy of the nearest neighbours in raw pixels."""
        return knn(self._task(PIXELS, PIXEL_LAYER, measure), PLAN.k, PLAN.temperature).top1

    def _task(self, model: str, layer: str, measure: Measure) -> Task:
        near, far = self.models[model].features(0, self.pools, self.watch.part(0.0, 0.8))
        train, test = (_targets(pool, measure.of) for pool in (self.pools.train, self.pools.test))
        return Task(near[layer], train, far[layer], test)


def _targets(pool: Pool, factor: str) -> Tensor:
    data = pool.data
    if (data.labels is None) if factor == CLASS else (factor not in data.factors):
        raise LessonError(f"These images are not marked by {factor}.", "Measure something else, or choose other data.")
    return pool.targets("" if factor == CLASS else factor).cpu()


def _has_weights(folder: Path) -> bool:
    try:
        weights_file(folder)
    except TrainingError:
        return False
    return True
