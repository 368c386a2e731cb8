"""Mean and std against numpy's on the whole."""

from __future__ import annotations

import numpy as np

from sslviz.data.statistics import mean_std


def test_equals_numpy_over_several_chunks() -> None:
    images = np.random.default_rng(0).integers(0, 256, (1100, 3, 7, 5), np.uint8)
    images[:, 1] //= 3
    mean, std = mean_std(images)
    np.testing.assert_allclose(mean, (images / 255).mean((0, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(std, (images / 255).std((0, 2, 3)), atol=1e-6)


def test_one_colour_does_not_divide_by_zero() -> None:
    mean, std = mean_std(np.full((4, 3, 8, 8), 255, np.uint8))
    assert mean == (1, 1, 1)
    assert min(std) > 0
