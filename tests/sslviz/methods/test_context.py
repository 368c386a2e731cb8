"""Context prediction: where pairs come from, its loss, its switches, what it refuses."""

import math

import pytest
import torch
from torch import Tensor

from sslviz.methods import MethodError
from sslviz.methods.context import OFFSETS, PLACES, neighbours, place_loss
from sslviz.nn.shortcuts import project_colours, through_lens
from tests.sslviz.methods.learners import config_of, learner_of, method_of


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def addressed(n: int, height: int = 32, width: int = 32) -> Tensor:
    """Images whose first channel is each pixel's row and whose second is its column."""
    rows, columns = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    return torch.stack([rows, columns, torch.zeros_like(rows)]).expand(n, -1, -1, -1)


def offsets(
    gap: float, jitter: float, side: int = 8, size: tuple[int, int] = (32, 32)
) -> tuple[Tensor, Tensor, Tensor]:
    """Corners of the first patches, from first to second corner, and the place that is said: (M, 2), (M, 2), (M,)."""
    pairs, place = neighbours(addressed(300, *size), 4, side, gap, jitter, seeded())
    assert pairs.shape == (300, 4, 2, 3, side, side)
    corners = pairs[:, :, :, :2, 0, 0].long().flatten(0, 1)  # (M, 2, 2)
    return corners[:, 0], corners[:, 1] - corners[:, 0], place.flatten()


@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
def test_neighbours_lie_where_they_are_said_to_lie(size):
    _, step, place = offsets(0.5, 0.0, size=size)
    assert torch.equal(step, 12 * torch.tensor(OFFSETS)[place])
    assert place.bincount(minlength=8).tolist() == pytest.approx([150] * 8, abs=45)


def test_jitter_moves_them_both_ways_but_never_into_one_another():
    _, step, place = offsets(0.5, 0.25)
    moved = step - 12 * torch.tensor(OFFSETS)[place]
    assert moved.unique().tolist() == [-2, -1, 0, 1, 2]
    _, step, place = offsets(0.125, 0.5)  # a gap of 1 px
    assert bool((step.abs().amax(1) >= 8).all())
    _, step, _ = offsets(0.0, 0.5)
    assert sorted(step.abs().unique().tolist()) == [0, 8]


def test_pairs_come_from_all_over_the_image():
    first, step, _ = offsets(0.5, 0.15)
    both = torch.cat([first, first + step])
    assert both.amin(0).tolist() == [0, 0]
    assert both.amax(0).tolist() == [24, 24]


def test_a_gap_that_does_not_fit_is_as_large_as_fits():
    _, step, _ = offsets(1.0, 0.5, side=14)
    assert step.abs().unique().tolist() == [0, 18]


def test_places_are_named_as_seen_from_the_first_patch():
    assert dict(zip(PLACES, OFFSETS, strict=True))["bottom left"] == (1, -1)
    assert len(set(OFFSETS)) == 8


def test_loss_is_the_cross_entropy_over_places():
    logits = torch.randn(6, 8, generator=seeded(), dtype=torch.float64)
    place = [0, 7, 2, 2, 5, 3]
    terms = [math.log(sum(map(math.exp, o))) - o[k] for o, k in zip(logits.tolist(), place, strict=True)]
    loss, accuracy = place_loss(logits, torch.tensor(place))
    assert float(loss) == pytest.approx(sum(terms) / 6, rel=1e-12)
    assert float(accuracy) == pytest.approx(
        sum(o[k] == max(o) for o, k in zip(logits.tolist(), place, strict=True)) / 6
    )
    assert {line[2] for line in learner_of("context").method.references(8)} == {math.log(8), 1 / 8}


def seen_by(**params: object) -> Tensor:
    """The first pairs of a batch; whatever the switches, they are cut in the same places."""
    learner = learner_of("context", params={"drop": False, **params})
    return learner.method.step(*learner._batch(0)).peek["patches"]


def test_switches_change_what_the_network_sees():
    plain = seen_by()
    torch.testing.assert_close(seen_by(projection=True), project_colours(plain.flatten(0, 1)).view(plain.shape))
    kept = (seen_by(drop=True) == plain).all(dim=(3, 4)).sum(2)
    assert kept.unique().tolist() == [1]


def test_lens_fringes_are_drawn_into_the_whole_image():
    learner = learner_of("context", params={"drop": False, "aberration": True})
    views, batch = learner._batch(0)
    patches = learner.method.step(views, batch).peek["patches"]
    again = learner_of("context", params={"drop": False})
    (_, same) = again._batch(0)
    expected = again.method.step([through_lens(views[0][0])[None]], same).peek["patches"]
    torch.testing.assert_close(patches, expected)


def test_figures_count_right_answers_by_place():
    learner = learner_of("context")
    method, (views, batch) = learner.method, learner._batch(0)
    step = method.step(views, batch)
    right = torch.nn.functional.one_hot(step.peek["places"], 8).float()
    present = right.sum(0) > 0
    bars = method.figure("context_places", views, batch, {**step.peek, "answers": right})
    assert bars["values"][0].tolist() == present.float().tolist()
    always_left = torch.zeros_like(right)
    always_left[:, 3] = 1.0
    confusion = method.figure("context_confusion", views, batch, {**step.peek, "answers": always_left})
    assert torch.equal(confusion["values"][:, 3], present.float())
    drawn = method.figure("context_tiles", views, batch, {**step.peek, "answers": right})
    true, told = drawn["texts"]
    assert told == [f"{place} (100%)" for place in true]
    assert torch.equal(*drawn["images"])
    drawn = method.figure("context_tiles", views, batch, {**step.peek, "answers": always_left})
    side, board = method.side, drawn["images"][1, 0]
    middle = slice(side + 1, 2 * side + 1)
    assert torch.equal(board[:, middle, middle], step.peek["patches"][0, 0])
    assert torch.equal(board[:, middle, :side], step.peek["patches"][0, 1])
    assert float((board[:, :side] - 0.5).abs().max()) == 0.0


@pytest.mark.parametrize(
    ("params", "changes", "field"),
    [
        ({"patch": 17}, {}, "patch"),
        ({"patch": 2}, {}, "patch"),
        ({"patch": 10}, {"backbone": "vit_d64"}, "patch"),
        ({"pairs": 1}, {"batch_size": 1}, "batch_size"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(params, changes, field):
    with pytest.raises(MethodError) as refusal:
        method_of(config_of("context", params, **changes))
    assert refusal.value.field == field
