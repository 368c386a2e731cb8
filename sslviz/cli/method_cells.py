"""A cell of the table of methods: one method, one seed, trained by its recipe for some minutes, and probed. Loads torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sslviz.cli.begin import RUN_ID
from sslviz.cli.method_results import Result
from sslviz.data import Splits, load_data
from sslviz.engine.blocking import train_and_wait
from sslviz.engine.record import RunRecord, open_run
from sslviz.evaluate.candidates import Candidate, Pools, candidates
from sslviz.evaluate.checks import tellable
from sslviz.evaluate.features import PIXEL_LAYER, SMALL_PIXELS
from sslviz.evaluate.images import Pool, Watch, known, sample
from sslviz.evaluate.probes import Task, knn, linear
from sslviz.evaluate.scores import commonest
from sslviz.evaluate.subject import Subject, subject_from_folder
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import CLASS, PIXELS, EvaluationPlan
from sslviz.spec.events import Event
from sslviz.spec.requests import ResumeRun, StartRun
from sslviz.training.prepare import prepare

TRIAL_S = 6.0
"""Seconds of steps that tell how many of them fill the minutes."""
WARMING = 3  # steps that are not timed
FEWEST = 20


def steps_within(config: RunConfig, minutes: float) -> int:
    """How many steps of `config` this computer takes in so many minutes, from a few seconds of them. Raises what a run would."""
    learner = prepare(config, None, lambda *_: None, lambda: False, measure=False).learner
    for step in range(WARMING):
        learner.advance(step)
    start, taken = time.perf_counter(), 0
    while taken < 1 or time.perf_counter() - start < min(TRIAL_S, 6 * minutes):
        learner.advance(WARMING + taken)
        taken += 1
    return max(FEWEST, round(60 * minutes * taken / (time.perf_counter() - start)))


def trained(config: RunConfig, folder: Path, listen: Callable[[Event], None]) -> RunRecord:
    """The finished run in `folder`: as it lies there, gone on with, or begun."""
    if (folder / "run.toml").exists():
        record = open_run(folder)
        if record.state == "finished" and record.config == config:
            return record
        if record.config == config:
            return train_and_wait(ResumeRun(RUN_ID, str(folder)), listen=listen, threads=config.threads)
    return train_and_wait(StartRun(RUN_ID, config, str(folder)), listen=listen, threads=config.threads)


def measured(record: RunRecord, recipe: str, seed: int, plan: EvaluationPlan) -> tuple[Result, ...]:
    """What the run's features, those of its first weights and the pixels are worth, for classes and each factor."""
    config = record.config
    splits = load_data(config.data)
    subject = subject_from_folder(record.folder, splits)
    pools = _pools(subject, splits, plan)
    targets = (*((CLASS,) if splits.train.labels is not None else ()), *tellable(splits.train.factors, splits.train))
    numbers = [
        (model.name, probe, target, value, chance)
        for model in candidates(subject, plan).values()
        for probe, target, value, chance in _probe(model, pools, targets, plan)
    ]
    head = (Path(config.data.source).stem, config.method, recipe, config.backbone, seed, record.step)
    minutes = record.last["seconds"] / 60
    return tuple(Result(*head, minutes, *number, len(pools.test)) for number in numbers)


def _pools(subject: Subject, splits: Splits, plan: EvaluationPlan) -> Pools:
    train = Pool(splits.train, sample(splits.train, plan.images, plan.seed), subject.size, subject.device)
    return Pools(train, Pool(splits.val, known(splits.val), subject.size, subject.device))


def _probe(
    model: Candidate, pools: Pools, targets: tuple[str, ...], plan: EvaluationPlan
) -> Iterator[tuple[str, str, float, float]]:
    """(probe, target, accuracy, chance) of everything that can be asked of a model."""
    train, test = model.features(0, pools, Watch())
    layers = (
        {"knn": PIXEL_LAYER, "linear": SMALL_PIXELS} if model.name == PIXELS else dict.fromkeys(("knn", "linear"), "h")
    )
    for target in targets:
        near, far = (pool.targets("" if target == CLASS else target).cpu() for pool in (pools.train, pools.test))
        for probe, layer in layers.items():
            task = Task(train[layer], near, test[layer], far)
            outcome = knn(task, plan.k, plan.temperature) if probe == "knn" else linear(task, plan.seed, Watch())
            yield probe, target, outcome.top1, commonest(near, far)
