"""What lies beside a lesson's file: whether its results and its recorded runs are of the experiment as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sslviz.lessons.arms import differences, steps_taken
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.errors import SSLVizError
from sslviz.spec.lesson import Lesson
from sslviz.spec.lesson_file import measured_file, plan, recorded_folder, results_of
from sslviz.training.run_file import read_run_file


def record_problems(lesson: Lesson, catalogue: Catalogue, folder: Path | None = None) -> Iterator[str]:
    """One sentence for whatever is missing, damaged or out of date beside the lesson in `folder`; raises SpecError for unreadable results."""
    results = results_of(lesson, folder)
    if results is None:
        there = measured_file(lesson.name, folder).is_file()
        yield "Its results are of another version of it." if there else "It was never verified."
        return
    if says := [one.says for one in results.checked if not one.holds]:
        yield f"When it was verified, this did not show: {says[0]}"
    if [one.says for one in results.checked] != [expectation.says for expectation in lesson.expectations]:
        yield "Its results are of other expectations."
    for arm, config in plan(lesson, catalogue, results.seeds[0]).configs.items():
        run = recorded_folder(lesson.name, arm, folder)
        try:
            found, _ = read_run_file(run)
        except SSLVizError as error:
            yield error.message
            continue
        if other := next(differences(found, config), ""):
            yield f"The recorded run of the arm {arm} has another {other}."
        elif steps_taken(run) < config.steps:
            yield f"The recorded run of the arm {arm} is not whole."
