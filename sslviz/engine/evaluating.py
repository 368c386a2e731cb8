"""Evaluating a run: a copy of the live model, taken between two batches, or what its folder holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.live import take
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf
from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import LAST, AskPrompts, EvaluateRun, Evaluation, Prompted

if TYPE_CHECKING:
    from sslviz.evaluate.subject import Subject


def evaluate_run(request: EvaluateRun, job: Job, shelf: Shelf, runs: Runs) -> Evaluation:
    """The payload that `EvaluateRun` promises. Refused before anything is loaded where the plan alone says that it cannot be."""
    from sslviz.evaluate.checks import require_plan
    from sslviz.evaluate.report import evaluate

    require_plan(request.plan)
    if request.data is not None:
        return _evaluate_elsewhere(request, request.data, job, shelf, runs)
    subject = _subject(request, job, shelf, runs)
    report = evaluate(subject, request.plan, progress=job.advance, cancelled=job.is_given_up)
    of_record = request.snapshot == LAST and not (request.run_id and runs.is_live(request.run_id))
    return _kept(report, Path(request.folder)) if of_record else report


def _kept(report: Evaluation, folder: Path) -> Evaluation:
    """The report, kept in the folder of a run that has ended; where that cannot be, it says so."""
    from sslviz.evaluate.keeping import keep
    from sslviz.training.errors import TrainingError

    try:
        keep(report, folder)
    except TrainingError as error:
        note = f"{report.note} The scores are not kept in the run: {error.message} {error.hint}"
        return dataclasses.replace(report, note=note)
    return report


def _evaluate_elsewhere(request: EvaluateRun, data: DataConfig, job: Job, shelf: Shelf, runs: Runs) -> Evaluation:
    """On other images than the run's."""
    from sslviz.evaluate.elsewhere import moved, said, subject_elsewhere
    from sslviz.evaluate.report import evaluate
    from sslviz.evaluate.subject import Subject, read_config
    from sslviz.nn.devices import choose_device

    folder = Path(request.folder)
    taken = take(runs, request.run_id, job) if request.snapshot == LAST else None
    config = taken.config if taken else read_config(folder)[0]
    splits = shelf.get(data, progress=job.advance, cancelled=job.is_given_up)
    if taken:
        subject = moved(Subject(taken.method.eval(), config, splits, taken.step, request.folder), data, splits)
    else:
        subject = subject_elsewhere(folder, data, splits, request.snapshot, choose_device("auto"))
    return said(evaluate(subject, request.plan, progress=job.advance, cancelled=job.is_given_up), config)


def ask_prompts(request: AskPrompts, job: Job, shelf: Shelf, runs: Runs) -> Prompted:
    """The payload that `AskPrompts` promises."""
    from sslviz.evaluate.zero_shot import ask

    return ask(_subject(request, job, shelf, runs), request.prompts, request.factor)


def _subject(request: EvaluateRun | AskPrompts, job: Job, shelf: Shelf, runs: Runs) -> Subject:
    """A copy of the live model, or what the folder holds."""
    from sslviz.evaluate.subject import Subject, read_config, subject_from_folder
    from sslviz.nn.devices import choose_device

    folder = Path(request.folder)
    taken = take(runs, request.run_id, job) if request.snapshot == LAST else None
    config = taken.config if taken else read_config(folder)[0]
    splits = shelf.get(config.data, progress=job.advance, cancelled=job.is_given_up)
    if taken:
        return Subject(taken.method.eval(), config, splits, taken.step, request.folder)
    return subject_from_folder(folder, splits, request.snapshot, choose_device("auto"))
