"""Shortcuts, and what is done against them."""

import pytest
import torch

from sslviz.nn.shortcuts import drop_channels, grey, mark, project_colours, standardise, through_lens

MEAN = torch.tensor([0.2, 0.4, 0.6])[:, None, None]
STD = torch.tensor([0.1, 0.2, 0.3])[:, None, None]


def pictures(n: int = 5, side: int = 16) -> torch.Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("side", "width"), [(16, 2), (32, 4), (64, 8)])
def test_the_mark_is_in_one_corner_and_looks_different_there_in_every_turn(side, width):
    images = torch.full((2, 3, side, side), 0.5)
    marked = mark(images)
    changed = (marked != images).any(1)
    assert bool(changed[:, :width, :width].all())
    assert int(changed.sum()) == 2 * width**2
    assert torch.equal(images, torch.full_like(images, 0.5)), "views stay as they were made"


def test_a_lens_moves_red_outwards_and_blue_inwards_and_green_not():
    images = torch.zeros(1, 3, 33, 33)
    images[:, :, 16, 28] = 1.0  # a white point to the right of the middle
    red, green, blue = through_lens(images, 0.1)[0]
    along = torch.arange(33.0)
    centres = [float((channel.sum(0) * along).sum() / channel.sum()) for channel in (red, green, blue)]
    assert torch.equal(green, images[0, 1])
    assert centres[0] == pytest.approx(16 + 12 * 1.1, abs=0.3)
    assert centres[2] == pytest.approx(16 + 12 * 0.9, abs=0.3)


def test_one_channel_of_each_patch_is_left():
    patches = pictures(60)
    dropped = drop_channels(patches, MEAN, torch.Generator().manual_seed(0))
    same = (dropped == patches).all(3).all(2)  # (n, 3)
    assert same.sum(1).tolist() == [1] * 60
    assert same.any(0).tolist() == [True] * 3
    noise = (dropped - MEAN)[~same]
    assert float(noise.abs().max()) < 0.02
    assert float(noise.std()) == pytest.approx(0.01 * 0.29, rel=0.1)  # of a uniform channel


def test_projection_removes_green_against_magenta_and_nothing_else():
    flat = torch.tensor([[0.2, 0.8, 0.2], [0.5, 0.5, 0.5], [0.9, 0.5, 0.1]])[:, :, None, None]
    expected = torch.tensor([[0.4, 0.4, 0.4], [0.5, 0.5, 0.5], [0.9, 0.5, 0.1]])[:, :, None, None]
    torch.testing.assert_close(project_colours(flat), expected)


def test_grey_is_grey_and_keeps_grey():
    images = grey(pictures())
    assert float((images - images[:, :1]).abs().max()) == 0
    torch.testing.assert_close(grey(images), images)


def test_standardised_patches_differ_in_nothing_but_their_pattern():
    patches = pictures()
    one = standardise(patches, MEAN, STD)
    torch.testing.assert_close(one, standardise(0.3 * patches + 0.2, MEAN, STD), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(one.mean(dim=(2, 3)), MEAN.flatten().expand(5, 3), rtol=0, atol=1e-5)
    torch.testing.assert_close(one.std(dim=(2, 3)), STD.flatten().expand(5, 3), rtol=1e-4, atol=0)


def test_a_flat_patch_stays_flat():
    flat = torch.full((1, 3, 8, 8), 0.7) + 1e-5 * pictures(1, 8)
    assert float((standardise(flat, MEAN, STD) - MEAN).abs().max()) < 1e-3
