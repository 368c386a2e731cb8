"""Holes: where pixels are missing, and what lies around them."""

import pytest
import torch

from sslviz.nn.holes import central_hole, random_hole, rim


@pytest.mark.parametrize(
    ("size", "share", "shape"), [((32, 32), 0.25, (16, 16)), ((64, 32), 0.25, (32, 16)), ((4, 4), 0.05, (1, 1))]
)
def test_a_central_hole_has_the_images_shape(size, share, shape):
    hole = central_hole(2, size, share, torch.device("cpu"))[0, 0]
    rows, columns = hole.any(1).nonzero().flatten(), hole.any(0).nonzero().flatten()
    assert (len(rows), len(columns)) == shape
    assert int(hole.sum()) == shape[0] * shape[1]
    assert abs(int(rows[0]) - (size[0] - 1 - int(rows[-1]))) <= 1, "in the middle"


@pytest.mark.parametrize("share", [0.05, 0.25, 0.8])
@pytest.mark.parametrize("size", [(32, 32), (17, 40), (8, 8)])
def test_random_holes_are_no_larger_than_asked_and_never_empty(size, share):
    hole = random_hole(300, size, share, torch.Generator().manual_seed(0))
    assert hole.shape == (300, 1, *size)
    areas = hole.flatten(1).float().mean(1)
    assert areas.min() > 0
    assert areas.max() <= max(share, 4 / (size[0] * size[1])) + 1e-6
    if share == 0.25 and size == (32, 32):
        assert areas.mean() > 0.1


def test_random_holes_lie_anywhere():
    often = random_hole(4000, (16, 16), 0.25, torch.Generator().manual_seed(0)).float().mean((0, 1))
    assert often.min() > 0.01
    assert often[8, 8] > often[0, 0]
    torch.testing.assert_close(often, often.flip(0), rtol=0, atol=0.04)


def test_the_rim_lies_around_the_hole():
    hole = torch.zeros(1, 1, 7, 7, dtype=torch.bool)
    hole[0, 0, 3, 3] = True
    assert rim(hole, 1).sum() == 8
    assert rim(hole, 2).sum() == 24
    assert rim(hole, 0).sum() == 0
    assert not (rim(hole, 2) & hole).any()
