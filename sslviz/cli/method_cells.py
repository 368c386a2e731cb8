"""A cell of the table of methods: one method, one seed, trained by its recipe for some minutes, and probed. Loads torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
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
from sslviz.nn.devices import intra_op_threads
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import CLASS, PIXELS, RANDOM, EvaluationPlan
from sslviz.spec.events import Event
from sslviz.spec.requests import ResumeRun, StartRun
from sslviz.training.prepare import prepare

TRIAL_S = 6.0
"""Seconds of steps that tell how many of them fill the minutes."""
WARMING = 3  # steps that are not timed
FEWEST = 20


class CoreClock:
    """Seconds of the cores that a run may use: what other programs take of them does not count."""

    def __init__(self, threads: int) -> None:
        self._threads, self._begun = intra_op_threads(threads), time.process_time()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return (time.process_time() - self._begun) / self._threads


def steps_within(config: RunConfig, minutes: float) -> int:
    """How many steps of `config` fill so many minutes of the cores, from a few seconds of them. Raises what a run would."""
    learner = prepare(config, None, lambda *_: None, lambda: False, measure=False).learner
    for step in range(WARMING):
        learner.advance(step)
    clock, taken = CoreClock(config.threads), 0
    while taken < 1 or clock.seconds < min(TRIAL_S, 6 * minutes):
        learner.advance(WARMING + taken)
        taken += 1
    return max(FEWEST, round(60 * minutes * taken / clock.seconds))


def trained(config: RunConfig, folder: Path, listen: Callable[[Event], None]) -> tuple[RunRecord, float]:
    """The finished run in `folder`, as it lies there, gone on with, or begun; and the minutes of the cores that it took."""
    clock, before = CoreClock(config.threads), 0.0
    start: StartRun | ResumeRun = StartRun(RUN_ID, config, str(folder))
    if (folder / "run.toml").exists() and (record := open_run(folder)).config == config:
        before = record.last.get("seconds", 0.0)
        if record.state == "finished":
            return record, before / 60
        start = ResumeRun(RUN_ID, str(folder))
    record = train_and_wait(start, listen=listen, threads=config.threads)
    return record, (before + clock.seconds) / 60


def measured(
    record: RunRecord, recipe: str, seed: int, minutes: float, plan: EvaluationPlan, known: Sequence[Result]
) -> tuple[Result, ...]:
    """What the run's features, those of its first weights and the pixels are worth, for classes and each factor.

    known: what was measured already; baselines that another method's cell has are not measured again.
    """
    config = record.config
    splits = load_data(config.data)
    subject = subject_from_folder(record.folder, splits)
    pools = _pools(subject, splits, plan)
    targets = (*((CLASS,) if splits.train.labels is not None else ()), *tellable(splits.train.factors, splits.train))
    numbers = [
        (model.name, probe, target, value, chance)
        for model in candidates(subject, plan).values()
        if not _is_known(model.name, config, seed, known)
        for probe, target, value, chance in _probe(model, pools, targets, plan)
    ]
    head = (Path(config.data.source).stem, config.method, recipe, config.backbone, seed, record.step)
    return tuple(Result(*head, minutes, *number, len(pools.test)) for number in numbers)


def _is_known(model: str, config: RunConfig, seed: int, known: Sequence[Result]) -> bool:
    """Whether a baseline was measured: pixels on this data, random weights of this network and seed."""
    same = {PIXELS: ("", -1), RANDOM: (config.backbone, seed)}
    data = Path(config.data.source).stem
    return model in same and any(
        (r.data, r.model) == (data, model) and same[model] in ((r.backbone, r.seed), ("", -1)) for r in known
    )


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
