"""Sampling matrices against torchvision's resized_crop, horizontal_flip and gaussian_blur, image by image."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from sslviz.data.augment.sampling import BlurAxis, Stretch, blur_radius

SIZE = (40, 56)
TOP, HEIGHT = [0, 3, 10, 5, 0, 39], [40, 20, 8, 33, 40, 1]
LEFT, WIDTH = [0, 7, 20, 1, 30, 55], [56, 20, 36, 9, 26, 1]
FLIP = [False, True, False, True, True, False]


def floats(values: list[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def sampled(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return torch.einsum("nij,ncjk,nlk->ncil", rows, images, columns)


@pytest.fixture
def images() -> Tensor:
    return torch.rand(6, 3, *SIZE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("out", [(40, 56), (24, 24), (64, 64), (20, 60), (1, 1)])
def test_crop_flip_and_resize_equal_torchvisions(images: Tensor, out: tuple[int, int]) -> None:
    rows = Stretch.of(floats(TOP), floats(HEIGHT), SIZE[0], out[0])
    columns = Stretch.of(floats(LEFT), floats(WIDTH), SIZE[1], out[1], torch.tensor(FLIP))
    views = sampled(images, rows.matrices(), columns.matrices())
    for k, image in enumerate(images):
        expected = functional.resized_crop(image, TOP[k], LEFT[k], HEIGHT[k], WIDTH[k], list(out), antialias=True)
        expected = functional.horizontal_flip(expected) if FLIP[k] else expected
        torch.testing.assert_close(views[k], expected, atol=1e-5, rtol=0)


def test_rows_of_a_matrix_sum_to_one() -> None:
    for out in (40, 13):
        matrices = Stretch.of(floats(TOP), floats(HEIGHT), SIZE[0], out).matrices()
        torch.testing.assert_close(matrices.sum(2), torch.ones(6, out))


def test_a_part_of_a_stretch_gives_a_part_of_the_matrices() -> None:
    stretch = Stretch.of(floats(TOP), floats(HEIGHT), SIZE[0], 24)
    assert torch.equal(stretch[slice(2, 5)].matrices(), stretch.matrices()[2:5])


@pytest.mark.parametrize("largest", [0.5, 2.0, 4.0])
def test_blur_equals_torchvisions(images: Tensor, largest: float) -> None:
    radius = blur_radius(largest)
    sigma = torch.linspace(0.1, largest, 6)
    rows, columns = (BlurAxis.build(side, radius, images.device).matrices(sigma) for side in SIZE)
    views = sampled(images, rows, columns)
    for k, image in enumerate(images):
        expected = functional.gaussian_blur(image, [2 * radius + 1] * 2, [float(sigma[k])] * 2)
        torch.testing.assert_close(views[k], expected, atol=1e-5, rtol=0)


def test_the_kernel_leaves_out_less_than_three_thousandths_of_the_gaussian() -> None:
    for sigma in (0.5, 1.0, 2.0):
        radius = blur_radius(sigma)
        outside = 1.0 - torch.erf(torch.tensor((radius + 0.5) / sigma / 2**0.5))
        assert outside < 0.003


def test_sigma_zero_is_exactly_no_blur() -> None:
    axis = BlurAxis.build(16, 6, torch.device("cpu"))
    assert torch.equal(axis.matrices(torch.zeros(2)), torch.eye(16).expand(2, 16, 16))


def test_a_kernel_larger_than_the_picture_is_cut_to_it() -> None:
    axis = BlurAxis.build(4, 15, torch.device("cpu"))
    assert axis.radius == 3
    torch.testing.assert_close(axis.matrices(torch.tensor([5.0])).sum(2), torch.ones(1, 4))
