"""EMA: parameters follow, buffers do not."""

import copy

import pytest
import torch
from torch import nn

from sslviz.nn.ema import ema_update


def pair() -> tuple[nn.Module, nn.Module]:
    student = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    teacher = copy.deepcopy(student)
    student(torch.rand(8, 4))  # moves the student's statistics
    for p in student.parameters():
        p.data.add_(1.0)
    return teacher, student


def test_parameters_move_by_their_share():
    teacher, student = pair()
    before = [p.clone() for p in teacher.parameters()]
    ema_update(teacher, student, 0.9)
    for now, old, new in zip(teacher.parameters(), before, student.parameters(), strict=True):
        torch.testing.assert_close(now.data, 0.9 * old.data + 0.1 * new.data)


def test_statistics_stay_the_teachers_own():
    teacher, student = pair()
    before = [b.clone() for b in teacher.buffers()]
    ema_update(teacher, student, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(teacher.buffers(), before, strict=True))
    assert not torch.equal(teacher[1].running_mean, student[1].running_mean)


@pytest.mark.parametrize(("momentum", "like"), [(1.0, "before"), (0.0, "student")])
def test_ends_of_the_scale(momentum, like):
    teacher, student = pair()
    expected = copy.deepcopy(teacher if like == "before" else student)
    ema_update(teacher, student, momentum)
    assert all(torch.equal(a, b) for a, b in zip(teacher.parameters(), expected.parameters(), strict=True))


def test_no_gradient_flows_to_the_student():
    teacher, student = pair()
    ema_update(teacher, student, 0.5)
    assert all(p.grad_fn is None for p in teacher.parameters())


def test_networks_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"differ in \['1.weight'"):
        ema_update(
            nn.Sequential(nn.Linear(2, 2, bias=False)), nn.Sequential(nn.Linear(2, 2, bias=False), nn.PReLU()), 0.9
        )


def test_a_momentum_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="lies in"):
        ema_update(*pair(), 1.1)
