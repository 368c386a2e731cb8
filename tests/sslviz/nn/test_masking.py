"""Masks: exactly as many patches stay as asked, where the strategy says."""

import pytest
import torch

from sslviz.nn.masking import STRATEGIES, block_order, grid_order, kept_count, mask_as, mask_by, random_order, take

GRID = (8, 8)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def hidden(strategy: str, ratio: float, grid: tuple[int, int] = GRID, count: int = 40) -> torch.Tensor:
    masking = mask_by(STRATEGIES[strategy](count, grid, generator()), kept_count(grid[0] * grid[1], ratio))
    return masking.hidden.view(count, *grid).bool()


@pytest.mark.parametrize(
    ("patches", "ratio", "kept"), [(64, 0.75, 16), (100, 0.9, 9), (4, 0.8, 0), (196, 0.75, 49), (64, 0.05, 60)]
)
def test_counts_are_truncated_as_in_the_authors_code(patches, ratio, kept):
    assert kept_count(patches, ratio) == kept


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("ratio", [0.05, 0.5, 0.75, 0.95])
@pytest.mark.parametrize("grid", [(8, 8), (5, 7), (14, 14), (1, 9)])
def test_every_strategy_hides_exactly_as_many(strategy, ratio, grid):
    kept = kept_count(grid[0] * grid[1], ratio)
    assert (~hidden(strategy, ratio, grid)).flatten(1).sum(1).tolist() == [kept] * 40


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_masks_differ_from_image_to_image_and_follow_the_generator(strategy):
    order = STRATEGIES[strategy]
    first = order(20, GRID, generator(1))
    assert torch.equal(first, order(20, GRID, generator(1)))
    assert not torch.equal(first, order(20, GRID, generator(2)))
    assert len(torch.unique(mask_by(first, 16).hidden, dim=0)) > 3


def test_random_masks_hide_every_place_equally_often():
    often = mask_by(random_order(4000, GRID, generator()), 16).hidden.mean(0)
    assert often.min() > 0.7
    assert often.max() < 0.8


@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.75])
def test_a_block_is_one_rectangle_but_for_its_last_side(ratio):
    for mask in hidden("block", ratio):
        rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
        assert len(rows) == height  # without gaps
        assert len(columns) == width
        box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (~box).sum() <= 2 * max(height, width)


def test_blocks_lie_anywhere():
    often = mask_by(block_order(2000, GRID, generator()), 48).hidden.mean(0).view(GRID)
    assert often.min() > 0.08, "corners are hidden too"
    assert often[3:5, 3:5].mean() > often[0, 0], "the middle is hidden more often"


def test_a_grid_keeps_every_second_row_and_column_at_three_quarters():
    for mask in hidden("grid", 0.75):
        rows, columns = (~mask).any(1), (~mask).any(0)
        assert rows.sum() == columns.sum() == 4
        assert bool((rows[:-1] != rows[1:]).all())
        assert bool((columns[:-1] != columns[1:]).all())


def test_a_grid_is_a_chequerboard_at_one_half():
    for mask in hidden("grid", 0.5, (6, 10)):
        assert bool((mask[:, :-1] != mask[:, 1:]).all())
        assert bool((mask[:-1] != mask[1:]).all())


def test_a_grid_works_where_sides_are_no_powers_of_two():
    mask = mask_by(grid_order(3, (14, 14), generator()), 49).hidden.view(3, 14, 14)
    assert ((mask == 0).any(2).sum(1) == 7).all()


def test_restore_brings_visible_and_hidden_back_in_order():
    tokens = torch.rand(3, 10, 4)
    masking = mask_by(torch.rand(3, 10), 4)
    away = masking.hidden.bool()
    back = take(torch.cat([take(tokens, masking.kept), torch.full((3, 6, 4), torch.nan)], dim=1), masking.restore)
    assert torch.equal(back[~away], tokens[~away])
    assert back[away].isnan().all()


def test_a_mask_can_be_given():
    wanted = torch.tensor([[True, False, True, False], [False, False, True, True]])
    masking = mask_as(wanted)
    assert torch.equal(masking.hidden.bool(), wanted)
    assert masking.kept.tolist() == [[1, 3], [0, 1]]


def test_given_masks_hide_equally_many():
    with pytest.raises(ValueError, match="equally many"):
        mask_as(torch.tensor([[True, False, True], [False, False, True]]))
