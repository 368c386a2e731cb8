"""Maps and masks: what is kept, what rollout adds up, how a map is scored against an object."""

import math

import pytest
import torch
from sklearn.metrics import roc_auc_score

from sslviz.metrics.attention import auroc, jaccard, mass_mask, rollout, to_pixels


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9, 1.0])
def test_the_fewest_patches_that_hold_the_share(share):
    maps = torch.rand(4, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for one, kept in zip(maps, mass_mask(maps, share), strict=True):
        by_mass = sorted((one / one.sum()).tolist(), reverse=True)
        count = next(k for k in range(1, 51) if sum(by_mass[:k]) >= share - 1e-12)
        assert int(kept.sum()) == count
        assert one[kept].min() >= (one[~kept].max() if (~kept).any() else 0)


def test_scale_does_not_count():
    maps = torch.rand(3, 20)
    assert (mass_mask(maps) == mass_mask(7 * maps)).all()


def test_patches_become_squares():
    assert to_pixels(torch.tensor([[1, 2], [3, 4]]), 2).tolist() == [
        [1, 1, 2, 2],
        [1, 1, 2, 2],
        [3, 3, 4, 4],
        [3, 3, 4, 4],
    ]


def test_rollout_of_attention_to_oneself_is_the_identity():
    still = torch.eye(5).expand(3, 2, 5, 5)
    assert torch.allclose(rollout(still), torch.eye(5))
    moved = rollout(torch.softmax(torch.randn(4, 2, 6, 6), dim=-1))
    assert torch.allclose(moved.sum(-1), torch.ones(6), atol=1e-5)


def test_auroc_is_scikit_learns_ties_included():
    generator = torch.Generator().manual_seed(1)
    scores = torch.randint(0, 6, (5, 40), generator=generator).float()
    truth = torch.rand(5, 40, generator=generator) < 0.3
    expected = [roc_auc_score(t.numpy(), s.numpy()) for t, s in zip(truth, scores, strict=True)]
    assert auroc(scores, truth).tolist() == pytest.approx(expected, rel=1e-12)
    assert math.isnan(float(auroc(scores[0], torch.zeros(40, dtype=torch.bool))))


def test_jaccard():
    found, truth = torch.tensor([True, True, False, False]), torch.tensor([True, False, True, False])
    assert float(jaccard(found, truth)) == pytest.approx(1 / 3)
    assert math.isnan(float(jaccard(~(found | ~found), ~(found | ~found))))
