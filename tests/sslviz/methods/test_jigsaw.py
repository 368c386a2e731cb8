"""Jigsaw: where tiles come from, how they are shuffled and put back, its switches, what it refuses."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from sslviz.methods import MethodError
from sslviz.methods.jigsaw import puzzle_loss, shuffled, tiles
from sslviz.nn.patches import board
from tests.sslviz.methods.learners import config_of, learner_of, method_of


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def addressed(n: int = 4, height: int = 32, width: int = 32) -> Tensor:
    """Images whose first channel is each pixel's row and whose second is its column."""
    rows, columns = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    return torch.stack([rows, columns, torch.zeros_like(rows)]).expand(n, -1, -1, -1)


def corners(cells: Tensor) -> Tensor:
    """Where the tiles of `addressed` images were cut: (n, 9, 2)."""
    return cells[:, :, :2, 0, 0].long()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 32)])
def test_without_jitter_tiles_lie_in_the_middle_of_their_cells(height, width):
    found = corners(tiles(addressed(2, height, width), 8, 0.25, jitter=False, generator=seeded()))
    top, left = (height - 30) // 2 + 1, (width - 30) // 2 + 1  # cells of 10 px, tiles of 8
    expected = [[top + 10 * row, left + 10 * column] for row in range(3) for column in range(3)]
    assert found.tolist() == [expected] * 2


def test_with_jitter_tiles_stay_in_their_cells_and_use_them():
    found = corners(tiles(addressed(400), 8, 0.25, jitter=True, generator=seeded()))
    assert int(found.min()) == 0
    assert int(found.max()) == 32 - 8
    grid = found.view(-1, 3, 3, 2)
    down, right = grid[:, 1:, :, 0] - grid[:, :-1, :, 0], grid[:, :, 1:, 1] - grid[:, :, :-1, 1]
    for step in (down, right):
        assert step.unique().tolist() == list(range(8, 13)), "tiles never overlap, and lie 0 to 4 px apart"


def test_gap_0_cuts_tiles_that_touch_and_a_gap_that_does_not_fit_is_as_large_as_fits():
    touching = corners(tiles(addressed(5), 8, 0.0, jitter=True, generator=seeded())).view(-1, 3, 3, 2)
    assert (touching[:, 1:, :, 0] - touching[:, :-1, :, 0]).unique().tolist() == [8]
    widest = corners(tiles(addressed(5), 9, 1.0, jitter=False, generator=seeded())).view(-1, 3, 3, 2)
    assert (widest[:, 1:, :, 0] - widest[:, :-1, :, 0]).unique().tolist() == [10]


def test_shuffling_is_the_loop():
    features = torch.rand(3, 9, 5, generator=seeded())
    orders = torch.stack([torch.randperm(9, generator=seeded(k)) for k in range(6)]).view(3, 2, 9)
    mixed = shuffled(features, orders)
    assert mixed.shape == (3, 2, 9, 5)
    for n in range(3):
        for q in range(2):
            for j in range(9):
                assert torch.equal(mixed[n, q, j], features[n, orders[n, q, j]])


def test_loss_is_the_cross_entropy_over_permutations():
    logits = torch.randn(6, 5, generator=seeded(), dtype=torch.float64)
    chosen = [0, 4, 2, 2, 1, 3]
    terms = [math.log(sum(map(math.exp, o))) - o[y] for o, y in zip(logits.tolist(), chosen, strict=True)]
    loss, accuracy = puzzle_loss(logits, torch.tensor(chosen))
    assert float(loss) == pytest.approx(sum(terms) / 6, rel=1e-12)
    assert float(accuracy) == pytest.approx(
        sum(o[y] == max(o) for o, y in zip(logits.tolist(), chosen, strict=True)) / 6
    )
    assert float(puzzle_loss(torch.zeros(4, 24), torch.zeros(4, dtype=torch.int64))[0]) == pytest.approx(math.log(24))


