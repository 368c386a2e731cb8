"""Each kind of background has the structure of its name, at any size."""

from __future__ import annotations

import numpy as np
import pytest

from sslviz.data.shapes.backgrounds import axis, pattern, smooth
from sslviz.data.shapes.dials import BACKGROUNDS

NUMBERS = np.arange(60)


def patterns(name: str, size: int = 48, layer: int = 0) -> np.ndarray:
    return pattern(np.full(60, BACKGROUNDS.index(name)), 3, NUMBERS, size, layer)


def explained(values: np.ndarray, parts: np.ndarray) -> float:
    """Share of the variance that a linear fit of `parts` (n, k) explains."""
    fit = parts @ np.linalg.lstsq(parts, values, rcond=None)[0]
    return 1 - float(((values - fit) ** 2).sum() / ((values - values.mean()) ** 2).sum())


@pytest.mark.parametrize("size", [24, 48, 96])
@pytest.mark.parametrize("name", BACKGROUNDS)
def test_patterns_use_their_range(name: str, size: int) -> None:
    made = patterns(name, size)
    assert made.shape == (60, size, size)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    assert np.ptp(made, axis=(1, 2)).mean() > 0.4
    assert not np.array_equal(made, patterns(name, size, layer=1))


def test_a_gradient_is_a_plane() -> None:
    x, y = np.meshgrid(axis(48), axis(48))
    plane = np.stack([np.ones(48 * 48), x.ravel(), y.ravel()], axis=1)
    assert min(explained(one.ravel(), plane) for one in patterns("gradient")) > 0.9999


def test_plaid_is_rows_plus_columns() -> None:
    for one in patterns("plaid"):
        rest = one - one.mean(0) - one.mean(1)[:, None] + one.mean()
        assert np.abs(rest).max() < 1e-5


def test_stripes_run_straight() -> None:
    """Gradients of a striped picture have one direction: the smaller eigenvalue of their covariance vanishes."""
    for one in patterns("stripes", 96):
        down, across = np.gradient(one)
        small, large = np.linalg.eigvalsh(np.cov(np.stack([down.ravel(), across.ravel()])))
        assert small < 0.05 * large


def test_rays_meet_in_one_point() -> None:
    """The lines across which a picture of rays does not change meet: their least-squares crossing explains the gradients."""
    x, y = np.meshgrid(axis(96), axis(96))
    for one in patterns("rays", 96):
        gy, gx = (part.ravel() for part in np.gradient(one))
        strong = np.hypot(gx, gy) > 0.02
        normals, at = np.stack([gx, gy], 1)[strong], (gx * x.ravel() + gy * y.ravel())[strong]
        assert (
            explained(at, normals) > 0.9
            or np.abs(at - normals @ np.linalg.lstsq(normals, at, rcond=None)[0]).mean() < 0.01
        )


def test_grain_is_finer_than_blobs_and_both_are_smooth() -> None:
    def roughness(name: str) -> float:
        made = patterns(name)
        return float(np.abs(np.diff(made, axis=2)).mean() / made.std())

    assert roughness("grain") > 2 * roughness("blobs")
    assert roughness("grain") < 0.8 * np.abs(np.diff(np.random.default_rng(0).random(9999))).mean() / np.sqrt(1 / 12)


def test_smoothing_keeps_constants_and_neighbours_close() -> None:
    np.testing.assert_allclose(smooth(np.full((2, 5, 5), 0.3, np.float32), 33), 0.3, atol=1e-6)


def test_other_kinds_are_even() -> None:
    assert (pattern(np.full(3, len(BACKGROUNDS)), 0, NUMBERS[:3], 16, 0) == 0.5).all()
