"""A twin starts as a copy, shares nothing, and is not trained."""

import torch
from torch import nn

from sslviz.nn.twin import straight_through, twin


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))


def test_starts_as_an_exact_copy_in_the_same_mode():
    net = network().eval()
    copied = twin(net)
    assert not copied.training
    assert copied.state_dict().keys() == net.state_dict().keys()
    assert all(torch.equal(copied.state_dict()[name], value) for name, value in net.state_dict().items())


def test_shares_no_tensor():
    net = network()
    copied = twin(net)
    before = {name: value.clone() for name, value in copied.state_dict().items()}
    with torch.no_grad():
        for value in net.state_dict().values():
            value.add_(1)
    assert all(torch.equal(copied.state_dict()[name], value) for name, value in before.items())


def test_no_gradient_reaches_its_weights_but_its_inputs():
    copied, x = twin(network()), torch.randn(5, 4, requires_grad=True)
    copied(x).square().sum().backward()
    assert all(weight.grad is None for weight in copied.parameters())
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def test_leaves_the_first_network_trainable():
    net = network()
    twin(net)
    assert all(weight.requires_grad for weight in net.parameters())


def test_straight_through_has_the_copys_values_and_the_originals_gradient():
    net, x = network(), torch.randn(5, 4)
    copied, reference = twin(net), twin(net)
    with torch.no_grad():
        net[0].weight.add_(0.5)  # the two have parted
    reference.requires_grad_(True)
    reference(x).square().sum().backward()
    z = straight_through(copied, net, x)
    assert torch.equal(z, twin(reference)(x))
    z.square().sum().backward()
    assert all(weight.grad is None for weight in copied.parameters())
    for mine, theirs in zip(net.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad)


def test_straight_through_moves_the_copys_statistics_only():
    net, x = network(), torch.randn(5, 4)
    copied = twin(net)
    straight_through(copied, net, x)
    assert copied[1].num_batches_tracked == 1
    assert net[1].num_batches_tracked == 0
