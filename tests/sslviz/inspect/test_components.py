"""Principal components as colours: directions by numpy, signs that stay, and features without variance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sslviz.inspect.components import components


def features(count: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed)) @ torch.diag(
        torch.linspace(3, 1, width)
    )


@pytest.mark.parametrize(("grid", "width"), [((6, 5), 8), ((3, 4), 40)])
def test_the_first_is_that_of_a_singular_value_decomposition(grid, width):
    x = features(grid[0] * grid[1], width)
    centred = (x - x.mean(0)).double().numpy()
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    found = components(x, grid)
    scores = (u[:, 0] * s[0]).reshape(grid)
    wanted = scores / scores.std(ddof=1)
    assert np.allclose(np.abs(found.first.numpy()), np.abs(wanted), atol=1e-4)
    assert found.shares == pytest.approx(tuple(s[:3] ** 2 / (s**2).sum()), rel=1e-6)
    assert torch.equal(found.kept, found.first > 0)


def test_an_object_in_the_middle_is_the_foreground_whatever_its_direction():
    for sign in (1, -1):
        x = 0.1 * features(64, 8)
        middle = torch.zeros(8, 8)
        middle[2:6, 3:7] = 1
        x[:, 0] += 20 * sign * middle.flatten()
        assert torch.equal(components(x, (8, 8)).kept, middle.bool())


def test_colours_do_not_hang_on_the_signs_of_features():
    x = features(30, 8)
    assert torch.equal(components(x, (6, 5)).colours, components(-x, (6, 5)).colours)
    turned = x @ torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))[0]
    difference = components(x, (6, 5)).colours.int() - components(turned, (6, 5)).colours.int()
    assert difference.abs().max() <= 1  # rotated features lie alike


def test_features_without_variance_are_grey_and_have_no_foreground():
    found = components(torch.ones(12, 6), (3, 4))
    assert (found.colours == found.colours[0, 0]).all()
    assert 126 <= int(found.colours[0, 0, 0]) <= 128
    assert not found.kept.any()
    assert found.first.isfinite().all()


@pytest.mark.parametrize(("grid", "width"), [((1, 1), 4), ((1, 2), 4), ((2, 2), 1), ((4, 1), 2)])
def test_few_places_and_few_features_do(grid, width):
    found = components(features(grid[0] * grid[1], width), grid)
    assert found.colours.shape == (*grid, 3)
    assert found.first.isfinite().all()
    assert len(found.shares) == 3
