"""What run folders hold of a lesson's runs: the columns of a record, and the recorded experiment that ships with a lesson."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.panels.lessons.experiment import ArmRun, Experiment, Series
from sslviz.spec.lesson import Lesson, Plan
from sslviz.spec.lesson_file import recorded_folder
from sslviz.spec.lesson_results import LessonResults

METRICS = "metrics.csv"


def columns_of(lesson: Lesson) -> tuple[str, ...]:
    """The columns of the records that the lesson draws."""
    return tuple(dict.fromkeys(name for trace in lesson.traces for name in (trace.column, trace.y) if name))


def read_columns(folder: str, names: Sequence[str]) -> dict[str, Series]:
    """Columns of the record in a run folder, where they were measured; empty ones where there is no such record."""
    found: dict[str, tuple[list[int], list[float]]] = {name: ([], []) for name in names}
    try:
        with (Path(folder) / METRICS).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                _take(row, found)
    except (OSError, ValueError, csv.Error):
        found = {name: ([], []) for name in names}  # gone, or cut off in the middle of a line: there is nothing to draw
    return {name: (np.array(steps, np.int64), np.array(values, np.float64)) for name, (steps, values) in found.items()}


def _take(row: dict[str, str], found: dict[str, tuple[list[int], list[float]]]) -> None:
    for name, (steps, values) in found.items():
        if row.get(name):
            value = float(row[name])
            if math.isfinite(value):
                steps.append(int(float(row["step"])))
                values.append(value)


def has_record(lesson: Lesson) -> bool:
    """Whether a recorded run of every arm ships."""
    return all((recorded_folder(lesson.name, arm.name) / METRICS).is_file() for arm in lesson.arms)


def recorded(lesson: Lesson, plan: Plan, results: LessonResults) -> Experiment:
    """The experiment as it was recorded with the first seed of the verification."""
    columns = columns_of(lesson)
    arms = {}
    for arm in lesson.arms:
        folder = recorded_folder(lesson.name, arm.name)
        values = {
            measure.name: found.values[0]
            for measure in lesson.measures
            if (found := results.of(arm.name, measure.name)) is not None and found.values
        }
        shown = str(folder) if folder.is_dir() else ""
        arms[arm.name] = ArmRun("done", shown, plan.configs[arm.name].steps, trained=True, text="recorded", values=values,
                                columns=read_columns(str(folder), columns))  # fmt: skip
    return Experiment(
        lesson.name, results.seeds[0] if results.seeds else lesson.seed, "recorded", plan.configs, columns, arms
    )
