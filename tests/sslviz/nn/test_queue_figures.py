"""Pictures of a queue: its ring, the push by age, and how stale its keys are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslviz.nn.queue_figures import AGES, EACH, SIDE, SPECIMENS, Specimens, push_by_age, ring


@pytest.mark.parametrize(("size", "side"), [(16, 4), (20, 4), (4096, 64), (65_536, SIDE)])
def test_the_ring_is_a_square_row_by_row(size, side):
    cells = ring(torch.arange(size))
    assert cells.shape == (side, side)
    assert cells.flatten().tolist() == sorted(cells.flatten().tolist())
    assert cells[0, 0] == 0
    assert int(cells[-1, -1]) >= size - -(-size // side**2)


def test_push_is_averaged_by_age():
    bars = push_by_age(torch.tensor([1.0, 3.0, 0.5, 4.0]), torch.tensor([2, 2, 7, 3]))
    assert bars["names"] == ["2", "3", "7"]
    assert bars["values"].tolist() == [[2.0, 4.0, 0.5]]


def test_many_ages_share_bars():
    bars = push_by_age(torch.ones(1000), torch.arange(1, 1001))
    assert len(bars["names"]) <= AGES
    assert bars["names"][0] == "1-32"
    assert bars["values"].tolist() == [[1.0] * len(bars["names"])]


def picture(seed: int) -> torch.Tensor:
    return torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(seed))


def test_specimens_span_the_age_of_the_queue():
    specimens = Specimens(2, (4, 4))
    for step in range(1, 200):
        specimens.keep(torch.ones(6, 2), picture(step).expand(6, -1, -1, -1), step, steps=96)
    born, each = specimens.keys.born.unique(return_counts=True)
    assert each.tolist() == [EACH] * SPECIMENS
    assert (len(born), born.diff().unique().tolist()) == (SPECIMENS, [3])
    assert 199 - int(born[0]) in range(93, 99)


def test_nothing_is_drawn_before_there_is_a_specimen():
    specimens = Specimens(2, (4, 4))
    assert specimens.staleness(nn.Flatten(), torch.rand(3, 3, 4, 4), torch.ones(3, 48), 1) == {}


def test_a_teacher_that_stays_makes_the_same_keys_and_one_that_turned_does_not():
    torch.manual_seed(0)
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(48, 8))
    specimens = Specimens(8, (4, 4))
    for step in range(1, 6):
        specimens.keep(teacher(picture(step)).detach(), picture(step), step, steps=5)
    views = torch.cat([picture(9), picture(10)])
    fresh = specimens.staleness(teacher, views, teacher(views).detach(), 5)
    assert fresh["x"].tolist() == [0, 1, 2, 3, 4]
    torch.testing.assert_close(fresh["values"], torch.ones(1, 5))
    torch.testing.assert_close(fresh["line"], torch.ones(1))
    with torch.no_grad():
        teacher[1].weight.neg_()
        teacher[1].bias.neg_()
    stale = specimens.staleness(teacher, views, teacher(views).detach(), 5)
    torch.testing.assert_close(stale["values"], -torch.ones(1, 5))
    torch.testing.assert_close(stale["line"], torch.ones(1))


def test_looking_leaves_the_teachers_statistics_alone():
    teacher = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(48))
    specimens = Specimens(48, (4, 4))
    specimens.keep(torch.ones(1, 48), picture(1), 1, steps=1)
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    with torch.inference_mode():
        specimens.staleness(teacher, torch.rand(3, 3, 4, 4), torch.ones(3, 48), 2)
    assert all(torch.equal(before[name], value) for name, value in teacher.state_dict().items())
