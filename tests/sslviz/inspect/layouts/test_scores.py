"""Scores are scikit-learn's trustworthiness and a plain count of shared neighbours; samples come close to the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from sslviz.inspect.layouts import scores as room
from sslviz.inspect.layouts.scores import score
from tests.sslviz.inspect.layouts.some import features


def neighbours(values, k, metric):
    return NearestNeighbors(n_neighbors=k, metric=metric).fit(values).kneighbors(return_distance=False)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 15])
def test_scores_are_as_defined(metric, k):
    values = features(300).astype(np.float64) + 2
    points = np.random.default_rng(1).normal(size=(300, 2)) + values[:, :2]
    got = score(values.astype(np.float32), points.astype(np.float32), k, metric=metric)
    assert got.trustworthiness == pytest.approx(trustworthiness(values, points, n_neighbors=k, metric=metric), abs=1e-5)
    there, here = neighbours(values, k, metric), neighbours(points, k, "euclidean")
    shared = np.mean([len({*a} & {*b}) / k for a, b in zip(there, here, strict=True)])
    assert got.agreement == pytest.approx(shared, abs=1e-3)
    assert (got.k, got.sample) == (k, 300)


def test_a_map_that_keeps_everything_scores_one_and_noise_scores_half():
    values = np.random.default_rng(0).normal(size=(800, 2)).astype(np.float32)
    whole = score(values, 3 * values, metric="euclidean")
    assert (whole.trustworthiness, whole.agreement) == (1.0, 1.0)
    noise = score(values, values[::-1].copy(), metric="euclidean")
    assert noise.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert noise.agreement < 0.05


def test_a_sample_comes_close_and_depends_on_the_seed(monkeypatch):
    values = features(2_500, 8)
    points = values[:, :2]
    monkeypatch.setattr(room, "MOST", 3_000)
    whole = score(values, points)
    monkeypatch.setattr(room, "MOST", 800)
    part, other = score(values, points), score(values, points, seed=1)
    assert part.sample == 800
    assert part != other
    assert part == score(values, points)
    assert part.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.01)
    assert part.agreement == pytest.approx(whole.agreement, abs=0.01)


@pytest.mark.parametrize(("count", "k"), [(1, 0), (2, 0), (3, 1), (7, 3)])
def test_few_points_have_few_neighbours(count, k):
    got = score(features(count), features(count)[:, :2])
    assert got.k == k
    assert math.isnan(got.trustworthiness) == (k == 0)
    assert math.isnan(got.agreement) == (k == 0)


def test_points_without_any_difference_have_no_score():
    got = score(np.ones((50, 3), np.float32), np.zeros((50, 2), np.float32))
    assert math.isnan(got.trustworthiness)
    assert math.isnan(got.agreement)


def test_many_copies_on_one_place_are_neighbours_of_each_other():
    values = np.repeat(features(10), 40, axis=0)
    got = score(values, values[:, :2], k=15)
    assert got.trustworthiness == 1.0
