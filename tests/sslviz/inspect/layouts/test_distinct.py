"""Equal rows are found, all of them and no others, and the order stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslviz.inspect.layouts import distinct as room
from sslviz.inspect.layouts.distinct import distinct


@given(
    st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.0, 2.5]), st.sampled_from([0.0, 3.0])), min_size=1, max_size=40)
)
@settings(max_examples=50, deadline=None)
def test_it_groups_as_sorting_rows_does(rows):
    values = np.array(rows, np.float32)
    first, inverse = distinct(values)
    np.testing.assert_array_equal(values[first][inverse], values)
    assert len(first) == len(np.unique(values + 0, axis=0))
    assert (np.diff(first) > 0).all()


def test_rows_that_all_differ_keep_their_places():
    values = np.random.default_rng(0).normal(size=(5_000, 3)).astype(np.float32)
    first, inverse = distinct(values)
    np.testing.assert_array_equal(first, np.arange(5_000))
    np.testing.assert_array_equal(inverse, np.arange(5_000))


def test_rows_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "_keys", lambda values: np.zeros(len(values), np.uint64))
    first, inverse = distinct(np.array([[2.0], [1.0], [2.0]], np.float32))
    assert first.tolist() == [0, 1]
    assert inverse.tolist() == [0, 1, 0]


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
def test_nothing_is_grouped_as_well(shape):
    first, inverse = distinct(np.zeros(shape, np.float32))
    assert len(first) == min(1, shape[0])
    assert len(inverse) == shape[0]
