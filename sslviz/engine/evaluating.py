"""Evaluating a run: a copy of the live model, taken between two batches, or what its folder holds."""

from __future__ import annotations

from pathlib import Path

from sslviz.engine.desk import Job
from sslviz.engine.live import take
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf
from sslviz.spec.evaluation import LAST, EvaluateRun, Evaluation


def evaluate_run(request: EvaluateRun, job: Job, shelf: Shelf, runs: Runs) -> Evaluation:
    """The payload that `EvaluateRun` promises. Refused before anything is loaded where the plan alone says that it cannot be."""
    from sslviz.evaluate.checks import require_plan
    from sslviz.evaluate.report import evaluate
    from sslviz.evaluate.subject import Subject, read_config, subject_from_folder
    from sslviz.nn.devices import choose_device

    require_plan(request.plan)
    folder = Path(request.folder)
    taken = take(runs, request.run_id, job) if request.snapshot == LAST else None
    config = taken.config if taken else read_config(folder)[0]
    splits = shelf.get(config.data, progress=job.advance, cancelled=job.is_given_up)
    if taken:
        subject = Subject(taken.method.eval(), config, splits, taken.step, request.folder)
    else:
        subject = subject_from_folder(folder, splits, request.snapshot, choose_device("auto"))
    return evaluate(subject, request.plan, progress=job.advance, cancelled=job.is_given_up)
