"""The share of the time that looking takes is bounded, whatever it costs."""

from __future__ import annotations

import itertools

import pytest

from sslviz.training.cadence import Cadence


def work(cadence: Cadence, cost_s: float, step_s: float, steps: int) -> tuple[int, float]:
    """How often it was done, and its share of the training time."""
    done, now = 0, 0.0
    for _ in range(steps):
        now += step_s
        if cadence.due(now):
            cadence.done(now, cost_s)
            done += 1
    return done, done * cost_s / now


@pytest.mark.parametrize("cost_s", [0.0001, 0.01, 0.3, 5.0])
@pytest.mark.parametrize("step_s", [0.001, 0.05, 2.0])
def test_the_share_is_kept(cost_s: float, step_s: float) -> None:
    steps = int(2000 / step_s)
    done, share = work(Cadence(0.02), cost_s, step_s, steps)
    assert done >= 2
    assert share <= 0.02 + 2 * cost_s / (steps * step_s), "but for the first time, whose cost is unknown"


def test_cheap_work_is_done_at_every_step() -> None:
    done, _ = work(Cadence(0.02), 0.0001, 0.05, 100)
    assert done == 100


def test_the_gap_is_kept() -> None:
    done, _ = work(Cadence(0.5, gap_s=0.2), 0.0, 0.01, 1000)
    assert done == pytest.approx(50, abs=3)


def test_one_slow_time_is_forgotten() -> None:
    cadence = Cadence(0.1)
    cadence.done(0.0, 0.1)
    cadence.done(10.0, 1.0)
    assert not cadence.due(19.9)
    cadence.done(20.0, 0.0)
    assert not cadence.due(26.9)
    assert cadence.due(27.1)
    assert cadence.spent_s == 1.1


def test_the_first_time_is_half_believed() -> None:
    cadence = Cadence(0.1)
    cadence.done(0.0, 1.0)
    assert not cadence.due(4.9)
    assert cadence.due(5.1)


def test_a_hurry_brings_the_next_times_forward_and_passes() -> None:
    cadence = Cadence(0.01, first_share=0.08)
    moments = []
    for now in range(1, 2_001):
        if now == 1_000:
            cadence.hurry()
        if cadence.due(float(now)):
            cadence.done(float(now), 1.0)
            moments.append(now)
    gaps = [b - a for a, b in itertools.pairwise(moments)]
    assert gaps[:5] == [7, 25, 50, 100, 100], "the first cost is half believed"
    late = [moment for moment in moments if moment >= 1_000]
    assert late[0] <= 1_000 + 13
    assert late[1] - late[0] == 25
    assert late[-1] - late[-2] == 100
    assert len(moments) <= 2_000 / 100 + 8
