"""Training: what the loop costs beside a bare one, what looking costs, how soon SimCLR learns, and lightly's loop end to end.

Contenders take turns of two seconds in one process with the same number of threads, so that a busy machine hits both. Our side is the
run of the command line: measures, run folder, checkpoints and all.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from figure import Figure, ratio

from sslviz.data import load_data
from sslviz.data.augment import Augmenter, recipe
from sslviz.methods import Batch
from sslviz.nn.devices import intra_op_threads
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.events import Event, Failed, Finished, Referenced, Scalars, Started
from sslviz.training import RunControl, TrainingRun
from sslviz.training.prepare import build_method, facts_of, make_fabric

TURN_S = 2.0
LONG_TURN_S = 10.0  # where the other side has workers, whose queue is used up before its clock starts
REST_S = 3.0
PREFETCHED = 2  # batches that a DataLoader's worker makes ahead
BATCH = 256
STUDENT_T = 4.303
"""97.5 % quantile of Student's t with two degrees of freedom: the interval of three seeds."""


def config(data: Path | None, *, precision: str, seed: int = 0) -> RunConfig:
    """SimCLR with the width-16 stride-2 ResNet, batch 256, for as long as the benchmark lets it."""
    source = DataConfig(source=str(data)) if data else DataConfig(source="shapes", image_size=32)
    return RunConfig(
        data=source,
        augmentation=recipe("simclr_cifar10"),
        optimiser=OptimiserConfig(),
        batch_size=BATCH,
        steps=1_000_000,
        seed=seed,
        precision=precision,
    )


class Turns:
    """A TrainingRun in a thread that trains only in its turns."""

    def __init__(self, config: RunConfig, folder: Path) -> None:
        self.control = RunControl()
        self.control.pause()
        self.run = TrainingRun("bench", config, folder, self._hear, self.control)
        self._ready = threading.Event()
        self._failed: Failed | None = None
        self._thread = threading.Thread(target=self.run.run)
        self._thread.start()
        self._ready.wait()
        self.turn(TURN_S)  # warm up: the first measurement, the first steps

    def _hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            self._failed = event
        if isinstance(event, Started | Finished):
            self._ready.set()

    def turn(self, seconds: float) -> tuple[int, float]:
        """Train for a while: steps taken, and the seconds that they took with all that belongs to them."""
        session = self.run.session
        while session is None:
            time.sleep(0.05)
            session = self.run.session
            if self._failed:
                raise RuntimeError(self._failed.message)
        step, active = session.step, session.seconds
        self.control.resume()
        time.sleep(seconds)
        self.control.pause()
        while session.state == "running":
            time.sleep(0.01)
        return session.step - step, session.seconds - active

    def close(self) -> None:
        self.control.stop()
        self._thread.join()


@contextmanager
def turns(config: RunConfig):
    """A run that takes turns, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        run = Turns(config, Path(folder) / "run")
        try:
            yield run
        finally:
            run.close()


def bare_loop(config: RunConfig, precision: str) -> Callable[[float], tuple[int, float]]:
    """The plainest loop over the same tensors, model, augmentation and optimiser; takes seconds, gives (steps, seconds)."""
    data = load_data(config.data).train
    method = build_method(config, mean=data.mean, std=data.std, facts=facts_of(config, data.image_size)).train()
    images, augment = (
        torch.from_numpy(np.array(data.images)),
        Augmenter(config.augmentation, data.image_size, torch.device("cpu")),
    )
    optimiser = torch.optim.AdamW(method.parameters(), lr=config.optimiser.lr, fused=True)
    autocast = make_fabric(torch.device("cpu"), precision).autocast
    generator = torch.Generator().manual_seed(0)

    def step() -> None:
        indices = torch.randint(len(images), (config.batch_size,), generator=generator)
        views = augment(images[indices], generator)
        with autocast():
            loss = method.step(views, Batch(indices, None, 1, 0.0, generator)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return timed(step)


def timed(step: Callable[[], object]) -> Callable[[float], tuple[int, float]]:
    """Repeats `step` for so many seconds."""

    def turn(seconds: float) -> tuple[int, float]:
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            step()
            done += 1
        return done, time.perf_counter() - begun

    return turn


def alone(turn: Callable[[float], tuple[int, float]]) -> Callable[[float], tuple[int, float]]:
    """`turn`, once the other side's workers have filled their queues and rest."""

    def after_a_rest(seconds: float) -> tuple[int, float]:
        time.sleep(REST_S)
        return turn(seconds)

    return after_a_rest


def rates(
    ours: Callable[[float], tuple[int, float]],
    theirs: Callable[[float], tuple[int, float]],
    rounds: int,
    turn_s: float = TURN_S,
    turns: int = 5,
) -> tuple[list[float], list[float]]:
    """Images a second of both, turn by turn; a round is long enough for the rare work (measuring) to even out."""
    pairs = []
    for _ in range(rounds):
        sums = [[0.0, 0.0], [0.0, 0.0]]
        for _ in range(turns):
            for total, contender in zip(sums, (ours, theirs), strict=True):
                steps, seconds = contender(turn_s)
                total[0] += steps
                total[1] += seconds
        pairs.append([BATCH * steps / seconds for steps, seconds in sums])
    return [a for a, _ in pairs], [b for _, b in pairs]


