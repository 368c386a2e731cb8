"""What was measured of each side, in rows: the last values of training beside their baselines, and what evaluations say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sslviz.spec.card import CardMetric
from sslviz.spec.comparable import differing, same_data, why_apart
from sslviz.spec.comparison import Number, ScoreRow
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import RUN
from sslviz.spec.measures import MEASURES
from sslviz.training.comparing.reading import Material

TRAINING, EVALUATED = "while training", "evaluated"
MEASURED = ("knn", "loss", "accuracy", "top1", "top5", "alignment", "alignment_h", "uniformity", "uniformity_h", "std", "std_h",
            "rankme", "rankme_h", "seconds", "epoch", "images_per_s")  # fmt: skip
"""In the order of the table."""
SMOOTHED = ("loss", "accuracy")
"""Of one batch each time: a mean of the last ones says more than the last."""
LAST = 100
OTHER_IMAGES = "On different images: the numbers say nothing about each other."


def scores(read: Sequence[Material]) -> tuple[ScoreRow, ...]:
    """All rows that have at least one number."""
    rows = (*_trained(read), *_evaluated(read))
    return tuple(row for row in rows if any(row.numbers))


def _trained(read: Sequence[Material]) -> Iterator[ScoreRow]:
    configs = [each.side.config for each in read if each.side.config]
    for measure in MEASURED:
        remark = why_apart(measure, configs)
        label = MEASURES[measure].label + (f", {unit}" if (unit := MEASURES[measure].unit) not in ("", "1/s") else "")
        yield ScoreRow(TRAINING, label, RUN, tuple(_last(each, measure) for each in read), remark)
        levels = [{r.label: r.value for r in each.side.references if r.measure == measure} for each in read]
        for name in dict.fromkeys(name for level in levels for name in level):
            numbers = tuple(Number(level[name]) if name in level else None for level in levels)
            yield ScoreRow(TRAINING, label, name, numbers, remark)


def _last(material: Material, measure: str) -> Number | None:
    """The last value up to the side's step, of what is noisy the mean of the last ones."""
    table = material.table
    if measure not in table.names:
        return None
    values = table.values[:, table.names.index(measure)]
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    if measure in SMOOTHED and len(values) > 1:
        some = values[-LAST:]
        return Number(float(some.mean()), note=f"mean of the last {len(some)} on record")
    return Number(float(values[-1]))


def _evaluated(read: Sequence[Material]) -> Iterator[ScoreRow]:
    """What cards and evaluations say, joined by what was measured of which model."""
    remark = "" if same_data([each.side.config for each in read if each.side.config]) else OTHER_IMAGES
    tables = [{(m.measure, m.model): m for m in each.metrics} for each in read]
    keys = dict.fromkeys(key for table in tables for key in table)
    configs = [each.side.config for each in read if each.side.config]
    for measure, model in sorted(keys, key=lambda key: list(dict.fromkeys(m for m, _ in keys)).index(key[0])):
        numbers = tuple(_number(table.get((measure, model))) for table in tables)
        yield ScoreRow(EVALUATED, measure, model, numbers, _remark(measure, configs) or remark)


def _remark(measure: str, configs: Sequence[RunConfig]) -> str:
    return why_apart(measure, configs) if measure == "loss" and differing(measure, configs) else ""


def _number(metric: CardMetric | None) -> Number | None:
    return Number(metric.value, metric.lo, metric.hi, metric.note) if metric else None
