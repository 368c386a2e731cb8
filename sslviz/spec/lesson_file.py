"""Lessons from `resources/lessons`: each read and checked, with the file, the line and the remedy of whatever does not fit.

A file NAME.md is a TOML header between two lines of `+++`, whose keys are the fields of `sslviz.spec.lesson.Lesson`, then Markdown
with the headings `SECTIONS`. Names of settings in a table `settings` may be quoted ("data.preset") or not.
"""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import msgspec

from sslviz.spec.catalogue import Catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson import Lesson, Plan
from sslviz.spec.lesson_checks import config_of, problems
from sslviz.spec.lesson_results import LessonResults, from_json
from sslviz.spec.lesson_text import parsed
from sslviz.spec.places import shipped
from sslviz.spec.settings import suggestion

FOLDER = "lessons"
"""Below resources/."""


def lessons_folder() -> Path:
    """Where the lessons that ship lie."""
    return shipped("resources") / FOLDER


def measured_file(name: str, folder: Path | None = None) -> Path:
    """The file of what was measured of lesson `name`; it need not exist. folder: of lessons, None for those that ship."""
    return (folder or lessons_folder()) / "measured" / f"{name}.json"


def recorded_folder(name: str, arm: str, folder: Path | None = None) -> Path:
    """The folder of the recorded run of an arm; it need not exist."""
    return (folder or lessons_folder()) / "recorded" / name / arm


def lessons(catalogue: Catalogue) -> tuple[Lesson, ...]:
    """Every lesson that ships, by number. Raises SpecError for one that does not fit, and for a number that two have."""
    folder = lessons_folder()
    found = sorted((read_lesson(path, catalogue) for path in folder.glob("*.md")), key=lambda lesson: lesson.number)
    for one, next_one in itertools.pairwise(found):
        if one.number == next_one.number:
            raise SpecError(f"{one.name}.md and {next_one.name}.md are both lesson {one.number}.", "Number one anew.")
    return tuple(found)


def find_lesson(catalogue: Catalogue, name: str) -> Lesson:
    """The shipped lesson called `name`; raises SpecError with the names that there are, and where its file does not fit."""
    path = lessons_folder() / f"{name}.md"
    names = sorted(found.stem for found in lessons_folder().glob("*.md"))
    if name not in names:
        raise SpecError(f"There is no lesson called {name!r}.", suggestion(name, names) if names else "None ship.")
    return read_lesson(path, catalogue)


def read_lesson(path: Path, catalogue: Catalogue) -> Lesson:
    """The lesson in the file `path`, checked: SpecError with the file, the line and the remedy of the first thing that does not fit."""
    text = parsed(path)
    for problem in problems(text.lesson, catalogue):
        text.refuse(problem)
    return text.lesson


def results_of(lesson: Lesson, folder: Path | None = None) -> LessonResults | None:
    """What verifying the lesson has shown; None where it never was, or where the lesson is another by now. Raises SpecError."""
    path = measured_file(lesson.name, folder)
    if not path.is_file():
        return None
    found = from_json(path.read_bytes(), lesson.name)
    return found if found.mark == mark(lesson) else None


def plan(lesson: Lesson, catalogue: Catalogue, seed: int | None = None) -> Plan:
    """The configuration of each arm, trained with `seed` (None: the lesson's). Raises SpecError for settings that do not fit."""
    chosen = lesson.seed if seed is None else seed
    return Plan(lesson.name, {arm.name: config_of(lesson, arm, catalogue, chosen) for arm in lesson.arms})


def mark(lesson: Lesson) -> str:
    """Stands for what is trained and what is measured: another one than that of results means that they are out of date."""
    experiment = (
        lesson.method, lesson.data, sorted(lesson.settings.items()), lesson.seed,
        [(arm.name, arm.method, sorted(arm.settings.items())) for arm in lesson.arms],
        [(measure.name, measure.place, measure.of) for measure in lesson.measures],
        [(trace.column, trace.y) for trace in lesson.traces],
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(experiment)).hexdigest()[:16]
