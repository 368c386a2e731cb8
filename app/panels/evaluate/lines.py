"""From a report to what the widgets draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.widgets.figure_caption import of_data
from app.widgets.interval_bars import Bar, BarGroup
from app.widgets.score_table import ScoreLine
from sslviz.spec.evaluation import CLASS, END_TO_END, PIXELS, PROTOCOLS, RANDOM, RUN, SUPERVISED, Evaluation, Row, Score

MARKS = {RUN: 0, SUPERVISED: 2, RANDOM: 1, PIXELS: 6}
"""The colour of each model, everywhere in the view."""
_KINDS = {
    "wilson": "Wilson's 95 % interval of the test images",
    "student": "Student's 95 % interval over seeds, on the same test images",
    "images": "Student's 95 % interval over the test images",
}


def caption(report: Evaluation) -> str:
    """What was evaluated, on what, and how."""
    plan = report.plan
    seeds = f"seeds {plan.seed} to {plan.seed + plan.seeds - 1}" if plan.seeds > 1 else f"seed {plan.seed}"
    parts = (
        Path(report.folder).name, report.method, report.backbone, of_data(report.data), f"step {report.step:,}",
        f"{report.train_images:,} training and {report.test_images:,} validation images", f"k {plan.k}",
        f"{plan.labels} labels a class" if plan.labels else "all labels", seeds,
    )  # fmt: skip
    return " · ".join(filter(None, parts))


def in_table(report: Evaluation) -> tuple[Row, ...]:
    """The rows of the table: all but those of factors, which are bars."""
    return tuple(row for row in report.rows if row.protocol != "factors")


def line_of(row: Row) -> ScoreLine:
    """A row as a line of the table."""
    protocol = {**PROTOCOLS, END_TO_END.name: END_TO_END}[row.protocol].title
    mark, strong = MARKS.get(row.model, 3), row.model == RUN
    if row.score is None:
        return ScoreLine(row.model, protocol, row.layer, note=row.note, mark=mark, strong=strong)
    score, nan = row.score, float("nan")
    how = f"{row.labels} labels a class, {row.setting}" if row.labels else row.setting
    return ScoreLine(
        row.model, protocol, row.layer, score.value, score.lo, score.hi, row.top5.value if row.top5 else nan, row.chance,
        len(row.seeds), how, tip=f"{_say(score)}\n{row.seconds:.1f} s", mark=mark, strong=strong,
    )  # fmt: skip


def _say(score: Score) -> str:
    values = ", ".join(f"{100 * value:.2f}" for value in score.values)
    each = f"\nSeeds: {values} %" if len(score.values) > 1 else ""
    return f"{100 * score.value:.2f} % ({100 * score.lo:.2f}–{100 * score.hi:.2f}): {_KINDS[score.kind]}{each}"


def factor_groups(report: Evaluation, layer: str) -> tuple[tuple[BarGroup, ...], tuple[str, ...]]:
    """Bars of each factor at a layer (pixels have their own), and the models in the order of the bars."""
    rows = [
        row for row in report.of("factors") if row.score and row.target != CLASS and row.layer in (layer, _pixels(row))
    ]
    models = [model for model in MARKS if any(row.model == model for row in rows)]
    targets = sorted({row.target for row in rows}, key=lambda target: -_run_gain(rows, target))
    groups = []
    for target in targets:
        own = sorted((row for row in rows if row.target == target), key=lambda row: models.index(row.model))
        bars = tuple(Bar(models.index(r.model), r.score.value, r.score.lo, r.score.hi) for r in own if r.score)
        groups.append(BarGroup(target, own[0].chance, bars))
    return tuple(groups), tuple(models)


def _pixels(row: Row) -> str:
    return row.layer if row.model == PIXELS else ""


def _run_gain(rows: Sequence[Row], target: str) -> float:
    """How far the run is above chance: what it kept best comes first."""
    return max(
        (row.score.value - row.chance for row in rows if row.score and row.target == target and row.model == RUN),
        default=0.0,
    )


def factor_layers(report: Evaluation) -> tuple[str, ...]:
    """Layers of the run that were probed for factors."""
    return tuple(dict.fromkeys(row.layer for row in report.of("factors") if row.model == RUN))


def heading(report: Evaluation) -> str:
    """What was evaluated, on what, in one line."""
    name = Path(report.folder).name or report.folder
    return f"{report.method} at step {report.step:,} ({name}): {report.note} {report.seconds:.0f} s."
