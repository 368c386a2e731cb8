"""Prototypes and the cross-entropy between crops, against loops written down."""

import math

import pytest
import torch

from sslviz.nn.prototypes import Prototypes, cross_entropies, of_other_crops, pairs, shares


def distributions(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).softmax(-1)


def test_cross_entropies_equal_the_loop():
    targets, predictions = distributions(2, 3, 5), distributions(4, 3, 5, seed=1)
    got = cross_entropies(targets, predictions.log())
    for t in range(2):
        for v in range(4):
            pairs_ = [(targets[t, b, k], predictions[v, b, k]) for b in range(3) for k in range(5)]
            assert got[t, v].item() == pytest.approx(-sum(float(q * p.log()) for q, p in pairs_) / 3, rel=1e-12)


def test_a_crop_is_never_compared_with_itself():
    values = torch.arange(1.0, 9.0).view(2, 4)
    assert of_other_crops(values).tolist() == [[0, 2, 3, 4], [5, 0, 7, 8]]
    assert pairs(2, 4) == 6 == int((of_other_crops(values) > 0).sum())


def test_shares_add_up_to_the_mean():
    crossed = of_other_crops(torch.rand(2, 6, generator=torch.Generator().manual_seed(0)))
    parts = shares(crossed, 2)
    assert set(parts) == {"global", "local"}
    torch.testing.assert_close(sum(parts.values()), crossed.sum() / 10)
    assert set(shares(crossed[:, :2], 2)) == {"global"}


def test_prototypes_return_to_unit_length_without_a_gradient():
    prototypes = Prototypes(4, 3)
    with torch.no_grad():
        prototypes.weight.mul_(5).mul_(torch.tensor([[1.0], [2.0], [0.0]]))
    prototypes.normalise()
    torch.testing.assert_close(prototypes.weight.norm(dim=1), torch.tensor([1.0, 1.0, 0.0]))
    assert prototypes.weight.grad is None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_scores_are_never_half_precise(dtype):
    prototypes, u = Prototypes(8, 5), torch.eye(8, dtype=dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = prototypes(u)
    assert scores.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    torch.testing.assert_close(scores.float(), prototypes.weight.T)


def test_untrained_prototypes_are_directions():
    weight = Prototypes(128, 64).weight
    torch.testing.assert_close(weight.norm(dim=1), torch.ones(64))
    cosines = (weight.detach() @ weight.detach().T).fill_diagonal_(0)
    assert float(cosines.abs().max()) < 6 / math.sqrt(128)
