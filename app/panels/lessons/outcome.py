"""What came of an experiment, in words and numbers: which expectations hold, and how it compares with what was recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.panels.lessons.experiment import Experiment
from app.panels.lessons.session import Session
from app.panels.lessons.shelf import Case
from app.widgets.guess_plot import Guessed
from app.widgets.guess_scale import GuessScale, around
from sslviz.spec.lesson import Measure
from sslviz.spec.lesson_outcome import Values, holds
from sslviz.spec.lesson_results import PIXELS, RANDOM, LessonResults, Measured


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation: whether it holds in what is shown (None: a value is missing), and whether it did in the record."""

    says: str
    here: bool | None
    recorded: bool | None


def verdicts(case: Case, experiment: Experiment) -> tuple[Verdict, ...]:
    """Every expectation of the lesson."""
    values = values_of(experiment, case.results)
    checked = {each.says: each.holds for each in case.results.checked} if case.results else {}
    return tuple(Verdict(each.says, holds(each, values), checked.get(each.says)) for each in case.lesson.expectations)


def values_of(experiment: Experiment, results: LessonResults | None) -> Values:
    """By (arm or baseline, measure); baselines are the record's."""
    own = {(name, measure): value for name, arm in experiment.arms.items() for measure, value in arm.values.items()}
    known = results.measured if results else ()
    return {**{(each.arm, each.measure): each.mean for each in known if each.arm in (RANDOM, PIXELS)}, **own}


def scale_of(case: Case, measure: Measure) -> GuessScale:
    """The axis of a measure: the lesson's own, else one around what was recorded."""
    lo, hi = measure.lo, measure.hi
    if lo >= hi:
        found = [value for each in _measured(case) if each.measure == measure.name for value in each.values]
        lo, hi = around(found)
    return GuessScale(measure.title, lo, hi, measure.unit, measure.factor)


def outcome_of(case: Case, experiment: Experiment, measure: Measure) -> tuple[Guessed, ...]:
    """What a measure came to in each arm, beside the seeds of the record."""
    found = []
    for name, arm in experiment.arms.items():
        seeds = case.results.of(name, measure.name) if case.results else None
        found.append(Guessed(name, arm.values.get(measure.name, math.nan), seeds.values if seeds else ()))
    return tuple(found)


def lines_of(case: Case, measure: Measure) -> tuple[tuple[str, float], ...]:
    """Random weights and raw pixels, where they were measured."""
    return tuple((each.arm, each.mean) for each in _measured(case)
                 if each.measure == measure.name and each.arm in (RANDOM, PIXELS))  # fmt: skip


def _measured(case: Case) -> tuple[Measured, ...]:
    return case.results.measured if case.results else ()


def words_of(experiment: Experiment) -> str:
    """What the bars are."""
    kind = "recorded run" if experiment.origin == "recorded" else "this run"
    return f"{kind}, seed {experiment.seed}"


# Live beside recorded --------------------------------------------------------------------------------------------------


def comparison(session: Session) -> str:
    """How a live run compares with the record, in Markdown: said plainly where it differs. "" for the record itself."""
    case, experiment = session.case, session.experiment
    if experiment is None or experiment.origin == "recorded":
        return ""
    changes = [
        f"{case.lesson.arm(name).title}: {change}" for name, arm in experiment.arms.items() for change in arm.changes
    ]
    told = [f"This is no longer the lesson's experiment: {'; '.join(changes)}."] if changes else []
    if case.results is None:
        return "\n\n".join([*told, case.trouble])
    found = [_compared(case, experiment, measure) for measure in case.lesson.measures]
    differing = [line for lines, _ in found for line in lines]
    near = [line for _, lines in found for line in lines]
    if differing:
        told.append("**This run differs from what was recorded.** Another machine or precision, or chance, may be why: one value in "
                    "twenty lies as far out.\n\n" + "\n".join(f"- {line}" for line in differing))  # fmt: skip
    if near:
        told.append(
            "Outside the recorded seeds, but within what another seed may give:\n\n"
            + "\n".join(f"- {line}" for line in near)
        )
    if not differing and not near:
        told.append(f"Every value lies within what the {len(case.results.seeds)} recorded seeds showed.")
    return "\n\n".join(told)


def _compared(case: Case, experiment: Experiment, measure: Measure) -> tuple[list[str], list[str]]:
    """Sentences on values that differ from the record, and on those that another seed may give."""
    differing: list[str] = []
    near: list[str] = []
    scale = scale_of(case, measure)
    for name, arm in experiment.arms.items():
        known = case.results.of(name, measure.name) if case.results else None
        value = arm.values.get(measure.name, math.nan)
        if (
            known is None
            or not known.values
            or not math.isfinite(value)
            or min(known.values) <= value <= max(known.values)
        ):
            continue
        low, high = expected(known)
        seen = f"{scale.say(min(known.values))} to {scale.say(max(known.values))}"
        line = f"{case.lesson.arm(name).title}, {measure.title}: {scale.say(value)} here, {seen} in the record"
        (near if low <= value <= high else differing).append(
            f"{line}, {scale.say(low)} to {scale.say(high)} to be expected."
        )
    return differing, near


def expected(measured: Measured) -> tuple[float, float]:
    """Where the value of one more seed lies in 19 of 20 cases: Student's prediction interval.

    That of the mean, which the record holds, is t·s/√n to either side; that of another value t·s·√(1 + 1/n).
    """
    half = (measured.hi - measured.lo) / 2 * math.sqrt(len(measured.values) + 1)
    return measured.mean - half, measured.mean + half
