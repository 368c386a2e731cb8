"""Neighbours and similarities against the loop."""

import numpy as np
import pytest

from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import neighbours, similarity
from tests.sslviz.inspect.mapping.some import points


def cloud(n=200, d=7, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def cosine(a, b):
    return 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@pytest.mark.parametrize(
    ("metric", "distance"), [("cosine", cosine), ("euclidean", lambda a, b: np.linalg.norm(a - b))]
)
def test_neighbours_are_the_loop(metric, distance):
    values = cloud().astype(np.float64)
    expected = sorted((distance(values[5], other), k) for k, other in enumerate(values) if k != 5)[:9]
    rows, distances = neighbours(points(values), 5, 9, metric)
    assert rows.tolist() == [k for _, k in expected]
    assert np.allclose(distances, [d for d, _ in expected], atol=1e-6)
    assert distances.dtype == np.float32


def test_equal_points_are_at_distance_0_in_the_order_of_their_numbers():
    values = np.repeat(cloud(3), 4, axis=0)
    for metric in ("cosine", "euclidean"):
        rows, distances = neighbours(points(values), 5, 3, metric)
        assert rows.tolist() == [4, 6, 7]
        assert np.allclose(distances, 0, atol=1e-7)


def test_fewer_points_than_neighbours():
    assert len(neighbours(points(cloud(4)), 0, 12)[0]) == 3
    assert len(neighbours(points(cloud(1)), 0, 12)[0]) == 0


def test_a_feature_without_length_is_like_nothing():
    values = np.array([[0, 0], [1, 0], [0, 2]])
    _, distances = neighbours(points(values), 0, 2)
    assert distances.tolist() == [1, 1]
    assert similarity(points(values)).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_similarity_is_symmetric_and_1_on_the_diagonal():
    values = cloud(6) * 1e-3
    found = similarity(points(values))
    assert np.allclose(np.diag(found), 1)
    assert np.array_equal(found, found.T)
    assert found[1, 4] == pytest.approx(1 - cosine(values[1].astype(float), values[4].astype(float)), abs=1e-6)


def test_what_cannot_be_asked():
    with pytest.raises(InspectError, match="no distance called 'hamming'"):
        neighbours(points(cloud(3)), 0, 1, "hamming")
    with pytest.raises(InspectError, match="no point 3"):
        neighbours(points(cloud(3)), 3, 1)
