"""Neighbours found here are those that scikit-learn finds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from sslviz.inspect.layouts import nearest as room
from sslviz.inspect.layouts.layout import silent
from sslviz.inspect.layouts.nearest import nearest
from sslviz.inspect.stopping import never
from sslviz.spec.errors import Cancelled
from tests.sslviz.inspect.layouts.some import features


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 2, 9, 150])
def test_they_are_the_nearest_by_rising_distance(metric, k, monkeypatch):
    monkeypatch.setattr(room, "_BLOCK", 4_000)  # several blocks
    values = features(150, 7) + 3
    rows, distances = nearest(values, k, metric, silent, never)
    known = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(values.astype(np.float64))
    far, near = known.kneighbors() if k == 0 else known.kneighbors(values.astype(np.float64))
    np.testing.assert_array_equal(rows[:, 0], np.arange(150))
    np.testing.assert_allclose(distances, far, atol=2e-6, rtol=1e-4)
    assert (rows == near).mean() > 0.99


def test_it_is_given_up_between_blocks(monkeypatch):
    monkeypatch.setattr(room, "_BLOCK", 400)
    told = []

    def stop():
        if len(told) == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        nearest(features(50), 3, "cosine", lambda *said: told.append(said), stop)
    assert told == [(0.0, "neighbours of 0 of 50"), (0.16, "neighbours of 8 of 50")]
