"""The numbers of a card, each with its interval, beside baselines: what export writes and verify finds again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from sslviz.data import ImageData
from sslviz.evaluate import Subject, evaluate
from sslviz.inspect.errors import InspectError
from sslviz.inspect.objects import SHARES, ObjectScores, object_scores
from sslviz.library.record import LAST_STEPS
from sslviz.methods import Method
from sslviz.nn.encoder import Encoder
from sslviz.spec.card import CardMetric
from sslviz.spec.evaluation import RANDOM, RUN, EvaluationPlan, Row
from sslviz.training.metrics_file import MetricsTable

SCENES = 500
"""Held-out images that attention is compared with masks on."""
PROTOCOLS = ("knn", "linear")
Tell = Callable[[float, str], None]


def silent(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def measure(subject: Subject, seeds: int, progress: Tell = silent) -> tuple[CardMetric, ...]:
    """kNN and linear probe beside their baselines, and, where there are heads and masks, how well attention finds objects."""
    report = evaluate(subject, EvaluationPlan(PROTOCOLS, seeds=seeds), progress=progress)
    rows = tuple(metric for row in report.rows if (metric := _metric(row)) is not None)
    return rows + objects(subject, subject.splits.val)


def measure_factors(
    subject: Subject, factors: tuple[str, ...], seeds: int, progress: Tell = silent
) -> tuple[CardMetric, ...]:
    """Linear probes for these factors, beside random weights and pixels. Raises EvaluationError for factors that are not known."""
    if not factors:
        return ()
    report = evaluate(subject, EvaluationPlan(("factors",), seeds=seeds, factors=factors), progress=progress)
    return tuple(metric for row in report.rows if (metric := _metric(row)) is not None)


def last_losses(table: MetricsTable, label: str) -> tuple[CardMetric, ...]:
    """The mean loss of the last steps, with the interval of that mean; () where the record does not have each of them."""
    losses = table.values[-LAST_STEPS:, table.names.index("loss")] if "loss" in table.names else np.empty(0)
    last = losses[~np.isnan(losses)]
    if len(last) < 2 or not _is_whole(table):
        return ()
    mean, half = float(last.mean()), 1.96 * float(last.std(ddof=1)) / len(last) ** 0.5
    note = f"{label}; mean of the last {len(last)} steps; not comparable between methods"
    return (CardMetric("loss", RUN, _short(mean), _short(mean - half), _short(mean + half), note),)


def _is_whole(table: MetricsTable) -> bool:
    """Whether no row of the last steps was thinned out."""
    last = table.steps[-LAST_STEPS:]
    begins = len(last) == LAST_STEPS or int(last[0]) <= 1
    return begins and int(last[-1] - last[0]) == len(last) - 1


def objects(subject: Subject, data: ImageData, where: str = "", images: str = "") -> tuple[CardMetric, ...]:
    """How well the heads of the last layer find the objects of `data`, beside random weights; () without masks or attention.

    where: after the measure's name, such as "on mixed"; images: as `CardMetric.images`.
    """
    if data.masks is None:
        return ()
    pictures, masks = (
        torch.from_numpy(np.array(array[:SCENES])).to(subject.device) for array in (data.images, data.masks)
    )
    found: list[CardMetric] = []
    for model, method in ((RUN, subject.method), (RANDOM, subject.anew(1))):
        try:
            scores = object_scores(looked_at(method), pictures, masks)
        except InspectError:
            return ()  # no attention to look at
        found += _object_metrics(model, scores, where, images)
    return tuple(found)


def looked_at(method: Method) -> Encoder:
    """The encoder whose attention is shown: the teacher's, where there is one, as in the papers."""
    teacher = getattr(method, "teacher_encoder", None)
    return teacher if isinstance(teacher, Encoder) else method.encoder


def _object_metrics(model: str, scores: ObjectScores, where: str, images: str) -> list[CardMetric]:
    note = f"best head of the last layer, mean of {scores.images} held-out scenes"
    named = [("object AUROC", scores.auroc, scores.auroc_error)]
    named += [
        (f"object Jaccard at {share:.0%} mass", value, error)
        for share, value, error in zip(SHARES, scores.jaccard, scores.jaccard_error, strict=True)
    ]
    return [
        CardMetric(f"{name} {where}".strip(), model, _short(value), *_around(value, error), note, images)
        for name, value, error in named
    ]


def _around(value: float, error: float) -> tuple[float, float]:
    return _short(value - 1.96 * error), _short(value + 1.96 * error)


def _metric(row: Row) -> CardMetric | None:
    if row.score is None:
        return None
    name = f"{row.protocol} on {row.layer}: {row.target}"
    score = row.score
    return CardMetric(name, row.model, _short(score.value), _short(score.lo), _short(score.hi), row.setting)


def _short(value: float) -> float:
    return round(value, 4)
