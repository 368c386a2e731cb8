"""PCA is that of the textbook and of scikit-learn, whichever way it is computed, and always turned alike."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from sslviz.inspect.layouts.pca import principal
from tests.sslviz.inspect.layouts.some import features


@pytest.mark.parametrize(("count", "width"), [(300, 8), (20_000, 4), (12, 40), (3, 5)])
def test_it_is_scikit_learns_up_to_the_sign_of_an_axis(count, width):
    values = features(count, width)
    points, kept = principal(values)
    known = PCA(2, svd_solver="full").fit(values.astype(np.float64))
    np.testing.assert_allclose(abs(points), abs(known.transform(values.astype(np.float64))), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(kept, known.explained_variance_ratio_, rtol=1e-5)


def test_an_axis_points_to_where_its_largest_weight_is_positive():
    values = features(200, 6)
    axes = np.linalg.lstsq(values - values.mean(0), principal(values)[0], rcond=None)[0]
    assert (np.take_along_axis(axes, abs(axes).argmax(0)[None], 0) > 0).all()
    np.testing.assert_array_equal(principal(values)[0], principal(values.copy())[0])


def test_a_large_offset_costs_no_precision():
    values = features(400, 6)
    far = values + np.float32(4096)
    np.testing.assert_allclose(principal(far)[0], principal(far - np.float32(4096))[0], atol=1e-3)


@pytest.mark.parametrize("values", [np.zeros((1, 4)), np.ones((7, 4)), np.ones((3, 1)), np.ones((2, 9))])
def test_features_that_do_not_vary_lie_in_the_middle(values):
    points, kept = principal(values.astype(np.float32))
    assert not points.any()
    assert kept == (0.0, 0.0)


def test_one_feature_lies_on_a_line():
    points, kept = principal(np.arange(5, dtype=np.float32)[:, None])
    np.testing.assert_allclose(points, [[-2, 0], [-1, 0], [0, 0], [1, 0], [2, 0]], atol=1e-6)
    assert kept == (1.0, 0.0)
