"""The order in which any front share is a fair sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslviz.data.split import cut, stratified_order


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=200), st.integers(0, 9), st.floats(0, 1))
def test_every_prefix_holds_each_class_in_proportion(labels: list[int], seed: int, share: float) -> None:
    classes = np.array(labels)
    order = stratified_order(classes, seed)
    assert sorted(order) == list(range(len(classes)))
    front = classes[order[: round(share * len(classes))]]
    for one in np.unique(classes):
        expected = len(front) * (classes == one).mean()
        assert abs((front == one).sum() - expected) <= max(2, len(np.unique(classes)) / 2)


def test_seeds_repeat_and_differ() -> None:
    classes = np.repeat(np.arange(4), 50)
    one = stratified_order(classes, 1)
    np.testing.assert_array_equal(one, stratified_order(classes, 1))
    assert (one != stratified_order(classes, 2)).mean() > 0.5


def test_a_lone_image_stays_out_of_a_small_front_share() -> None:
    classes = np.array([0] * 50 + [1])
    assert 50 not in stratified_order(classes, 0)[:10]


@pytest.mark.parametrize(
    ("count", "fraction", "expected"), [(100, 0.1, 10), (3, 0.5, 1), (3, 0.01, 1), (10, 0.04, 1), (55, 0.5, 28)]
)
def test_cut_leaves_two_to_train_on(count: int, fraction: float, expected: int) -> None:
    assert cut(count, fraction) == expected
    assert count - cut(count, fraction) >= 2
