"""Rotary positions, against the same rotation written with complex numbers."""

from __future__ import annotations

import math

import torch

from sslviz.nn.rope import of_places, rotate, rotation_of

PERIODS = torch.tensor([1.0, 3.0])  # head width 8


def by_complex_numbers(x: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """x (h·w, 8): the pair (x_i, x_i+4) turns by the row's angle for i < 2, by the column's for the others."""
    out = []
    for place, token in enumerate(x):
        row, column = divmod(place, grid[1])
        down, across = 2 * (row + 0.5) / grid[0] - 1, 2 * (column + 0.5) / grid[1] - 1
        angles = torch.cat([2 * math.pi * down / PERIODS, 2 * math.pi * across / PERIODS])
        turned = torch.complex(token[:4], token[4:]) * torch.polar(torch.ones(4), angles)
        out.append(torch.cat([turned.real, turned.imag]))
    return torch.stack(out)


def test_patches_turn_by_their_place_and_tokens_before_them_do_not() -> None:
    x = torch.randn(1, 1, 2 + 6, 8, generator=torch.Generator().manual_seed(0))
    turned = rotate(x, rotation_of(PERIODS, (2, 3)))
    assert torch.equal(turned[:, :, :2], x[:, :, :2])
    torch.testing.assert_close(turned[0, 0, 2:], by_complex_numbers(x[0, 0, 2:], (2, 3)), atol=1e-5, rtol=0)


def test_chosen_patches_turn_as_among_all() -> None:
    x = torch.randn(2, 3, 6, 8, generator=torch.Generator().manual_seed(1))
    keep = torch.tensor([[5, 0], [2, 3]])
    rotation = rotation_of(PERIODS, (2, 3))
    whole = rotate(x, rotation)
    chosen = rotate(torch.stack([x[b][:, keep[b]] for b in range(2)]), of_places(rotation, keep))
    torch.testing.assert_close(chosen, torch.stack([whole[b][:, keep[b]] for b in range(2)]))
