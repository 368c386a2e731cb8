"""Whether a run is the experiment that an arm of a lesson describes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from sslviz.lessons.errors import LessonError
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.lesson import Lesson
from sslviz.spec.lesson_file import plan
from sslviz.training.metrics_file import read_metrics
from sslviz.training.run_file import read_run_file

NOT_OF_THE_EXPERIMENT = ("seed", "device", "precision", "threads", "snapshots", "format")
"""What differs from machine to machine, from seed to seed, and between those who want few snapshots and many."""


def require_arm(lesson: Lesson, arm: str, folder: Path, catalogue: Catalogue) -> RunConfig:
    """The configuration of the run in `folder`, which is all of that arm. Raises LessonError where it is not, TrainingError, SpecError."""
    config, _ = read_run_file(folder)
    if arm not in (names := [known.name for known in lesson.arms]):
        raise LessonError(f"The lesson {lesson.name} has no arm {arm!r}.", f"Its arms are {', '.join(names)}.")
    if other := next(differences(config, plan(lesson, catalogue, config.seed).configs[arm]), ""):
        raise LessonError(
            f"The run in {folder.name} is not the arm {arm!r} of the lesson {lesson.name}: it has another {other}.",
            "Train the arm as the lesson sets it up.",
        )
    if (taken := steps_taken(folder)) < config.steps:
        raise LessonError(
            f"The run in {folder.name} has taken {taken:,} of its {config.steps:,} steps.", "Let it train to its end."
        )
    return config


def steps_taken(folder: Path) -> int:
    """The last step on record, 0 where there is none."""
    steps = read_metrics(folder).steps
    return int(steps[-1]) if len(steps) else 0


def differences(one: RunConfig, other: RunConfig) -> Iterator[str]:
    """Names of the settings in which two configurations are different experiments."""
    for field in dataclasses.fields(RunConfig):
        if field.name in NOT_OF_THE_EXPERIMENT:
            continue
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "params":
            yield from (name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name))
        elif field.name in ("data", "optimiser"):
            yield from (f"{field.name}.{name}" for name in _unlike(mine, theirs))
        elif mine != theirs:
            yield field.name


def _unlike(one: DataConfig | OptimiserConfig, other: DataConfig | OptimiserConfig) -> Iterator[str]:
    """Fields that differ; whether a download is allowed changes no image."""
    for field in dataclasses.fields(one):
        if field.name != "download" and getattr(one, field.name) != getattr(other, field.name):
            yield field.name
