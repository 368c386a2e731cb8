"""Who takes turns in the training benchmark: our run, a bare loop over the same tensors, and lightly's loop. One a process."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sslviz.data import load_data
from sslviz.data.augment import Augmenter, recipe
from sslviz.engine.environment import prepare_environment
from sslviz.methods import Batch
from sslviz.nn.devices import intra_op_threads
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.events import Event, Failed, Finished, Started
from sslviz.training import RunControl, TrainingRun
from sslviz.training.prepare import build_method, facts_of, make_fabric

Taken = tuple[int, float, float]
Turning = Callable[[float], Taken]
WARM_S = 2.0
PREFETCHED = 2  # batches that a DataLoader's worker makes ahead
BATCH = 256


def config(data: str, *, precision: str, seed: int = 0) -> RunConfig:
    """SimCLR with the width-16 stride-2 ResNet, batch 256, for as long as the benchmark lets it; data "": shapes."""
    return RunConfig(
        data=DataConfig(source=data) if data else DataConfig(source="shapes", image_size=32),
        augmentation=recipe("simclr_cifar10"),
        optimiser=OptimiserConfig(),
        batch_size=BATCH,
        steps=1_000_000,
        seed=seed,
        precision=precision,
    )


@contextmanager
def run(data: str, precision: str) -> Iterator[Turning]:
    """The run of the command line: measures, run folder, checkpoints and all."""
    prepare_environment()
    with tempfile.TemporaryDirectory() as folder:
        turns = _Turns(config(data, precision=precision), Path(folder) / "run")
        try:
            turns.turn(WARM_S)  # the first measurement, the first steps
            yield turns.turn
        finally:
            turns.close()


class _Turns:
    """A TrainingRun in a thread that trains only in its turns."""

    def __init__(self, settings: RunConfig, folder: Path) -> None:
        self.control = RunControl()
        self.control.pause()
        self._run = TrainingRun("bench", settings, folder, self._hear, self.control)
        self._ready = threading.Event()
        self._failed: Failed | None = None
        self._thread = threading.Thread(target=self._run.run)
        self._thread.start()
        self._ready.wait()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            self._failed = event
        if isinstance(event, Started | Finished):
            self._ready.set()

    def turn(self, seconds: float) -> Taken:
        """Train for a while: steps taken, and the seconds that they took with all that belongs to them."""
        session = self._run.session
        while session is None:
            time.sleep(0.05)
            session = self._run.session
            if self._failed:
                raise RuntimeError(self._failed.message)
        step, active, measuring = session.step, session.seconds, session.measuring_s
        self.control.resume()
        time.sleep(seconds)
        self.control.pause()
        while session.state == "running":
            time.sleep(0.01)
        return session.step - step, session.seconds - active, session.measuring_s - measuring

    def close(self) -> None:
        self.control.stop()
        self._thread.join()


@contextmanager
def bare(data: str, precision: str) -> Iterator[Turning]:
    """The plainest loop over the same tensors, model, augmentation and optimiser, with the same settings of the process."""
    prepare_environment()
    torch.set_num_threads(intra_op_threads(0))
    settings = config(data, precision=precision)
    train = load_data(settings.data).train
    method = build_method(settings, mean=train.mean, std=train.std, facts=facts_of(settings, train.image_size)).train()
    images = torch.from_numpy(np.array(train.images))
    augment = Augmenter(settings.augmentation, train.image_size, torch.device("cpu"))
    optimiser = torch.optim.AdamW(method.parameters(), lr=settings.optimiser.lr, fused=True)
    autocast = make_fabric(torch.device("cpu"), precision).autocast
    generator = torch.Generator().manual_seed(0)

    def step() -> None:
        indices = torch.randint(len(images), (BATCH,), generator=generator)
        views = augment(images[indices], generator)
        with autocast():
            loss = method.step(views, Batch(indices, None, 1, 0.0, generator)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    _timed(step, WARM_S)
    yield lambda seconds: _timed(step, seconds)


@contextmanager
def lightly(folder: str, workers: int) -> Iterator[Turning]:
    """lightly's transform, DataLoader and loss around the same network, in float32."""
    torch.set_num_threads(intra_op_threads(0))
    step = _lightly_step(folder, workers)

    def turn(seconds: float) -> Taken:
        for _ in range(
            PREFETCHED * workers + 1
        ):  # what the workers made ready while they had the machine to themselves
            step()
        return _timed(step, seconds)

    step()  # the workers start
    yield turn


def _lightly_step(folder: str, workers: int) -> Callable[[], None]:
    from lightly.data import LightlyDataset
    from lightly.loss import NTXentLoss
    from lightly.transforms import SimCLRTransform
    from torch.utils.data import DataLoader

    settings = config("", precision="fp32")
    method = build_method(settings, mean=(0.5,) * 3, std=(0.25,) * 3, facts=facts_of(settings, (32, 32))).train()
    transform = SimCLRTransform(input_size=32, cj_strength=0.5, gaussian_blur=0.0, normalize=None)
    dataset = LightlyDataset(folder, transform=transform)
    keep = workers > 0
    loader: Any = DataLoader(dataset, BATCH, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=keep)
    criterion = NTXentLoss(temperature=0.2)
    optimiser = torch.optim.AdamW(method.parameters(), lr=settings.optimiser.lr)
    batches = _endless(loader)

    def step() -> None:
        (first, second), *_ = next(batches)
        z = method.project(method.encoder(torch.cat([first, second])))
        loss = criterion(z[:BATCH], z[BATCH:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def _endless(loader: Any) -> Iterator[Any]:
    while True:
        yield from loader


def _timed(step: Callable[[], object], seconds: float) -> Taken:
    """Repeats `step` for so many seconds."""
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        step()
        done += 1
    return done, time.perf_counter() - begun, 0.0
