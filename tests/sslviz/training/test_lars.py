"""LARS: its trust ratio, what it leaves alone, and a state that can be saved."""

import copy

import pytest
import torch
from torch import nn

from sslviz.training.lars import LARS, trust_ratio


def stepped(p: torch.Tensor, g: torch.Tensor, **settings) -> torch.Tensor:
    weight = nn.Parameter(p.clone())
    weight.grad = g
    LARS([weight], **{"lr": 0.5, "momentum": 0.0, **settings}).step()
    return weight.detach()


def test_a_matrix_moves_by_its_own_length():
    """Whatever the gradient's length: the step is lr * eta * |p| along it."""
    p, g = torch.randn(4, 3), torch.randn(4, 3)
    for scale in (1e-4, 1.0, 1e4):
        moved = stepped(p, scale * g, eta=0.01) - p
        torch.testing.assert_close(moved, -0.5 * 0.01 * p.norm() * g / g.norm(), rtol=1e-3, atol=1e-6)


def test_biases_take_the_plain_step_without_decay():
    p, g = torch.randn(4), torch.randn(4)
    torch.testing.assert_close(stepped(p, g, weight_decay=0.1), p - 0.5 * g)


@pytest.mark.parametrize(
    ("p", "update"), [(torch.zeros(2, 2), torch.ones(2, 2)), (torch.ones(2, 2), torch.zeros(2, 2))]
)
def test_a_zero_norm_is_not_divided_by(p, update):
    assert float(trust_ratio(p, update, 0.001)) == 1.0


def test_momentum_adds_up():
    weight = nn.Parameter(torch.zeros(3))
    optimiser = LARS([weight], lr=1.0, momentum=0.5)
    for expected in (-1.0, -2.5, -4.25):
        weight.grad = torch.ones(3)
        optimiser.step()
        assert weight.tolist() == [expected] * 3


def test_weights_without_gradient_stand_still():
    weights = [nn.Parameter(torch.ones(2, 2)) for _ in range(2)]
    weights[0].grad = torch.ones(2, 2)
    LARS(weights, lr=0.1, weight_decay=0.1).step()
    assert torch.equal(weights[1], torch.ones(2, 2))
    assert not torch.equal(weights[0], torch.ones(2, 2))


def test_goes_on_from_a_saved_state():
    def run(steps: int, weight: nn.Parameter, optimiser: LARS) -> None:
        for k in range(steps):
            weight.grad = torch.full((3, 2), 0.1 * (k + 1))
            optimiser.step()

    whole = nn.Parameter(torch.ones(3, 2))
    optimiser = LARS([whole], lr=0.1)
    run(2, whole, optimiser)
    resumed = nn.Parameter(whole.detach().clone())
    other = LARS([resumed], lr=0.1)
    other.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    run(2, whole, optimiser)
    run(2, resumed, other)
    assert torch.equal(whole, resumed)


def test_a_closure_is_called_with_gradients_and_its_loss_returned():
    weight = nn.Parameter(torch.ones(2, 2))
    optimiser = LARS([weight], lr=0.1)

    def closure() -> float:
        loss = weight.square().sum()
        loss.backward()
        return loss.item()

    assert optimiser.step(closure) == 4.0
    assert not torch.equal(weight, torch.ones(2, 2))


@pytest.mark.parametrize("wrong", [{"lr": -1}, {"momentum": 1.0}, {"weight_decay": -0.1}, {"eta": 0}])
def test_settings_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="LARS cannot work"):
        LARS([nn.Parameter(torch.ones(1))], **{"lr": 0.1, **wrong})


def test_a_limited_trust_ratio_never_outruns_sgd():
    """solo-learn's clip_lr: min(ratio / lr, 1)."""
    p, small, large = torch.ones(2, 2), torch.full((2, 2), 1e-3), torch.full((2, 2), 1e3)
    torch.testing.assert_close(stepped(p, small, eta=0.02, clip=True), p - 0.5 * small)
    ratio = 0.02 * p.norm() / large.norm()
    torch.testing.assert_close(stepped(p, large, eta=0.02, clip=True), p - ratio * large)
    assert torch.equal(stepped(p, small, lr=0.0, clip=True), p)