def test_the_head_sees_the_tiles_in_the_order_that_it_is_asked_for():
    """With a head that reads off which tile came first, the right permutations are found from the features."""
    learner = learner_of("jigsaw")
    views, batch = learner._batch(0)
    step = learner.method.step(views, batch)
    chosen = step.peek["chosen"]
    assert chosen.shape == (len(batch.indices), learner.method.params.puzzles)
    assert step.peek["answers"].shape == (chosen.numel(), 24)
    assert 0 <= int(chosen.min()) <= int(chosen.max()) < 24


def test_boards_show_the_image_the_puzzle_and_the_answer():
    learner = learner_of("jigsaw", params={"puzzles": 1})
    method, (views, batch) = learner.method, learner._batch(0)
    step = method.step(views, batch)
    right = torch.nn.functional.one_hot(step.peek["chosen"].flatten(), 24).float()
    drawn = method.figure("jigsaw_tiles", views, batch, {**step.peek, "answers": right})
    image, puzzle, answer = drawn["images"]
    assert torch.equal(image, answer)
    assert torch.equal(image, board(step.peek["tiles"]))
    first = step.peek["tiles"][0, method.orders[step.peek["chosen"][0, 0]]]
    assert torch.equal(puzzle[0], board(first[None])[0])
    assert set(drawn["texts"][2]) == {"9 of 9 right"}
    bars = method.figure("jigsaw_places", views, batch, {**step.peek, "answers": right})
    assert bars["values"].tolist() == [[1.0] * 9]
    wrong = right.roll(1, dims=1)
    drawn = method.figure("jigsaw_tiles", views, batch, {**step.peek, "answers": wrong})
    assert not torch.equal(drawn["images"][2], image)
    bars = method.figure("jigsaw_places", views, batch, {**step.peek, "answers": wrong})
    assert float(bars["values"].max()) < 1.0


def seen_by(**params: object) -> Tensor:
    learner = learner_of("jigsaw", params={"grey": 0.0, **params})
    return learner.method.step(*learner._batch(0)).peek["tiles"]


def test_switches_change_what_the_network_sees():
    plain = seen_by(normalise=False)
    assert float(plain.min()) >= 0.0
    levels = seen_by().mean(dim=(3, 4)).flatten(0, 1)
    torch.testing.assert_close(levels, levels[:1].expand_as(levels), rtol=0, atol=1e-4)
    grey = seen_by(normalise=False, grey=1.0)
    assert float((grey - grey[:, :, :1]).abs().max()) == 0.0
    dropped = seen_by(normalise=False, drop=True)
    assert (dropped == plain).all(dim=(3, 4)).sum(2).unique().tolist() == [1]


def test_permutations_are_saved_and_chance_follows_their_number():
    method = method_of(config_of("jigsaw", {"permutations": 7}))
    assert method.state_dict()["orders"].shape == (7, 9)
    assert {line[2] for line in method.references(8)} == {math.log(7), 1 / 7}


@pytest.mark.parametrize(
    ("params", "changes", "field"),
    [
        ({"tile": 11}, {}, "tile"),
        ({"tile": 3}, {}, "tile"),
        ({"tile": 9}, {"backbone": "vit_d64"}, "tile"),
        ({"puzzles": 1}, {"batch_size": 1}, "batch_size"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(params, changes, field):
    with pytest.raises(MethodError) as refusal:
        method_of(config_of("jigsaw", params, **changes))
    assert refusal.value.field == field


def test_a_backbone_with_large_patches_is_refused_on_small_images():
    method = learner_of("jigsaw", backbone="vit_d64").method
    assert method.side == 8, "two of its patches"
    facts = dataclasses.replace(method.facts, view_sizes=((8, 8),))
    with pytest.raises(MethodError, match="Choose larger images") as refusal:
        type(method).require(method.params, facts, method.encoder)
    assert refusal.value.field == "tile"