def against_bare_loop(quick: bool, data: Path | None) -> list[Figure]:
    settings = config(data, precision="fp32")
    with turns(settings) as run:
        torch.set_num_threads(intra_op_threads(0))
        bare = bare_loop(settings, "fp32")
        bare(TURN_S)
        session = run.run.session
        assert session is not None
        before, looked = session.seconds, session.measuring_s
        ours, theirs = rates(run.turn, bare, 2 if quick else 5)
        share = 100 * (session.measuring_s - looked) / (session.seconds - before)
    return [
        ratio("training against a bare loop", ours, theirs, target=0.95, note=f"images/s, batch {BATCH}, measures and run folder included"),
        Figure("share of the time spent measuring", share, "%", 5.0, "lower", note="in the steady state; the first and last measurement come on top"),
    ]  # fmt: skip


def seconds_until_learnt(quick: bool) -> Figure:
    """CPU seconds of SimCLR on shapes until kNN is above the random-weights baseline by more than the interval of three seeds."""
    budget = 15.0 if quick else 30.0
    series = [gains(seed, budget) for seed in range(3)]
    reached = math.inf
    for moment in sorted({at for one in series for at, _ in one}):
        now = [max(((at, gain) for at, gain in one if at <= moment), default=(0.0, 0.0))[1] for one in series]
        half = STUDENT_T * statistics.stdev(now) / math.sqrt(len(now))
        if statistics.mean(now) > half and min(now) > 0:
            reached = moment
            break
    note = "kNN minus random weights, last values " + ", ".join(f"{one[-1][1]:+.3f}" for one in series)
    return Figure("SimCLR on shapes: CPU s until kNN beats random weights", reached, "s", 30.0, "lower", (), note,
                  {"gains": series})  # fmt: skip


def gains(seed: int, budget: float) -> list[tuple[float, float]]:
    """(CPU seconds since training began, kNN minus random weights) where it was measured."""
    control = RunControl()
    found: list[tuple[float, float]] = []
    began, random = math.inf, math.nan

    def hear(event: Event) -> None:
        nonlocal began, random
        used = time.process_time() - began
        match event:
            case Started():
                began = time.process_time()
            case Referenced(label="random weights"):
                random = event.value
            case Scalars() if "knn" in event.names:
                column = event.values[:, event.names.index("knn")]
                found.extend(
                    (used, float(v) - random) for s, v in zip(event.steps, column, strict=True) if s and not np.isnan(v)
                )
        if used > budget:
            control.stop()

    settings = dataclasses.replace(
        config(None, precision="auto", seed=seed), steps=2_000, batch_size=RunConfig().batch_size, threads=1
    )
    with tempfile.TemporaryDirectory() as folder:
        TrainingRun("bench", settings, Path(folder) / "run", hear, control).run()
    return found or [(budget, 0.0)]


def lightly_loop(folder: Path, workers: int) -> tuple[Callable[[float], tuple[int, float]], Callable[[], None]]:
    """lightly's transform, DataLoader and loss around the same network; (turn, close)."""
    from lightly.data import LightlyDataset
    from lightly.loss import NTXentLoss
    from lightly.transforms import SimCLRTransform
    from torch.utils.data import DataLoader

    settings = config(None, precision="fp32")
    method = build_method(settings, mean=(0.5,) * 3, std=(0.25,) * 3, facts=facts_of(settings, (32, 32))).train()
    transform = SimCLRTransform(input_size=32, cj_strength=0.5, gaussian_blur=0.0, normalize=None)
    dataset = LightlyDataset(str(folder), transform=transform)
    loader = DataLoader(
        dataset, BATCH, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0
    )
    criterion = NTXentLoss(temperature=0.2)
    optimiser = torch.optim.AdamW(method.parameters(), lr=settings.optimiser.lr)
    batches = iter(loader)

    def step() -> None:
        nonlocal batches
        try:
            (first, second), *_ = next(batches)
        except StopIteration:
            batches = iter(loader)
            (first, second), *_ = next(batches)
        z = method.project(method.encoder(torch.cat([first, second])))
        loss = criterion(z[:BATCH], z[BATCH:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    def close() -> None:
        nonlocal batches
        batches = iter(())

    timed_steps = timed(step)

    def turn(seconds: float) -> tuple[int, float]:
        for _ in range(
            PREFETCHED * workers + 1
        ):  # what the workers made ready while they had the machine to themselves
            step()
        return timed_steps(seconds)

    step()  # the workers start
    return turn, close


def against_lightly(quick: bool, data: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(data) as archive:
            members = [m for m in archive.namelist() if "/test/" not in f"/{m}"]
            archive.extractall(folder, members=members)  # our own benchmark data
        torch.set_num_threads(intra_op_threads(0))
        speeds = {}
        for workers in (0, 1, 2):
            turn, close = lightly_loop(Path(folder), workers)
            steps, seconds = turn(6.0 if quick else 15.0)
            speeds[workers] = BATCH * steps / seconds
            close()
        best = max(speeds, key=lambda workers: speeds[workers])
        theirs, close = lightly_loop(Path(folder), best)
        figures = []
        for precision, target in (("fp32", 2.2), ("auto", None)):
            with turns(config(data, precision=precision)) as run:
                torch.set_num_threads(intra_op_threads(0))
                pairs = rates(alone(run.turn), theirs, 1 if quick else 3, turn_s=LONG_TURN_S, turns=2)
            note = f"images/s, CIFAR-10 zip, batch {BATCH}; lightly with {best} workers (best of 0, 1, 2), fp32"
            figures.append(ratio(f"end to end against lightly, ours {precision}", *pairs, target=target, note=note))
        close()
    return figures


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures; the comparison with lightly needs real images (a zip)."""
    figures = against_bare_loop(quick, data)
    if data is not None and data.suffix == ".zip":
        figures += against_lightly(quick, data)
    return [*figures, seconds_until_learnt(quick)]
