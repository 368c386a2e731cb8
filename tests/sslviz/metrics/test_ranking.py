"""Ranking: the positive's place among the others, with ties against the model."""

import pytest
import torch

from sslviz.metrics import positive_ranks, rank_accuracy


def random_rows(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_is_the_loop():
    z0, z1 = random_rows(9, 4), random_rows(9, 4, seed=1)
    z = torch.nn.functional.normalize(torch.cat([z0, z1]), dim=1)
    expected = []
    for i in range(18):
        j = (i + 9) % 18
        rivals = [float(z[i] @ z[k]) for k in range(18) if k not in (i, j)]
        expected.append(sum(s >= float(z[i] @ z[j]) for s in rivals))
    assert positive_ranks(z0, z1).tolist() == expected


def test_equal_views_are_first():
    z = random_rows(20, 8)
    assert rank_accuracy(z, 3 * z) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
@pytest.mark.parametrize("n", [2, 8, 33, 256])
def test_collapse_is_last_and_not_first(n, dtype):
    """All cosines are one but for rounding: every other view ties with the positive, and ties count against the model."""
    z = random_rows(1, 48).expand(n, 48).to(dtype)
    top1, _, position = rank_accuracy(z, z)
    assert top1 == 0.0
    assert position == 2 * n - 1


def test_nearly_collapsed_rows_tie_as_well():
    z = 1 + 1e-6 * random_rows(16, 32)
    assert rank_accuracy(z.float(), z.float())[0] == 0.0


def test_top5_counts_the_first_five():
    """On a circle: image k's views lie 1 degree apart, and four other views in between."""
    first = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, 90.0]).deg2rad()
    second = torch.tensor([5.0, 40.0, 60.0, 70.0, 80.0, 91.0]).deg2rad()
    z0, z1 = (torch.stack([a.cos(), a.sin()], dim=1) for a in (first, second))
    ranks = positive_ranks(z0, z1)
    assert int(ranks[0]) == 4
    top1, top5, position = rank_accuracy(z0, z1)
    assert top1 == pytest.approx(float((ranks == 0).double().mean()))
    assert top5 == pytest.approx(float((ranks < 5).double().mean()))
    assert position == pytest.approx(1 + float(ranks.double().mean()))
    assert 0 < top1 < top5 < 1


def test_one_image_has_no_rivals():
    assert rank_accuracy(random_rows(1, 4), random_rows(1, 4, seed=1)) == (1.0, 1.0, 1.0)
