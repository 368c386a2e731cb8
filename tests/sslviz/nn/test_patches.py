"""Patches and permutations against naive loops."""

import itertools
import math

import pytest
import torch

from sslviz.nn.patches import LEAST_SIDE, board, cut, draw, misfit, permutations, side_that_fits, usual_side


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_cut_is_slicing():
    images = torch.rand(3, 3, 12, 10, generator=seeded())
    top, left = draw(7, (3, 4), seeded(1)), draw(5, (3, 4), seeded(2))
    patches = cut(images, top, left, 5)
    assert patches.shape == (3, 4, 3, 5, 5)
    for n, p in itertools.product(range(3), range(4)):
        y, x = int(top[n, p]), int(left[n, p])
        assert torch.equal(patches[n, p], images[n, :, y : y + 5, x : x + 5])


def test_a_board_lays_tiles_in_reading_order():
    cells = torch.arange(9.0).view(1, 9, 1, 1, 1).expand(1, 9, 3, 2, 2)
    picture = board(cells)
    assert picture.shape == (1, 3, 8, 8)
    assert picture[0, 0, ::3, ::3].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert float(picture[0, 0, 2, 0]) == 0.5


def test_draws_reach_both_ends_evenly():
    drawn = draw(3, (4000,), seeded())
    assert drawn.bincount().tolist() == pytest.approx([1000] * 4, abs=110)
    each = draw(torch.tensor([0, 1, 5]), (2000, 3), seeded())
    assert each.amin(0).tolist() == [0, 0, 0]
    assert each.amax(0).tolist() == [0, 1, 5]


def algorithm_1(count: int, tiles: int) -> list[tuple[int, ...]]:
    """The paper's loop: largest sum of distances, then the largest smallest one, then the first in order."""
    orders = list(itertools.permutations(range(tiles)))
    chosen = [orders[0]]

    def far(order: tuple[int, ...]) -> tuple[int, int]:
        distances = [sum(a != b for a, b in zip(order, other, strict=True)) for other in chosen]
        return sum(distances), min(distances)

    while len(chosen) < count:
        chosen.append(max((order for order in orders if order not in chosen), key=far))
    return chosen


@pytest.mark.parametrize(("count", "tiles"), [(1, 3), (6, 3), (10, 4), (24, 4), (14, 5)])
def test_permutations_are_those_of_algorithm_1(count, tiles):
    assert [tuple(row) for row in permutations(count, tiles).tolist()] == algorithm_1(count, tiles)


def test_the_usual_set_is_far_apart():
    orders = permutations(24)
    distance = (orders[:, None] != orders).sum(-1) + 9 * torch.eye(24, dtype=torch.int64)
    assert orders.sort(1).values.unique(dim=0).tolist() == [list(range(9))]
    assert int(distance.min()) >= 6
    assert torch.equal(permutations(24), orders)


@pytest.mark.parametrize("count", [0, 7])
def test_numbers_of_permutations_that_there_are_not(count):
    with pytest.raises(ValueError, match="6 orders of 3 tiles"):
        permutations(count, 3)


@pytest.mark.parametrize(
    ("wanted", "most", "patch", "expected"),
    [
        (9.1, 10, 1, 9),
        (19.2, 32, 8, 16),
        (19.2, 32, 16, 16),
        (9.6, 16, 4, 8),
        (2.0, 8, 1, 4),
        (12.0, 10, 4, 8),
        (9.0, 10, 16, 16),
    ],
)
def test_usual_side(wanted, most, patch, expected):
    assert usual_side(wanted, most, patch) == expected


def test_a_share_that_is_a_whole_number_is_not_lost_to_rounding():
    assert side_that_fits(0.1 * 3 * 10, 3) == 3
    assert math.floor(0.1 * 3 * 10) == 3


@pytest.mark.parametrize(
    ("side", "most", "patch", "words"),
    [
        (9, 10, 1, None),
        (8, 10, 4, None),
        (11, 10, 1, "does not fit"),
        (3, 10, 1, "does not fit"),
        (9, 10, 4, "no whole number"),
        (16, 10, 16, "too few for this backbone"),
        (4, LEAST_SIDE - 1, 1, "too few to show"),
    ],
)
def test_misfits_are_named_with_a_remedy(side, most, patch, words):
    problem = misfit("A tile", side, most, patch)
    assert (problem is None) is (words is None)
    if problem is not None:
        assert words in problem[0]
        assert all(text.endswith(".") for text in problem)
