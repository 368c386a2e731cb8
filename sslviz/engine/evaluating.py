"""Evaluating a run: a copy of the live model, taken between two batches, or what its folder holds."""

from __future__ import annotations

import copy
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.engine.desk import Job
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import Cancelled
from sslviz.spec.evaluation import LAST, EvaluateRun, Evaluation

if TYPE_CHECKING:
    from sslviz.methods import Method
    from sslviz.training.learner import Learner

_LOOK_EVERY_S = 0.1
Taken = tuple["Method", RunConfig, int]


def evaluate_run(request: EvaluateRun, job: Job, shelf: Shelf, runs: Runs) -> Evaluation:
    """The payload that `EvaluateRun` promises. Refused before anything is loaded where the plan alone says that it cannot be."""
    from sslviz.evaluate.checks import require_plan
    from sslviz.evaluate.report import evaluate
    from sslviz.evaluate.subject import Subject, read_config, subject_from_folder
    from sslviz.nn.devices import choose_device

    require_plan(request.plan)
    folder = Path(request.folder)
    taken = _take(request, job, runs)
    config = taken[1] if taken else read_config(folder)[0]
    splits = shelf.get(config.data, progress=job.advance, cancelled=job.is_given_up)
    if taken:
        subject = Subject(taken[0].eval(), config, splits, taken[2], request.folder)
    else:
        subject = subject_from_folder(folder, splits, request.snapshot, choose_device("auto"))
    return evaluate(subject, request.plan, progress=job.advance, cancelled=job.is_given_up)


def _take(request: EvaluateRun, job: Job, runs: Runs) -> Taken | None:
    """A copy of the live model; None where there is none, or the run ends before it could be taken."""
    future = runs.look(request.run_id, copy_of) if request.snapshot == LAST and request.run_id else None
    if future is None:
        return None
    try:
        return _wait(future, request, job, runs)
    except CancelledError:
        return None


def _wait(future: Future[Taken], request: EvaluateRun, job: Job, runs: Runs) -> Taken | None:
    while True:
        if job.is_given_up():
            future.cancel()
            raise Cancelled("It was cancelled.")
        try:
            return future.result(_LOOK_EVERY_S)
        except TimeoutError:
            job.advance(float("nan"), "waiting for the run's next step")
            if not runs.is_live(request.run_id) and future.cancel():
                return None


def copy_of(learner: Learner, step: int) -> Taken:
    """A copy of the model as it is now. The run's own is not touched, not even its mode."""
    return copy.deepcopy(learner.method), learner.config, step
