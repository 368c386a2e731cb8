"""Case: a lesson with all that its pages draw from: its plan, what was measured of it, whether its recorded run ships."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.panels.lessons.records import has_record
from sslviz.spec.catalogue import Catalogue, MethodInfo
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson import Lesson, Plan
from sslviz.spec.lesson_file import find_lesson, lessons_folder, mark, plan, results_of
from sslviz.spec.lesson_results import LessonResults


@dataclass(frozen=True, eq=False)
class Case:
    """`trouble`: why there are no results to compare with, in two sentences; "" where there are."""

    lesson: Lesson
    plan: Plan  # with the lesson's own seed
    mark: str
    method: MethodInfo
    results: LessonResults | None = None
    has_record: bool = False
    trouble: str = ""

    @property
    def each_s(self) -> float:
        """What one run took, training and measuring, on the machine of the record; NaN while unknown."""
        if self.results is None:
            return math.nan
        return self.results.seconds / max(len(self.results.seeds) * len(self.lesson.arms), 1)


def case_of(lesson: Lesson, catalogue: Catalogue) -> Case:
    """Raises SpecError for settings that do not fit the catalogue."""
    results, trouble = None, ""
    try:
        results = results_of(lesson)
        if results is None:
            trouble = (
                f"What this lesson shows was not measured yet. Write its band: sslviz lesson verify {lesson.name}."
            )
    except SpecError as error:
        trouble = str(error)
    method = next(info for info in catalogue.methods if info.name == lesson.equation)
    recorded = results is not None and has_record(lesson)
    return Case(lesson, plan(lesson, catalogue), mark(lesson), method, results, recorded, trouble)


def cases(catalogue: Catalogue) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """Every lesson that ships, by number; and a sentence on each that cannot be read: the others are there all the same."""
    found: list[Case] = []
    problems: list[str] = []
    try:
        names = sorted(path.stem for path in lessons_folder().glob("*.md"))
    except SpecError as error:
        return (), (str(error),)
    for name in names:
        try:
            found.append(case_of(find_lesson(catalogue, name), catalogue))
        except SpecError as error:
            problems.append(str(error))
    return tuple(sorted(found, key=lambda case: case.lesson.number)), tuple(problems)
