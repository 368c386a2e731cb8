"""Boxes against torchvision's RandomResizedCrop: area, aspect ratio and place have its distribution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from torchvision.transforms import RandomResizedCrop

from sslviz.data.augment.crop import random_boxes, whole
from sslviz.data.augment.draws import Draws

N = 4_000
CASES = [((32, 32), (0.08, 1.0), 4 / 3), ((96, 64), (0.2, 1.0), 4 / 3), ((64, 64), (0.05, 0.14), 2.0)]


def ours(size: tuple[int, int], scale: tuple[float, float], ratio: float, n: int = N) -> np.ndarray:
    draws = Draws.of(n, torch.Generator().manual_seed(1), torch.device("cpu"))
    return torch.stack(random_boxes(draws, size, scale, ratio), 1).numpy()


def torchvisions(size: tuple[int, int], scale: tuple[float, float], ratio: float, n: int = N) -> np.ndarray:
    image = torch.empty(3, *size)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        boxes = [RandomResizedCrop.get_params(image, list(scale), [1 / ratio, ratio]) for _ in range(n)]
    return np.array(boxes, dtype=np.float32)


@pytest.mark.parametrize(("size", "scale", "ratio"), CASES)
def test_boxes_have_torchvisions_distribution(size: tuple[int, int], scale: tuple[float, float], ratio: float) -> None:
    a, b = ours(size, scale, ratio), torchvisions(size, scale, ratio)
    measures = {
        "area": lambda box: box[:, 2] * box[:, 3],
        "ratio": lambda box: box[:, 3] / box[:, 2],
        "centre y": lambda box: box[:, 0] + box[:, 2] / 2,
        "centre x": lambda box: box[:, 1] + box[:, 3] / 2,
        "place given size": lambda box: (box[:, 0] + 1) / (size[0] - box[:, 2] + 1),
    }
    for name, measure in measures.items():
        assert stats.ks_2samp(measure(a), measure(b)).pvalue > 0.01, name


def test_boxes_lie_inside_and_are_whole_pixels() -> None:
    boxes = ours((23, 57), (0.01, 1.0), 3.0)
    top, left, height, width = boxes.T
    assert (boxes == boxes.round()).all()
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (height >= 1).all()
    assert (width >= 1).all()
    assert (top + height <= 23).all()
    assert (left + width <= 57).all()


@pytest.mark.parametrize("size", [(20, 100), (100, 20)])
def test_what_cannot_fit_falls_back_to_the_centre_as_often_as_in_torchvision(size: tuple[int, int]) -> None:
    a, b = ours(size, (0.26, 0.6), 4 / 3), torchvisions(size, (0.26, 0.6), 4 / 3)
    fallback = np.array([0, 36, 20, 27] if size[0] < size[1] else [36, 0, 27, 20])
    shares = [float((boxes == fallback).all(1).mean()) for boxes in (a, b)]
    assert 0.3 < shares[1] < 0.99
    assert shares[0] == pytest.approx(shares[1], abs=0.04)


def test_limits_in_the_wrong_order_are_put_right() -> None:
    assert (ours((32, 32), (1.0, 0.2), 4 / 3) == ours((32, 32), (0.2, 1.0), 4 / 3)).all()


def test_whole_is_the_picture_itself() -> None:
    boxes = whole(Draws.of(3, torch.Generator(), torch.device("cpu")), (5, 7))
    assert torch.stack(boxes, 1).tolist() == [[0, 0, 5, 7]] * 3


def test_a_number_that_rounds_up_to_one_stays_inside() -> None:
    numbers = torch.full((33, 4), 1.0)
    boxes = random_boxes(Draws(numbers), (32, 32), (0.25, 0.25), 1.0)
    assert boxes.top.tolist() == [16.0] * 4
    assert boxes.left.tolist() == [16.0] * 4
