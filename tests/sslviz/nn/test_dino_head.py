"""DINO's head: what its parts promise."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import nn

from sslviz.nn.dino_head import DINOHead, WeightNormed


def test_the_last_layer_is_torchs_weight_norm():
    ours = WeightNormed(6, 4, fixed_length=False)
    theirs = nn.utils.parametrizations.weight_norm(nn.Linear(6, 4, bias=False))
    with torch.no_grad():
        ours.weight_g.copy_(torch.rand(4, 1) + 0.5)
        theirs.parametrizations.weight.original0.copy_(ours.weight_g)
        theirs.parametrizations.weight.original1.copy_(ours.weight_v)
    z = torch.randn(3, 6)
    torch.testing.assert_close(ours(z), theirs(z))


def test_logits_are_cosines_while_lengths_are_fixed():
    head = DINOHead(10, 16, 6, 12)
    logits = head(100 * torch.randn(50, 10))
    assert float(logits.detach().abs().max()) <= 1 + 1e-5
    z = head.bottleneck(torch.ones(1, 10))
    expected = F.cosine_similarity(z, head.last_layer.weight_v)
    torch.testing.assert_close(head(torch.ones(1, 10))[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm_last_layer", [True, False])
def test_lengths_begin_at_one_and_learn_only_where_they_may(norm_last_layer):
    head = DINOHead(10, 16, 6, 12, norm_last_layer=norm_last_layer)
    head(torch.randn(5, 10)).square().sum().backward()
    g = head.last_layer.weight_g
    assert torch.equal(g, torch.ones(12, 1))
    assert (g.grad is None) == norm_last_layer


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_layers_and_their_norms(layers, batch_norm):
    head = DINOHead(10, 16, 6, 12, layers=layers, batch_norm=batch_norm)
    assert sum(isinstance(m, nn.Linear) for m in head.mlp) == layers
    assert sum(isinstance(m, nn.BatchNorm1d) for m in head.mlp) == (layers - 1 if batch_norm else 0)
    assert head(torch.randn(4, 10)).shape == (4, 12)


def test_a_zero_vector_keeps_everything_finite():
    head = DINOHead(4, 8, 3, 5)
    z = torch.zeros(2, 3, requires_grad=True)
    head.classify(z).sum().backward()
    assert torch.isfinite(z.grad).all()


def test_logits_are_never_half_precise():
    head = DINOHead(4, 8, 3, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        z = head.bottleneck(torch.randn(2, 4))
        logits = head.classify(z)
    assert z.dtype == torch.bfloat16
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, head.classify(z.float()))
