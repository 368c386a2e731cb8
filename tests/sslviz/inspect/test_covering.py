"""Parts of a picture are covered: what is covered when, and what it is compared with."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sslviz.inspect.covering import ORDERS, STEPS, masking_test, occlusion
from sslviz.spec.errors import Cancelled


def picture() -> Tensor:
    return torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0)) + 0.5


def brightness_by_patch(x: Tensor) -> Tensor:
    """(B, 24): features whose every number hangs on one patch of 8 px alone."""
    return torch.nn.functional.avg_pool2d(x.mean(1, keepdim=True), 8).flatten(1)


def test_the_most_attended_patches_go_first():
    seen: list[Tensor] = []

    def pooled(x: Tensor) -> Tensor:
        seen.append(brightness_by_patch(x))
        return seen[-1]

    attention = torch.arange(24.0).view(4, 6)
    moved = masking_test(pooled, picture(), attention, (8, 8))
    attended = torch.cat(seen[1:])[: STEPS + 1]
    for step, row in enumerate(attended):
        covered = row == 0
        count = round(24 * step / STEPS)
        assert covered.tolist() == [k >= 24 - count for k in range(24)]
    assert moved.shares.tolist() == pytest.approx([k / STEPS for k in range(STEPS + 1)])
    assert float(moved.attended[0]) == pytest.approx(1)
    assert float(moved.attended[-1]) == 0  # nothing is left: like nothing
    assert (moved.attended.diff() < 0).all()


def test_random_patches_are_as_many_repeatable_and_a_mean():
    rows = torch.cat([picture()] * 2)
    counts: list[int] = []

    def pooled(x: Tensor) -> Tensor:
        counts.extend((brightness_by_patch(x) == 0).sum(1).tolist())
        return brightness_by_patch(x)

    one, same, other = (masking_test(pooled, rows[:1], torch.rand(4, 6), (8, 8), seed) for seed in (0, 0, 1))
    wanted = [round(24 * step / STEPS) for step in range(STEPS + 1)]
    assert counts[1 : 1 + (1 + ORDERS) * (STEPS + 1)] == wanted * (1 + ORDERS)
    assert torch.equal(one.random, same.random)
    assert not torch.equal(one.random, other.random)


def test_occlusion_finds_the_place_that_the_feature_hangs_on():
    def pooled(x: Tensor) -> Tensor:  # only what happens about row 20, column 30 matters
        return torch.stack([x[:, :, 18:22, 28:32].mean((1, 2, 3)), torch.full((len(x),), 0.2)], dim=1)

    found = occlusion(pooled, picture(), (8, 8))
    assert found.shape == (3, 5)
    touched = torch.zeros(3, 5, dtype=torch.bool)
    touched[1:, 2:4] = True  # squares of 16 px whose corner lies at 8 or 16 px down and at 16 or 24 px across
    assert (found[touched] > 1e-3).all()
    assert (found[~touched].abs() < 1e-6).all()


@pytest.mark.parametrize(("size", "cell", "shape"), [((32, 32), (8, 8), (3, 3)), ((480, 320), (8, 8), (9, 6)), ((8, 8), (8, 8), (1, 1)),
                                                     ((50, 30), (1, 1), (9, 5))])  # fmt: skip
def test_places_are_few_however_large_the_picture(size, cell, shape):
    assert occlusion(brightness_of_all, torch.rand(1, 3, *size), cell).shape == shape


def brightness_of_all(x: Tensor) -> Tensor:
    return x.mean((2, 3))


def test_both_can_be_given_up():
    def stop() -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        masking_test(brightness_by_patch, picture(), torch.rand(4, 6), (8, 8), stop=stop)
    with pytest.raises(Cancelled):
        occlusion(brightness_of_all, picture(), (8, 8), stop)
