"""Words that the pages of a lesson share: durations, what differs between the arms, how far a run is."""

from __future__ import annotations

import math
from pathlib import Path

from app.panels.lessons.experiment import ArmRun, Experiment, seconds_left
from app.panels.lessons.shelf import Case
from app.widgets.lesson_arms import ArmRow
from sslviz.spec.lesson import Arm
from sslviz.spec.params import Scalar


def duration(seconds: float) -> str:
    """As one says it: "40 s", "2 min", "1 min 20 s"; "" while unknown."""
    if not math.isfinite(seconds):
        return ""
    if seconds < 90:
        return f"{max(5 * round(seconds / 5), 1)} s"
    minutes, rest = divmod(10 * round(seconds / 10), 60)
    return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"


def differs(arm: Arm) -> str:
    """The settings that an arm is about; "" for one with the lesson's own."""
    parts = [f"method {arm.method}"] if arm.method else []
    parts += [
        f"{name.removeprefix('augment.').replace('_', ' ')} {said(value)}" for name, value in arm.settings.items()
    ]
    return ", ".join(parts)


def said(value: Scalar) -> str:
    """A setting's value."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def facts(case: Case) -> str:
    """Method, data and length of the experiment."""
    lesson = case.lesson
    config = next(iter(case.plan.configs.values()))
    count = len(lesson.arms)
    each = duration(case.each_s)
    cost = f", about {each} each" if each else ""
    dials = ", ".join(
        f"{name.removeprefix('data.')} {said(value)}"
        for name, value in lesson.settings.items()
        if name.startswith("data.")
    )
    parts = (case.method.title if lesson.method == case.method.name else lesson.method, config.backbone,
             f"{Path(lesson.data).name}{f' ({dials})' if dials else ''}", f"batch {config.batch_size}", f"seed {config.seed}")  # fmt: skip
    return f"**{count} runs of {config.steps:,} steps{cost}**  \n" + " · ".join(parts)


def in_all(case: Case) -> str:
    """How long the whole experiment takes, as far as is known."""
    told = duration(case.each_s * len(case.lesson.arms))
    return f"about {told}" if told else ""


def rows_of(case: Case, experiment: Experiment | None) -> list[ArmRow]:
    """Each run with how far it is."""
    rows = []
    for arm in case.lesson.arms:
        run = experiment.arms[arm.name] if experiment else None
        steps = case.plan.configs[arm.name].steps
        if run is None:
            rows.append(ArmRow(arm.name, arm.title, differs(arm)))
            continue
        trouble = run.state in ("failed", "interrupted")
        changed = f" {'. '.join(run.changes)}." if run.changes else ""
        rows.append(ArmRow(arm.name, arm.title, differs(arm), _share(run, steps), f"{_state(run, steps)}{changed}", run.folder,
                           trouble or bool(run.changes)))  # fmt: skip
    return rows


def _share(run: ArmRun, steps: int) -> float:
    if run.state == "measuring":
        return math.nan
    return 1.0 if run.trained else run.step / max(steps, 1)


def _state(run: ArmRun, steps: int) -> str:
    match run.state:
        case "waiting":
            return "waits"
        case "training" if run.paused:
            return f"paused at step {run.step:,} of {steps:,}"
        case "training":
            return f"step {run.step:,} of {steps:,}" if run.step else run.text or "starts"
        case "measuring":
            return f"measures{f': {run.text}' if run.text else ''} …"
        case "done":
            took = duration(run.seconds)
            return run.text or (f"done, {took} of training" if took else "done")
        case "failed":
            return run.text
        case _:
            return f"Interrupted at step {run.step:,} of {steps:,}. {run.text}"


def progress(case: Case, experiment: Experiment | None) -> str:
    """Where the whole experiment is, in a line."""
    if experiment is None or not experiment.has_begun:
        return ""
    if experiment.origin == "recorded":
        machine = f", on {case.results.machine}" if case.results and case.results.machine else ""
        return f"Recorded run, seed {experiment.seed}{machine}"
    count, name = len(experiment.arms), experiment.current()
    done = sum(arm.state == "done" for arm in experiment.arms.values())
    if not name:
        return (
            f"All {count} runs are done, seed {experiment.seed}"
            if done == count
            else f"{done} of {count} runs are done, seed {experiment.seed}"
        )
    left = duration(seconds_left(experiment, case.each_s))
    paused = experiment.arms[name].paused
    end = "paused" if paused else f"about {left} left" if left else "how long it takes shows after the first steps"
    return f"Run {list(experiment.arms).index(name) + 1} of {count}, seed {experiment.seed}: {end}"
