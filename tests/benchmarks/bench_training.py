"""Training: what the loop costs beside a bare one, what looking costs, how soon SimCLR learns, and lightly's loop end to end.

Contenders live in processes of their own and take turns of some seconds, so that a busy machine hits both. Our side is the run of the
command line: measures, run folder, checkpoints and all.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from contender import Contender
from contenders import BATCH, config
from figure import Figure, ratio

from sslviz.spec.config import RunConfig
from sslviz.spec.events import Event, Referenced, Scalars, Started
from sslviz.training import RunControl, TrainingRun

TURN_S = 4.0
LONG_TURN_S = 10.0  # where the other side has workers, whose queue is used up before its clock starts
REST_S = 3.0
SHORT_WAIT = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "2000"}
"""For lightly: beside its own workers, threads that wait longer for each other are slower (`sslviz.engine.environment`)."""
STUDENT_T = 4.303
"""97.5 % quantile of Student's t with two degrees of freedom: the interval of three seeds."""


def rates(
    ours: Contender, theirs: Contender, rounds: int, turn_s: float, turns: int, rest_s: float = 0.0
) -> tuple[list[float], list[float], float]:
    """Images a second of both, and the share of our time that measuring took.

    A round is long enough for rare work (measuring) to even out. rest_s: until the other side's workers have filled their queues.
    """
    pairs, measuring, active = [], 0.0, 0.0
    for _ in range(rounds):
        sums = [[0.0, 0.0], [0.0, 0.0]]
        for _ in range(turns):
            for total, contender in zip(sums, (ours, theirs), strict=True):
                time.sleep(rest_s if contender is ours else 0.0)
                turn = contender.turn(turn_s)
                total[0] += turn.steps
                total[1] += turn.seconds
                measuring += turn.measuring
            active += turn_s
        pairs.append([BATCH * steps / seconds for steps, seconds in sums])
    return [a for a, _ in pairs], [b for _, b in pairs], measuring / active


def against_bare_loop(quick: bool, data: Path | None) -> list[Figure]:
    """Both in float32."""
    same = {"data": str(data) if data else "", "precision": "fp32"}
    with Contender("run", same) as run, Contender("bare", same) as bare:
        ours, theirs, share = rates(run, bare, 2 if quick else 5, TURN_S, 3)
    note = f"images/s, batch {BATCH}, measures and run folder included"
    return [
        ratio("training against a bare loop", ours, theirs, target=0.95, note=note),
        Figure("share of the time spent measuring", 100 * share, "%", 5.0, "lower", note="in the steady state; the first and last measurement come on top"),
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
        config("", precision="auto", seed=seed), steps=2_000, batch_size=RunConfig().batch_size, threads=1
    )
    with tempfile.TemporaryDirectory() as folder:
        TrainingRun("bench", settings, Path(folder) / "run", hear, control).run()
    return found or [(budget, 0.0)]


def against_lightly(quick: bool, data: Path) -> list[Figure]:
    """Beside lightly with its best number of workers; float32 against float32, and our default precision against it."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(data) as archive:
            members = [m for m in archive.namelist() if "/test/" not in f"/{m}"]
            archive.extractall(folder, members=members)  # our own benchmark data
        speeds = {workers: _speed(folder, workers, 6.0 if quick else 15.0) for workers in (0, 1, 2)}
        best = max(speeds, key=lambda workers: speeds[workers])
        note = f"images/s, CIFAR-10 zip, batch {BATCH}; lightly with {best} workers (best of 0, 1, 2), fp32"
        figures = []
        with Contender("lightly", {"folder": folder, "workers": best}, SHORT_WAIT) as theirs:
            for precision, target in (("fp32", 2.2), ("auto", None)):
                with Contender("run", {"data": str(data), "precision": precision}) as ours:
                    mine, yours, _ = rates(ours, theirs, 1 if quick else 3, LONG_TURN_S, 2, REST_S)
                name = f"end to end against lightly, ours {precision}"
                figures.append(ratio(name, mine, yours, target=target, note=note))
    return figures


def _speed(folder: str, workers: int, seconds: float) -> float:
    with Contender("lightly", {"folder": folder, "workers": workers}, SHORT_WAIT) as theirs:
        turn = theirs.turn(seconds)
    return BATCH * turn.steps / turn.seconds


def run(quick: bool, data: Path | None) -> list[Figure]:
    """All figures; the comparison with lightly needs real images (a zip)."""
    figures = against_bare_loop(quick, data)
    if data is not None and data.suffix == ".zip":
        figures += against_lightly(quick, data)
    return [*figures, seconds_until_learnt(quick)]
