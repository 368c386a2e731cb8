"""`evaluate`: from a plan to a report, task by task, with progress; baselines are part of every table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor

from sslviz.evaluate import probes
from sslviz.evaluate.candidates import Candidate, Pools, candidates, supervised
from sslviz.evaluate.checks import BY_CLASS, Z, require, tellable
from sslviz.evaluate.features import PIXEL_LAYER, SMALL_PIXELS
from sslviz.evaluate.images import Pool, Watch, draw_per_class, known, sample
from sslviz.evaluate.probes import Outcome, Task
from sslviz.evaluate.scores import TOP5_FROM, accuracy, commonest, mean_of_images
from sslviz.evaluate.subject import Subject
from sslviz.evaluate.tuning import Classifier, Course, predict, train_classifier
from sslviz.nn.layers import layer_names
from sslviz.spec.evaluation import (
    CLASS,
    END_TO_END,
    PIXELS,
    PROTOCOLS,
    RANDOM,
    RUN,
    SUPERVISED,
    Confusion,
    Evaluation,
    EvaluationPlan,
    Row,
)
from sslviz.spec.events import frozen

MODELS = (RUN, SUPERVISED, RANDOM, PIXELS)
"""In the order of a table."""
Tell = Callable[[float, str], None]


def evaluate(
    subject: Subject,
    plan: EvaluationPlan,
    *,
    progress: Tell = lambda _f, _t: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Evaluation:
    """Carry out `plan`. Nothing that can be refused is begun: EvaluationError, SpecError, NetworkError, each with its field; Cancelled."""
    require(plan, subject.splits, subject.method.encoder)
    return Evaluator(subject, plan, progress, cancelled).run()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Something to do that gives rows. weight: about how long it takes, against the others."""

    text: str
    weight: float
    work: Callable[[Watch], Iterator[Row]]


