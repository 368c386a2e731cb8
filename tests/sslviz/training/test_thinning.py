"""Rows that are kept of a long record: the ends, what was measured now and then, and the last ones whole."""

import numpy as np
import pytest

from sslviz.training.thinning import chosen_rows, spread


@pytest.mark.parametrize(
    ("count", "kept"),
    [(0, []), (1, [90]), (2, [0, 90]), (4, [0, 30, 60, 90]), (10, list(range(0, 100, 10))), (11, None)],
)
def test_items_are_spread_from_the_first_to_the_last(count, kept):
    items = range(0, 100, 10)
    assert spread(items, count) == (list(items) if kept is None else kept)


def test_rare_rows_and_the_last_ones_stay():
    rare = np.zeros(1_000, bool)
    rare[7::100] = True
    rows = chosen_rows(rare, 60, whole=20)
    assert set(range(980, 1_000)) | set(np.flatnonzero(rare).tolist()) | {0, 979} <= set(rows)
    assert rows == sorted(set(rows))
    assert len(rows) <= 80
    assert max(np.diff(rows)) <= 36  # the others lie evenly


def test_too_many_rare_rows_leave_room_for_others():
    rows = chosen_rows(np.arange(1_000) < 500, 40)
    assert len(rows) <= 40
    assert rows[-1] == 999
    assert sum(row >= 500 for row in rows) >= 10


def test_a_short_record_is_whole():
    assert chosen_rows(np.zeros(5, bool), 10) == [0, 1, 2, 3, 4]
    assert chosen_rows(np.zeros(0, bool), 10) == []
