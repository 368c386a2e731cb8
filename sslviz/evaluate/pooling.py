"""Several runs of one configuration as one table: what another training seed would have given is the interval that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sslviz.evaluate.errors import EvaluationError
from sslviz.evaluate.scores import accuracy
from sslviz.spec.evaluation import Evaluation, Row, Score


def pool(evaluations: Sequence[Evaluation]) -> Evaluation:
    """One report of several runs: each score is the mean over runs with Student's interval over them, one value a run.

    Raises EvaluationError where the runs are of different methods, data, or protocols. Confusions are those of the first run.
    """
    first = evaluations[0]
    if len(evaluations) == 1:
        return first
    for other in evaluations[1:]:
        if (other.method, other.data, other.plan) != (first.method, first.data, first.plan):
            raise EvaluationError(f"{other.folder} is not comparable with {first.folder}: another method, data set or plan.",
                                  "Evaluate them one by one.")  # fmt: skip
    rows = tuple(
        _pooled([of.rows[k] for of in evaluations], first.test_images)
        for k in range(min(len(of.rows) for of in evaluations))
    )
    note = f"{len(evaluations)} runs; one value a run, Student's interval over them. {first.note}"
    return replace(first, rows=rows, note=note, folder=", ".join(of.folder for of in evaluations),
                   seconds=sum(of.seconds for of in evaluations))  # fmt: skip


def _pooled(rows: Sequence[Row], images: int) -> Row:
    scores = [row.score for row in rows if row.score]
    top5 = [row.top5 for row in rows if row.top5]
    settings = list(dict.fromkeys(row.setting for row in rows))
    return replace(
        rows[0], score=_over_runs(scores, images), top5=_over_runs(top5, images),
        setting="; ".join(settings), seconds=sum(row.seconds for row in rows),
    )  # fmt: skip


def _over_runs(scores: Sequence[Score], images: int) -> Score | None:
    """Where the runs agree to the last image, which baselines without a seed do, the interval stays that of the images."""
    if not scores:
        return None
    pooled = accuracy([score.value for score in scores], images)
    return pooled if pooled.kind == "student" else replace(scores[0], values=pooled.values)
