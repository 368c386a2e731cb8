"""Whether a lesson holds together: its settings exist, its measures can be taken, and what it expects is about its own arms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from sslviz.spec.catalogue import Catalogue
from sslviz.spec.comparable import LOSS, groups, needs
from sslviz.spec.config import RunConfig
from sslviz.spec.equations import FOLDER as EQUATIONS
from sslviz.spec.equations import equation_file
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import CLASS
from sslviz.spec.lesson import SECTIONS, VIEWS, Arm, Expectation, Lesson
from sslviz.spec.lesson_results import PIXELS, RANDOM
from sslviz.spec.lesson_text import Problem
from sslviz.spec.measures import MEASURES
from sslviz.spec.places import shipped
from sslviz.spec.settings import data_info, default_config, find_method, suggestion, with_setting

BASELINES = (RANDOM, PIXELS)
_WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_WORD = 40
_OWN = {"seed": "the key `seed`", "device": "whoever runs it", "threads": "whoever runs it"}
"""Settings that no lesson may make, and who does."""


def problems(lesson: Lesson, catalogue: Catalogue) -> Iterator[Problem]:
    """What does not fit, one after the other: each may rely on what comes before it."""
    yield from _words(lesson)
    yield from _names(lesson)
    yield from _arms(lesson, catalogue)
    yield from _measures(lesson, catalogue)
    yield from _traces(lesson, catalogue)
    yield from _prediction(lesson)
    for k, expectation in enumerate(lesson.expectations):
        yield from _expectation(f"expectations[{k}]", expectation, lesson)
    yield from _references(lesson, catalogue)


def config_of(lesson: Lesson, arm: Arm, catalogue: Catalogue, seed: int) -> RunConfig:
    """What training an arm takes: its method's defaults for the data, the lesson's settings, its own, the seed. Raises SpecError."""
    config = default_config(catalogue, arm.method or lesson.method, data=lesson.data)
    for name, value in (*lesson.settings.items(), *arm.settings.items()):
        config = with_setting(config, catalogue, name, value)
    return with_setting(config, catalogue, "seed", seed)


def _words(lesson: Lesson) -> Iterator[Problem]:
    """Texts that are missing."""
    texts = {
        "title": lesson.title,
        "ends": lesson.ends,
        "changes": lesson.changes,
        "prediction.question": lesson.prediction.question,
    }
    texts |= {f"arms[{k}].title": arm.title for k, arm in enumerate(lesson.arms)}
    texts |= {f"measures[{k}].title": measure.title for k, measure in enumerate(lesson.measures)}
    texts |= {f"traces[{k}].title": trace.title for k, trace in enumerate(lesson.traces)}
    texts |= {f"expectations[{k}].says": expectation.says for k, expectation in enumerate(lesson.expectations)}
    texts |= {f"prediction.options[{k}].text": option.text for k, option in enumerate(lesson.prediction.options)}
    texts |= {f"sources[{k}].text": source.text for k, source in enumerate(lesson.sources)}
    for path, text in texts.items():
        if not text.strip():
            yield Problem(path, f"{path} is empty.", "Write what is to be shown there.")
    for heading in SECTIONS:
        if not lesson.sections[heading]:
            yield Problem(
                f"section.{heading}", f"The section {heading!r} is empty.", "Write its text below the heading."
            )
    for name in ("arms", "measures", "expectations", "sources", "views"):
        if not getattr(lesson, name):
            yield Problem(name, f"The lesson has no {name}.", f"Give at least one, as [[{name}]] or in a list.")


def _names(lesson: Lesson) -> Iterator[Problem]:
    """Names that cannot stand in files and on the command line, and names that two things have."""
    if not _is_word(lesson.name):
        yield Problem("", f"The file's name {lesson.name!r} is no plain word.", _A_WORD)
    for room, things in (("arms", lesson.arms), ("measures", lesson.measures)):
        names = [thing.name for thing in things]
        for k, name in enumerate(names):
            if not _is_word(name):
                yield Problem(f"{room}[{k}].name", f"The name {name!r} is no plain word.", _A_WORD)
            if name in names[:k]:
                yield Problem(f"{room}[{k}].name", f"Two {room} are called {name!r}.", "Give each a name of its own.")
    if lesson.number < 1:
        yield Problem("number", f"A lesson has the number {lesson.number}.", "Number lessons from 1.")


_A_WORD = "Use small letters, digits and hyphens, beginning with a letter: stop-gradient."


def _is_word(name: str) -> bool:
    return bool(_WORD.fullmatch(name)) and len(name) <= _LONGEST_WORD


def _arms(lesson: Lesson, catalogue: Catalogue) -> Iterator[Problem]:
    """Methods, data and settings that do not exist or are out of range; arms that are the same run."""
    yield from _refusals("method", lambda: find_method(catalogue, lesson.method))
    names = [info.name for info in catalogue.data if info.name != "folder"]
    if lesson.data not in names:
        yield Problem("data", f"There is no data set called {lesson.data!r}.", suggestion(lesson.data, names))
    configs: list[RunConfig] = []
    for k, arm in enumerate(lesson.arms):
        path = f"arms[{k}]"
        method = arm.method or lesson.method
        yield from _refusals(f"{path}.method", partial(find_method, catalogue, method))
        config = default_config(catalogue, method, data=lesson.data)
        for room, settings in (("settings", lesson.settings), (f"{path}.settings", arm.settings)):
            for name, value in settings.items():
                if name in _OWN:
                    yield Problem(
                        f"{room}.{name}", f"A lesson's settings leave {name} alone.", f"It is set by {_OWN[name]}."
                    )
                try:
                    config = with_setting(config, catalogue, name, value)
                except SpecError as error:
                    yield Problem(f"{room}.{name}", error.message, error.hint)
        if config in configs:
            twin = lesson.arms[configs.index(config)].name
            yield Problem(
                path, f"The arms {twin!r} and {arm.name!r} are the same run.", "Let them differ in a setting."
            )
        configs.append(config)
    yield from _refusals("seed", lambda: [config_of(lesson, arm, catalogue, lesson.seed) for arm in lesson.arms])


def _refusals(path: str, work: Callable[[], object]) -> Iterator[Problem]:
    """What `work` raises, as a problem."""
    try:
        work()
    except SpecError as error:
        yield Problem(path, error.message, error.hint)


def _measures(lesson: Lesson, catalogue: Catalogue) -> Iterator[Problem]:
    factors = (CLASS, *data_info(catalogue, lesson.data).factors)
    for k, measure in enumerate(lesson.measures):
        path = f"measures[{k}]"
        if measure.place == "record":
            yield from _column(f"{path}.of", measure.of)
        elif measure.of not in factors:
            hint = suggestion(measure.of, factors)
            yield Problem(f"{path}.of", f"Images of {lesson.data} have no factor {measure.of!r}.", hint)
        if not (math.isfinite(measure.lo) and math.isfinite(measure.hi) and measure.lo <= measure.hi):
            yield Problem(
                f"{path}.hi", f"An axis cannot go from {measure.lo:g} to {measure.hi:g}.", "Let lo lie below hi."
            )
        if measure.unit == "%":
            yield from _shares(path, {"lo": measure.lo, "hi": measure.hi})


def _shares(path: str, numbers: dict[str, float | None]) -> Iterator[Problem]:
    """Percentages are kept as shares."""
    for name, number in numbers.items():
        if number is not None and not 0 <= number <= 1:
            yield Problem(
                f"{path}.{name}", f"{name} = {number:g} of a measure in % is no share.", "Write 0.25 for 25 %."
            )


def _column(path: str, name: str) -> Iterator[Problem]:
    """A column that no record has."""
    if name not in MEASURES and not re.fullmatch(r"part\.\w+", name):
        yield Problem(path, f"Records have no column {name!r}.", suggestion(name, MEASURES))


def _traces(lesson: Lesson, catalogue: Catalogue) -> Iterator[Problem]:
    configs = [config_of(lesson, arm, catalogue, lesson.seed) for arm in lesson.arms]
    for k, trace in enumerate(lesson.traces):
        for key, column in (("column", trace.column), ("y", trace.y)):
            path = f"traces[{k}].{key}"
            if not column and key == "y":
                continue
            yield from _column(path, column)
            if needs(column) == LOSS and len(groups(column, configs)) > 1:
                yield Problem(path, f"The values of {column} of these arms are different quantities: they share no axis.",
                              "Trace something else, or compare it as a measure and say in the text what it is.")  # fmt: skip


def _prediction(lesson: Lesson) -> Iterator[Problem]:
    prediction = lesson.prediction
    names = [measure.name for measure in lesson.measures]
    if prediction.measure not in names:
        hint = suggestion(prediction.measure, names)
        yield Problem("prediction.measure", f"There is no measure called {prediction.measure!r}.", hint)
    options = prediction.options
    if len(options) < 2:
        yield Problem("prediction.options", "There is nothing to choose between.", "Give at least two options.")
    if (right := sum(option.right for option in options)) != 1:
        yield Problem("prediction.options", f"{right or 'None'} of the options {'is' if right < 2 else 'are'} right.",
                      "Write right = true in one of them.")  # fmt: skip
    for k, option in enumerate(options):
        if not option.right and not option.reply.strip():
            yield Problem(f"prediction.options[{k}]", "Nothing is said to those who choose this wrong option.",
                          "Add reply = ..., one sentence.")  # fmt: skip


def _expectation(path: str, expectation: Expectation, lesson: Lesson) -> Iterator[Problem]:
    names = [measure.name for measure in lesson.measures]
    if expectation.measure not in names:
        hint = suggestion(expectation.measure, names)
        yield Problem(f"{path}.measure", f"There is no measure called {expectation.measure!r}.", hint)
    measure = lesson.measure(expectation.measure)
    known = [arm.name for arm in lesson.arms]
    known += BASELINES if measure.place == "probe" else ()
    sides = {"higher": expectation.higher, "lower": expectation.lower}
    for key, side in sides.items():
        if side and side not in known:
            yield Problem(f"{path}.{key}", f"There is no {measure.title} of {side!r} here.", suggestion(side, known))
    yield from _sides(path, expectation)
    if not (math.isfinite(expectation.by) and expectation.by >= 0):
        yield Problem(f"{path}.by", f"A margin of {expectation.by:g} makes no sense.", "Give by = 0 or more.")
    if measure.unit == "%":
        yield from _shares(path, {"by": expectation.by, "level": expectation.level})


def _sides(path: str, expectation: Expectation) -> Iterator[Problem]:
    """Two different things are compared, or one with a level."""
    given = [side for side in (expectation.higher, expectation.lower) if side]
    if expectation.level is None:
        if len(given) < 2:
            yield Problem(path, "The expectation compares with nothing.", "Name higher and lower, or give level = ...")
        if len(set(given)) < len(given):
            yield Problem(path, f"The expectation compares {given[0]!r} with itself.", "Name two different arms.")
    elif len(given) != 1:
        yield Problem(path, "A level is compared with one arm.", 'Leave the other side empty: lower = "".')
    elif not math.isfinite(expectation.level):
        yield Problem(f"{path}.level", "The level is no number.", "Give a finite number.")
    elif given[0] in BASELINES:
        yield Problem(path, f"Only {given[0]} are compared with a level.", "Name an arm: nothing is trained otherwise.")


def _references(lesson: Lesson, catalogue: Catalogue) -> Iterator[Problem]:
    """Views and equations that do not exist."""
    for k, view in enumerate(lesson.views):
        if view not in VIEWS:
            yield Problem(f"views[{k}]", f"There is no view called {view!r}.", suggestion(view, VIEWS))
    twice = [view for view, count in Counter(lesson.views).items() if count > 1]
    if twice:
        yield Problem("views", f"The view {twice[0]!r} is named twice.", "Name it once.")
    names = [info.name for info in catalogue.methods if info.equation]
    if lesson.equation not in names or not _is_typeset(lesson.equation):
        yield Problem(
            "equation", f"There is no typeset equation {lesson.equation!r}.", suggestion(lesson.equation, names)
        )


def _is_typeset(name: str) -> bool:
    return (shipped("resources") / EQUATIONS / equation_file(name)).is_file()