@dataclass(slots=True, eq=False)
class Evaluator:
    """One evaluation on its way."""

    subject: Subject
    plan: EvaluationPlan
    progress: Tell
    cancelled: Callable[[], bool]
    rows: list[Row] = field(default_factory=list)
    confusions: list[Confusion] = field(default_factory=list)
    pools: Pools = field(init=False)
    drawn: tuple[Tensor, ...] = field(init=False)  # rows of the training pool whose labels may be used, for each seed
    sampled: Tensor = field(init=False)  # rows of the training pool that probes of factors and masks use
    models: dict[str, Candidate] = field(init=False)

    def run(self) -> Evaluation:
        """Every piece in turn."""
        start = time.perf_counter()
        self._choose_images()
        self.models = dict(candidates(self.subject, self.plan))
        pieces = list(self._pieces())
        whole, done = sum(piece.weight for piece in pieces), 0.0
        for piece in pieces:
            watch = Watch(partial(self._tell, piece.text), self.cancelled, done / whole, (done + piece.weight) / whole)
            watch(0.0)
            self.rows += piece.work(watch)
            done += piece.weight
        return self._report(time.perf_counter() - start)

    def _tell(self, text: str, share: float) -> None:
        self.progress(share, text)

    def _choose_images(self) -> None:
        plan, splits, size, device = self.plan, self.subject.splits, self.subject.size, self.subject.device
        used = sample(splits.train, plan.images, plan.seed)
        draws = []
        if plan.labels and splits.train.labels is not None:
            everything = known(splits.train)
            labels = torch.from_numpy(np.asarray(splits.train.labels)[everything].astype(np.int64))
            draws = [everything[draw_per_class(labels, plan.labels, seed).numpy()] for seed in self.seeds]
        pool = np.union1d(used, np.concatenate(draws)) if draws else used
        train = Pool(splits.train, pool, size, device)
        test = Pool(splits.val, known(splits.val), size, device)
        self.sampled = torch.from_numpy(np.searchsorted(pool, used))
        rows = [torch.from_numpy(np.searchsorted(pool, drawn)) for drawn in draws] or [self.sampled] * plan.seeds
        self.pools, self.drawn = Pools(train, test), tuple(rows)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the plan."""
        return tuple(range(self.plan.seed, self.plan.seed + self.plan.seeds))

    def _pieces(self) -> Iterator[Piece]:
        names = [name for name in PROTOCOLS if name in self.plan.protocols]
        if self.plan.supervised and BY_CLASS & set(names):
            yield Piece("training the supervised baseline", 30.0, self._supervised)
        probes_of = [name for name in names if PROTOCOLS[name].quick]
        for model in MODELS:
            for name in probes_of:
                yield Piece(f"{PROTOCOLS[name].title}: {model}", 2.0, partial(self._probe, name, model))
        for name in names:
            if not PROTOCOLS[name].quick:
                for model in (RUN, RANDOM):
                    yield Piece(f"{PROTOCOLS[name].title}: {model}", 10.0,
                                partial(self._tune, name, model))  # fmt: skip

    # --- probes on frozen features

    def _probe(self, name: str, model: str, watch: Watch) -> Iterator[Row]:
        candidate = self.models.get(model)
        if candidate is None:
            target = "foreground" if name == "masks" else CLASS
            yield Row(model, name, "h", target, note="not trained: ask for it; takes as long as the run did")
        elif name == "masks":
            yield from self._masks(candidate, watch)
        else:
            train = self.subject.splits.train
            targets = tellable(self.plan.factors or train.factors, train) if name == "factors" else (CLASS,)
            layers = [PIXEL_LAYER if name == "knn" else SMALL_PIXELS] if model == PIXELS else candidate.layers
            for k, layer in enumerate(layers):
                for j, target in enumerate(targets):
                    place = (k * len(targets) + j) / (len(layers) * len(targets))
                    yield from self._probe_layer(name, candidate, layer, target, watch.part(place, 1.0))

    def _probe_layer(self, name: str, model: Candidate, layer: str, target: str, watch: Watch) -> Iterator[Row]:
        start, by_class = time.perf_counter(), target == CLASS
        outcomes, seeds = [], self._seeds_of(name, model)
        for s, seed in enumerate(seeds):
            watch(s / len(seeds))
            train, test = model.features(s, self.pools, watch.part(s / len(seeds), (s + 0.5) / len(seeds)))
            if layer not in train:
                return  # a supervised network has no z
            rows = self.drawn[s] if by_class else self.sampled
            task = self._task(train[layer], test[layer], rows, "" if by_class else target)
            outcomes.append(probes.knn(task, self.plan.k, self.plan.temperature) if name == "knn"
                            else probes.linear(task, seed, watch))  # fmt: skip
        yield self._row(model.name, name, layer, target, outcomes, seeds, task, start)

    def _seeds_of(self, name: str, model: Candidate) -> tuple[int, ...]:
        """kNN draws nothing: of one network and all labels it is the same for every seed."""
        fixed = name == "knn" and not model.varies and not self.plan.labels
        return self.seeds[:1] if fixed else self.seeds

    def _task(self, train: Tensor, test: Tensor, rows: Tensor, factor: str) -> Task:
        near, far = (pool.targets(factor).cpu() for pool in (self.pools.train, self.pools.test))
        return Task(train[rows], near[rows], test, far)

    def _row(
        self, model: str, protocol: str, layer: str, target: str, outcomes: list[Outcome], seeds: tuple[int, ...],
        task: Task, start: float,
    ) -> Row:  # fmt: skip
        images = len(task.test_targets)
        classes = len(probes.numbered(task.train_targets)[0])
        settings = list(dict.fromkeys(outcome.setting for outcome in outcomes))
        confusion = -1
        if target == CLASS:
            confusion = len(self.confusions)
            self.confusions.append(
                self._confusion(f"{protocol_title(protocol)} on {layer}, {model}", outcomes[0], task)
            )
        return Row(
            model, protocol, layer, target, accuracy([outcome.top1 for outcome in outcomes], images),
            accuracy([outcome.top5 for outcome in outcomes], images) if classes >= TOP5_FROM else None,
            commonest(task.train_targets, task.test_targets), self.plan.labels if target == CLASS else 0, seeds,
            ", ".join(settings), time.perf_counter() - start, confusion=confusion,
        )  # fmt: skip

    def _confusion(self, title: str, outcome: Outcome, task: Task) -> Confusion:
        arrays = (self.pools.test.indices, task.test_targets.numpy(), outcome.predicted.numpy())
        return Confusion(title, self.subject.splits.train.class_names, *(frozen(a.astype(np.int64)) for a in arrays))

    # --- masks

    def _masks(self, model: Candidate, watch: Watch) -> Iterator[Row]:
        """One row for each layer that has places; raw pixels are cut as finely as the run's finest map."""
        train_masks, test_masks = (pool.masks().cpu() for pool in (self.pools.train, self.pools.test))
        whole = float((test_masks.flatten(1).double().mean(1)).mean())  # IoU of calling everything foreground
        ious: dict[str, list[Tensor]] = {}
        start = time.perf_counter()
        for s, seed in enumerate(self.seeds):
            train, test = model.maps(
                s, self.pools, self._grid(watch), watch.part(s / self.plan.seeds, (s + 1) / self.plan.seeds)
            )
            for layer in train:
                rows = self.sampled
                found = probes.mask_probe(train[layer][rows], train_masks[rows], test[layer], test_masks, seed, watch)
                ious.setdefault(layer, []).append(found)
        for layer, values in ious.items():
            sides = " × ".join(str(side) for side in train[layer].shape[2:])
            yield Row(model.name, "masks", layer, "foreground", mean_of_images(values), chance=whole, seeds=self.seeds,
                      setting=f"{sides} places", seconds=time.perf_counter() - start)  # fmt: skip

    def _grid(self, watch: Watch) -> tuple[int, int]:
        maps, _ = self.models[RUN].maps(0, self.pools, (1, 1), watch)
        sides = [(places.shape[2], places.shape[3]) for places in maps.values()]
        return max(sides, default=(4, 4))

    # --- learning with labels

    def _supervised(self, watch: Watch) -> Iterator[Row]:
        start = time.perf_counter()
        rows, targets, values = self._labelled(0)
        candidate, model = supervised(
            self.subject, self.plan, self.pools, rows, targets, len(values), watch.part(0, 0.9)
        )
        self.models[SUPERVISED] = candidate
        steps = f"{max(self.subject.step, 1):,} steps of {self.subject.config.batch_size}"
        outcome, task = self._classified(model, rows, values, steps)
        yield self._row(SUPERVISED, END_TO_END.name, "h", CLASS, [outcome], self.seeds[:1], task, start)

    def _tune(self, name: str, model: str, watch: Watch) -> Iterator[Row]:
        start, outcomes = time.perf_counter(), []
        for s, seed in enumerate(self.seeds):
            rows, targets, values = self._labelled(s)
            course = Course(self.plan.tune_steps, self.plan.tune_lr, seed, last_block=name == "partial",
                            from_scratch=model == RANDOM)  # fmt: skip
            encoder, _ = self.models[model].network(s)
            trained = train_classifier(encoder, self.pools.train, rows, targets, len(values), course,
                                       watch.part(s / self.plan.seeds, (s + 1) / self.plan.seeds))  # fmt: skip
            setting = f"{self.plan.tune_steps:,} steps, η {self.plan.tune_lr:g}"
            outcome, task = self._classified(trained, rows, values, setting)
            outcomes.append(outcome)
        yield self._row(model, name, "h", CLASS, outcomes, self.seeds, task, start)

    def _labelled(self, s: int) -> tuple[Tensor, Tensor, Tensor]:
        """Rows of the s-th seed, their classes numbered from 0, and the labels that these stand for."""
        rows = self.drawn[s]
        values, targets = probes.numbered(self.pools.train.targets().cpu()[rows])
        device = self.subject.device
        return rows.to(device), targets.to(device), values

    def _classified(self, model: Classifier, rows: Tensor, values: Tensor, setting: str) -> tuple[Outcome, Task]:
        logits = predict(model, self.pools.test)
        task = self._task(torch.empty(len(self.pools.train), 0), logits, rows.cpu(), "")
        return probes.outcome(logits, values, task.test_targets, setting), task

    # --- the report

    def _report(self, seconds: float) -> Evaluation:
        subject, config = self.subject, self.subject.config
        order = {name: k for k, name in enumerate((*PROTOCOLS, END_TO_END.name))}
        rows = sorted(
            self.rows, key=lambda row: (order[row.protocol], row.target != CLASS, row.target, MODELS.index(row.model))
        )
        return Evaluation(
            subject.folder, config.method, config.backbone, config.data, subject.step, self.plan,
            len(self.pools.train), len(self.pools.test), tuple(rows), tuple(self.confusions),
            (*layer_names(subject.method.encoder), "h", Z), self._note(), seconds,
        )  # fmt: skip

    def _note(self) -> str:
        whole = len(known(self.subject.splits.train))
        used = len(self.pools.train)
        images = f"all {used:,}" if used == whole else f"{used:,} of {whole:,}"
        return f"{images} training images, tested on {len(self.pools.test):,} validation images that nothing was trained on or chosen by."


def protocol_title(name: str) -> str:
    """What a protocol is called."""
    return {**PROTOCOLS, END_TO_END.name: END_TO_END}[name].title
