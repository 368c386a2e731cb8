"""Lessons as text for a terminal: the list, one whole lesson, and what its experiment showed."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sslviz.cli.text_table import text_table
from sslviz.spec.lesson import SECTIONS, Arm, Lesson, Measure
from sslviz.spec.lesson_file import results_of
from sslviz.spec.lesson_outcome import Values, holds, margin
from sslviz.spec.lesson_results import PIXELS, RANDOM, LessonResults, Measured
from sslviz.spec.quantities import said

_WIDTH = 100
_BEFORE = SECTIONS[:2]
"""What is read before the prediction; the other sections come after what the experiment showed."""


def list_of(lessons: Sequence[Lesson]) -> str:
    """One line a lesson."""
    if not lessons:
        return "No lessons ship with this version."
    rows = [(str(one.number), one.name, one.title, one.changes, _state(one)) for one in lessons]
    return text_table(("NO", "NAME", "QUESTION", "WHAT IS CHANGED", "MEASURED"), rows, frozenset({0}))


def _state(lesson: Lesson) -> str:
    results = results_of(lesson)
    return f"{len(results.seeds)} seeds" if results else "not yet"


def page(lesson: Lesson, results: LessonResults | None) -> str:
    """All of it, in the order in which it is taught."""
    parts = [f"{lesson.number}. {lesson.title}", f"Ends the belief that {lesson.ends}."]
    parts += [_section(lesson, heading) for heading in _BEFORE]
    parts += [_arms(lesson), _options(lesson), _shown(lesson, results)]
    parts += [_section(lesson, heading) for heading in SECTIONS[len(_BEFORE) :]]
    return "\n\n".join([*parts, _sources(lesson)])


def _section(lesson: Lesson, heading: str) -> str:
    return f"{heading.upper()}\n{_wrapped(lesson.sections[heading])}"


def _wrapped(markdown: str) -> str:
    """Paragraphs to the width of the page; lists, tables and code keep their lines."""
    blocks = markdown.split("\n\n")
    return "\n\n".join(textwrap.fill(" ".join(b.split()), _WIDTH) if _is_prose(b) else b for b in blocks)


def _is_prose(block: str) -> bool:
    return not block.lstrip().startswith(("-", "*", "|", "`", "#", ">", "1.")) and "\n    " not in block


def _arms(lesson: Lesson) -> str:
    rows = [(arm.name, arm.title, _settings(arm)) for arm in lesson.arms]
    return "THE RUNS\n" + text_table(("ARM", "TITLE", "SETTINGS"), rows)


def _settings(arm: Arm) -> str:
    own = [f"{name} {said(value)}" for name, value in arm.settings.items()]
    return ", ".join([arm.method, *own] if arm.method else own) or "as the lesson sets up"


def _options(lesson: Lesson) -> str:
    """Without saying which is right: that comes below what was shown."""
    options = [f"  {k}. {option.text}" for k, option in enumerate(lesson.prediction.options, 1)]
    return "\n".join(["PREDICT", _wrapped(lesson.prediction.question), *options])


def _shown(lesson: Lesson, results: LessonResults | None) -> str:
    if results is None:
        return f"WHAT IT SHOWS\nNot measured yet: sslviz lesson verify {lesson.name}"
    return "\n".join(["WHAT IT SHOWS", results_table(lesson, results), "", *_replies(lesson)])


def _replies(lesson: Lesson) -> Iterator[str]:
    for k, option in enumerate(lesson.prediction.options, 1):
        reply = f" {option.reply}" if option.reply else ""
        yield f"  {k}. {'Right.' if option.right else 'Not so.'}{reply}"


def _sources(lesson: Lesson) -> str:
    lines = [f"  {source.text}" + (f" Here: {source.toy}" if source.toy else "") for source in lesson.sources]
    return "\n".join(["SOURCES", *lines])


def results_table(lesson: Lesson, results: LessonResults) -> str:
    """Means with their intervals, and whether what is expected holds in every seed."""
    models = [*((arm.name, arm.title) for arm in lesson.arms), (RANDOM, RANDOM), (PIXELS, PIXELS)]
    rows = [(title, *cells) for name, title in models if any(cells := _means(lesson, results, name))]
    head = ("", *(measure.title for measure in lesson.measures))
    seeds = ", ".join(map(str, results.seeds))
    facts = (
        f"Mean and Student's 95 % interval over the seeds {seeds}; {results.machine}; {results.seconds:,.0f} s in all."
    )
    lines = [f"  {'holds' if one.holds else 'DOES NOT HOLD'}: {one.says}" for one in results.checked]
    return "\n".join([text_table(head, rows), facts, *lines])


def _means(lesson: Lesson, results: LessonResults, model: str) -> list[str]:
    return [_mean(measure, results.of(model, measure.name)) for measure in lesson.measures]


def _mean(measure: Measure, found: Measured | None) -> str:
    return (
        f"{number(measure, found.mean)} ({number(measure, found.lo)} to {number(measure, found.hi)})" if found else ""
    )


def number(measure: Measure, value: float) -> str:
    """A value as it is shown: shares as percentages where the measure asks for it, "unknown" for NaN."""
    if math.isnan(value):
        return "unknown"
    return f"{100 * value:.1f} %" if measure.unit == "%" else f"{value:.3g} {measure.unit}".strip()


def outcome(lesson: Lesson, values: Values, results: LessonResults | None) -> str:
    """One seed's values beside the band of the verification, and which expectations they meet."""
    rows = []
    for measure in lesson.measures:
        models = dict.fromkeys(model for model, name in values if name == measure.name)
        titles = {arm.name: arm.title for arm in lesson.arms}
        for model in models:
            found = results.of(model, measure.name) if results else None
            cells = (measure.title, titles.get(model, model), number(measure, values[model, measure.name]))
            rows.append((*cells, _mean(measure, found), _beside(values[model, measure.name], found)))
    words = {True: "shown", False: "not shown", None: "unknown"}
    lines = [f"  {words[holds(expectation, values)]}: {expectation.says}" for expectation in lesson.expectations]
    note = [] if results else [f"There is no band to compare with: sslviz lesson verify {lesson.name} makes one."]
    return "\n".join([text_table(("MEASURE", "OF", "HERE", "BAND", ""), rows, frozenset({2})), *note, "", *lines])


def _beside(value: float, found: Measured | None) -> str:
    """Where a value lies against the values of the verification's seeds."""
    if found is None or math.isnan(value) or math.isnan(found.lo):
        return ""
    return "within" if found.lo <= value <= found.hi else "above" if value > found.hi else "below"


def outcome_as_plain(lesson: Lesson, values: Values, seed: int) -> Mapping[str, Any]:
    """The same for --json; null for what is not known."""
    return {
        "lesson": lesson.name, "seed": seed,
        "values": [{"of": model, "measure": name, "value": _known(value)} for (model, name), value in values.items()],
        "expectations": [
            {"says": one.says, "holds": holds(one, values), "margin": _known(margin(one, values))} for one in lesson.expectations
        ],
    }  # fmt: skip


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
