"""Patches: the order of their pixels, and the way back."""

import pytest
import torch

from sslviz.nn.patch_grid import patch_statistics, patchify, spread_over, unpatchify


def test_a_patch_is_row_column_channel():
    image = torch.arange(3 * 4 * 6).float().view(1, 3, 4, 6)
    patches = patchify(image, (2, 3))  # 2 x 2 patches of 2 x 3 px
    assert patches.shape == (1, 4, 18)
    second = image[0, :, 0:2, 3:6]  # the first row's right patch
    assert patches[0, 1].tolist() == second.permute(1, 2, 0).flatten().tolist()


@pytest.mark.parametrize(("size", "patch"), [((8, 8), (2, 2)), ((4, 6), (2, 3)), ((12, 4), (4, 4)), ((5, 5), (1, 1))])
def test_there_and_back(size, patch):
    images = torch.rand(2, 3, *size)
    grid = (size[0] // patch[0], size[1] // patch[1])
    assert torch.equal(unpatchify(patchify(images, patch), grid, patch), images)


def test_statistics_are_unbiased_and_finite_for_one_colour():
    patches = torch.tensor([[[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]])
    mean, std = patch_statistics(patches)
    assert mean.flatten().tolist() == [2.0, 5.0]
    torch.testing.assert_close(std.flatten(), torch.tensor([(1 + 1e-6) ** 0.5, 1e-3]))


def test_numbers_of_patches_as_an_image():
    image = spread_over(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]), (2, 3), (2, 1))
    assert image.squeeze().tolist() == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]]
