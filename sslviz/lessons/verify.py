"""Verification: the arms of a lesson over several seeds, what came of its expectations, and the bands that live runs are drawn on."""

from __future__ import annotations

import itertools
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sslviz.data import Splits, load_data
from sslviz.lessons.arms import differences, steps_taken
from sslviz.lessons.measure import measure_arm, measure_baselines
from sslviz.lessons.record import keep_record, short
from sslviz.metrics.intervals import student
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.lesson import Lesson
from sslviz.spec.lesson_file import mark, measured_file, plan, recorded_folder
from sslviz.spec.lesson_outcome import checked
from sslviz.spec.lesson_results import Band, LessonResults, Measured, to_json
from sslviz.training.atomic import write_atomically
from sslviz.training.metrics_file import MetricsTable, read_metrics
from sslviz.training.run_file import describe_surroundings, read_run_file
from sslviz.training.thinning import spread

POINTS = 50
"""Steps of a band, at most."""
Train = Callable[[RunConfig, Path], None]
"""Trains a configuration into a new folder, to its end, or raises."""
Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Experiment:
    """A lesson's experiment as it is carried out below `folder`: SEED/ARM for each run, which is not trained again where it is whole."""

    lesson: Lesson
    catalogue: Catalogue
    folder: Path
    train: Train
    tell: Callable[[str], None] = lambda _: None
    measuring_s: float = 0.0  # spent so far; what training took is on record in the runs
    _data: dict[str, Splits] = field(default_factory=dict)

    def run_of(self, seed: int, arm: str) -> Path:
        """Where the run of an arm lies."""
        return self.folder / f"seed-{seed}" / arm

    def values(self, seed: int) -> dict[Key, float]:
        """Train and measure all arms with `seed`; by (arm or baseline, measure)."""
        configs = plan(self.lesson, self.catalogue, seed).configs
        for name, config in configs.items():
            if not is_whole(run := self.run_of(seed, name), config):
                self.tell(f"{self.lesson.name}, seed {seed}: {self.lesson.arm(name).title}")
                self.train(config, run)
        start = time.perf_counter()
        found = self._measured(seed, configs)
        self.measuring_s += time.perf_counter() - start
        return found

    def _measured(self, seed: int, configs: Mapping[str, RunConfig]) -> dict[Key, float]:
        found: dict[Key, float] = {}
        for name, config in configs.items():
            measured = measure_arm(self.lesson, self.run_of(seed, name), self._splits(config.data))
            found |= {(name, measure): value for measure, value in measured.items()}
        first, config = next(iter(configs.items()))
        return found | measure_baselines(self.lesson, self.run_of(seed, first), self._splits(config.data))

    def seconds(self, seeds: Sequence[int]) -> float:
        """What training with these seeds took, be it long ago, and measuring now."""
        runs = [self.run_of(seed, arm.name) for seed in seeds for arm in self.lesson.arms]
        return self.measuring_s + sum(read_metrics(run).last().get("seconds", 0.0) for run in runs)

    def _splits(self, data: DataConfig) -> Splits:
        """Arms mostly share their images."""
        if (key := repr(data)) not in self._data:
            self._data[key] = load_data(data)
        return self._data[key]


def is_whole(run: Path, config: RunConfig) -> bool:
    """Whether `run` is that of `config`, with its seed, trained to its end."""
    try:
        found, _ = read_run_file(run)
    except SSLVizError:
        return False
    return found.seed == config.seed and not any(differences(found, config)) and steps_taken(run) >= config.steps


def verify(experiment: Experiment, seeds: int) -> LessonResults:
    """Carry the experiment out with `seeds` seeds, the lesson's first. Raises what training and measuring raise."""
    lesson = experiment.lesson
    chosen = tuple(range(lesson.seed, lesson.seed + seeds))
    values = [experiment.values(seed) for seed in chosen]
    _, environment = read_run_file(experiment.run_of(lesson.seed, lesson.arms[0].name))
    return LessonResults(
        lesson=lesson.name, mark=mark(lesson), seeds=chosen, seconds=round(experiment.seconds(chosen), 1),
        machine=f"{describe_surroundings(environment)}, {platform.machine()}",
        measured=tuple(_measured(lesson, key, [found[key] for found in values]) for key in values[0]),
        bands=tuple(_bands(experiment, chosen)), checked=checked(lesson, values),
    )  # fmt: skip


def write(experiment: Experiment, results: LessonResults, folder: Path | None = None) -> None:
    """Write the results, and the record of each arm's first run, beside the lessons of `folder` (None: those that ship)."""
    lesson = experiment.lesson
    path = measured_file(lesson.name, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    for arm in lesson.arms:
        keep_record(experiment.run_of(results.seeds[0], arm.name), recorded_folder(lesson.name, arm.name, folder))
    write_atomically(path, to_json(results))


def _measured(lesson: Lesson, key: Key, values: Sequence[float]) -> Measured:
    mean, lo, hi = student(values)
    if lesson.measure(key[1]).place != "record":
        lo, hi = max(lo, 0.0), min(hi, 1.0)  # accuracies
    return Measured(*key, tuple(map(short, values)), short(mean), short(lo), short(hi))


def _bands(experiment: Experiment, seeds: Sequence[int]) -> Iterator[Band]:
    traces = experiment.lesson.traces
    columns = dict.fromkeys(itertools.chain.from_iterable((trace.column, trace.y) for trace in traces))
    for arm in experiment.lesson.arms:
        tables = [read_metrics(experiment.run_of(seed, arm.name)) for seed in seeds]
        for column in filter(None, columns):
            if band := band_of(arm.name, column, tables):
                yield band


def band_of(arm: str, column: str, tables: Sequence[MetricsTable]) -> Band | None:
    """A column of an arm over its seeds, between the steps that all of them cover; None where they cover none.

    What is measured now and then falls on other steps in every run: between two values a curve is the straight line that is drawn.
    """
    series = [_series(table, column) for table in tables]
    if not all(series):
        return None
    first, last = max(map(min, series)), min(map(max, series))
    covered = sorted({step for one in series for step in one if first <= step <= last})
    if not covered:
        return None
    steps = spread(covered, POINTS)
    values = np.array([np.interp(steps, list(one), list(one.values())) for one in series])  # (seeds, steps)
    lo, mid, hi = (tuple(map(short, row.tolist())) for row in np.quantile(values, (0.0, 0.5, 1.0), axis=0))
    return Band(arm, column, tuple(steps), lo, mid, hi)


def _series(table: MetricsTable, column: str) -> dict[int, float]:
    if column not in table.names:
        return {}
    values = table.values[:, table.names.index(column)]
    finite = np.isfinite(values)
    return dict(zip(table.steps[finite].tolist(), values[finite].tolist(), strict=True))
