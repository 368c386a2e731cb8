"""Schedules: both ends of every convention, and what degenerate lengths give."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslviz.nn.schedules import cosine, ema_momentum, linear_then_constant, warmup_cosine


def curve(steps: int, **settings) -> list[float]:
    return [warmup_cosine(k, steps, **settings) for k in range(steps)]


@pytest.mark.parametrize(
    ("convention", "first", "peak", "ends"),
    [("exact", 0.25, 1.0, True), ("dino", 0.0, 1.0, False), ("mae", 0.0, 1.0, False)],
)
def test_ends_of_the_conventions(convention, first, peak, ends):
    rates = curve(20, base=1.0, final=0.1, warmup=4, convention=convention)
    assert rates[0] == pytest.approx(first)
    assert max(rates) == pytest.approx(peak)
    assert (rates[-1] == pytest.approx(0.1, abs=1e-12)) is ends
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


@given(st.integers(1, 200), st.integers(0, 50), st.sampled_from(["exact", "dino", "mae"]))
def test_stays_between_its_ends_and_falls_after_the_warmup(steps, warmup, convention):
    rates = curve(steps, base=2.0, final=0.5, warmup=warmup, convention=convention)
    assert all(0 <= rate <= 2.0 + 1e-12 for rate in rates)
    after = rates[warmup:]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(after))


def test_constant_is_a_cosine_to_its_own_start():
    assert set(curve(10, base=0.3, final=0.3, warmup=0)) == {0.3}


def test_beyond_the_last_step_it_stays():
    assert warmup_cosine(99, 10, base=1.0, final=0.2) == 0.2


def test_half_way_is_the_mean():
    assert cosine(0.5, 4.0, 2.0) == pytest.approx(3.0)


def test_a_teachers_momentum_goes_from_base_to_one():
    assert ema_momentum(0, 100, 0.996) == pytest.approx(0.996)
    assert ema_momentum(50, 100, 0.996) == pytest.approx(0.998)
    assert ema_momentum(100, 100, 0.996) == 1.0


@pytest.mark.parametrize(
    ("epochs", "expected"), [(3, [0.04, 0.055, 0.07, 0.07]), (1, [0.04, 0.07, 0.07, 0.07]), (0, [0.07] * 4)]
)
def test_teacher_temperature_has_its_end_value_in_the_last_warm_epoch(epochs, expected):
    assert [linear_then_constant(k, warm=0.04, final=0.07, steps=epochs) for k in range(4)] == pytest.approx(expected)
