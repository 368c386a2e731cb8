"""Heads: layers, norms and biases where they belong."""

import pytest
import torch
from torch import nn

from sslviz.nn.heads import mlp


def kinds(head: nn.Sequential) -> list[str]:
    return [type(layer).__name__ for layer in head]


def test_with_batch_norm():
    head = mlp([8, 16, 4], batch_norm=True)
    assert kinds(head) == ["Linear", "BatchNorm1d", "ReLU", "Linear"]
    assert head[0].bias is None
    assert head[3].bias is not None
    assert head(torch.rand(5, 8)).shape == (5, 4)


def test_without_batch_norm_every_layer_has_a_bias():
    head = mlp([8, 16, 16, 4], batch_norm=False)
    assert kinds(head) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert all(layer.bias is not None for layer in head if isinstance(layer, nn.Linear))


def test_batch_norm_after_the_last_layer_takes_its_bias():
    head = mlp([8, 16, 4], batch_norm=True, last_batch_norm=True)
    assert kinds(head)[-1] == "BatchNorm1d"
    assert head[3].bias is None
    z = head(torch.rand(64, 8))
    torch.testing.assert_close(z.mean(0), torch.zeros(4), rtol=0, atol=1e-5)


def test_last_bias_can_be_left_out():
    assert mlp([8, 4], batch_norm=False, last_bias=False)[0].bias is None


@pytest.mark.parametrize("sizes", [[8], [], [8, 0, 4]])
def test_sizes_that_make_no_head(sizes):
    with pytest.raises(ValueError, match="at least two positive sizes"):
        mlp(sizes, batch_norm=True)
