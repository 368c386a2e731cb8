"""CIE Lab: known colours, both ways, its bins, mixtures of them."""

import math

import pytest
import torch

from sslviz.nn.lab import gamut_bins, lab_to_rgb, nearest_bins, rgb_to_lab

KNOWN = {  # of sRGB under D65, as in any table
    (1.0, 1.0, 1.0): (100.0, 0.0, 0.0),
    (0.0, 0.0, 0.0): (0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0): (53.24, 80.09, 67.20),
    (0.0, 1.0, 0.0): (87.74, -86.18, 83.18),
    (0.0, 0.0, 1.0): (32.30, 79.19, -107.86),
}


def one(colour: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(colour, dtype=torch.float64)[:, None, None]


@pytest.mark.parametrize("rgb", KNOWN)
def test_known_colours(rgb):
    torch.testing.assert_close(rgb_to_lab(one(rgb)), one(KNOWN[rgb]), atol=6e-3, rtol=0)


@pytest.mark.parametrize("shade", [0.0, 0.001, 0.04045, 0.2, 0.5, 1.0])
def test_greys_have_no_colour(shade):
    assert float(rgb_to_lab(one((shade, shade, shade)))[1:].abs().max()) < 1e-10


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 4, 4)])
def test_there_and_back(shape):
    rgb = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    rgb.view(-1)[:3] = torch.tensor([0.0, 0.02, 1.0])  # the straight part of the curve too
    torch.testing.assert_close(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-4, rtol=0)


def test_colours_that_no_screen_has_are_clipped():
    rgb = lab_to_rgb(one((50.0, 120.0, 120.0)))
    assert 0.0 <= float(rgb.min()) <= float(rgb.max()) <= 1.0


@pytest.mark.parametrize(("grid", "count"), [(10, 261), (20, 77)])
def test_bins_are_the_cells_that_colours_fall_into(grid, count):
    bins = gamut_bins(grid)
    assert bins.shape == (count, 2)
    assert float((bins % grid).abs().max()) == 0
    rgb = torch.rand(3, 100, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    cells = (rgb_to_lab(rgb)[1:].flatten(1).T / grid).round() * grid
    known = {tuple(row) for row in bins.tolist()}
    assert {tuple(row) for row in cells.tolist()} <= known
    assert (90.0 // grid * grid, 90.0 // grid * grid) not in known, "no orange is that strong"


def test_bins_cannot_be_changed_from_outside():
    gamut_bins(20).zero_()
    assert float(gamut_bins(20).abs().max()) > 0


def test_mixtures_are_the_naive_ones():
    bins = gamut_bins(20)
    ab = torch.tensor([[3.0, -8.0], [61.0, 40.0]])
    index, share = nearest_bins(ab, bins, 5, 10.0)
    for row, (a, b) in enumerate(ab.tolist()):
        squares = sorted(((a - x) ** 2 + (b - y) ** 2, k) for k, (x, y) in enumerate(bins.tolist()))[:5]
        weights = [math.exp(-square / 200) for square, _ in squares]
        assert index[row].tolist() == [k for _, k in squares]
        torch.testing.assert_close(share[row], torch.tensor(weights) / sum(weights), rtol=1e-4, atol=1e-6)


def test_a_bins_own_colour_is_mostly_that_bin():
    bins = gamut_bins(20)
    index, share = nearest_bins(bins, bins, 5, 10.0)
    assert index[:, 0].tolist() == list(range(len(bins)))
    assert float(share.sum(1).sub(1).abs().max()) < 1e-6
    assert float(share[:, 0].min()) > 0.5 > float(share[:, 1:].max())
