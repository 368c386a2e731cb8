"""Whether what a lesson expects came true: of one run of its arms, and over the seeds of a verification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sslviz.spec.lesson import Expectation, Lesson
from sslviz.spec.lesson_results import Checked

Values = Mapping[tuple[str, str], float]
"""What was measured in one seed, by (arm or baseline, measure)."""


def margin(expectation: Expectation, values: Values) -> float:
    """By how much more than asked it came true, in the measure's own unit: it holds from 0 on. NaN while a value is not known."""
    higher, lower = (
        values.get((side, expectation.measure), math.nan) if side else _level(expectation)
        for side in (expectation.higher, expectation.lower)
    )
    return higher - lower - expectation.by


def holds(expectation: Expectation, values: Values) -> bool | None:
    """Whether it came true; None while a value is not known."""
    found = margin(expectation, values)
    return None if math.isnan(found) else found >= 0


def checked(lesson: Lesson, seeds: Sequence[Values]) -> tuple[Checked, ...]:
    """Every expectation of the lesson with its smallest margin over the seeds; one whose value is not known does not hold."""
    found = []
    for expectation in lesson.expectations:
        margins = [margin(expectation, values) for values in seeds]
        least = math.nan if not margins or any(map(math.isnan, margins)) else min(margins)
        found.append(Checked(expectation.says, least >= 0, least))
    return tuple(found)


def _level(expectation: Expectation) -> float:
    return math.nan if expectation.level is None else expectation.level
