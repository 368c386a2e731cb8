"""The moving average of a growing series is that of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.widgets.smoothing import Smoother


def naive(y, weight):
    out, state, norm = [], 0.0, 0.0
    for value in y:
        state, norm = weight * state + value, weight * norm + 1
        out.append(state / norm)
    return np.array(out)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=4), st.sampled_from([0.0, 0.5, 0.9, 0.99]))
def test_growing_equals_all_at_once(lengths, weight):
    y = np.random.default_rng(0).normal(size=sum(lengths))
    smoother = Smoother()
    for end in np.cumsum(lengths):
        got = smoother(y[:end], weight)
        np.testing.assert_allclose(got, naive(y[:end], weight), atol=1e-9)


def test_another_series_or_weight_starts_anew():
    smoother, one, two = Smoother(), np.ones(10), np.full(12, 2.0)
    smoother(one, 0.9)
    assert smoother(two, 0.9) == pytest.approx(two)
    assert smoother(np.arange(12.0), 0.5) == pytest.approx(naive(np.arange(12.0), 0.5))
    assert len(smoother(np.empty(0), 0.5)) == 0
