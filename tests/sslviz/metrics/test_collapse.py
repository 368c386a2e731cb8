"""Collapse: a point, a line, and what is healthy; the standard deviation and the spectrum see different ones."""

import math

import pytest
import torch

from sslviz.metrics import collapse_level, feature_std, rankme, singular_values


def random_rows(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_std_is_the_loop():
    z = random_rows(9, 4)
    unit = [[x / math.hypot(*row) for x in row] for row in z.tolist()]
    columns = list(zip(*unit, strict=True))
    expected = sum(math.sqrt(sum((x - sum(c) / 9) ** 2 for x in c) / 8) for c in columns) / 4
    assert float(feature_std(z)) == pytest.approx(expected, rel=1e-12)


def test_spread_evenly_is_one_over_root_d():
    assert float(feature_std(random_rows(5000, 64))) * 8 == pytest.approx(1, abs=0.02)
    assert float(collapse_level(random_rows(5000, 64))) == pytest.approx(0, abs=0.02)


def test_a_point_has_no_spread_and_rank_one():
    z = torch.ones(32, 16)
    assert float(feature_std(z)) == pytest.approx(0, abs=1e-7)
    assert float(collapse_level(z)) == pytest.approx(1, abs=1e-6)
    assert float(rankme(z)) == pytest.approx(1, abs=1e-3)


def test_a_line_is_seen_by_the_rank_alone():
    """Both signs of one direction: the spread is near its best, the rank is 1 (dimensional collapse)."""
    line = torch.randn(64, 1, dtype=torch.float64) @ torch.ones(1, 16, dtype=torch.float64)
    assert float(collapse_level(line)) < 0.3
    assert float(rankme(line)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("rank", [1, 4, 16])
def test_equal_singular_values_count_the_directions(rank):
    basis, _ = torch.linalg.qr(random_rows(64, 16))
    z = basis[:, :rank] @ torch.eye(rank, 16, dtype=torch.float64)
    assert float(rankme(z)) == pytest.approx(rank, rel=1e-4)


def test_rank_does_not_know_the_scale():
    z = random_rows(64, 16)
    torch.testing.assert_close(rankme(1000 * z), rankme(z))


def test_rank_is_neither_centred_nor_of_squares():
    """A cloud far from the origin is one direction; its centred copy is many."""
    cloud = random_rows(256, 16) + 100
    assert float(rankme(cloud)) < 2.5
    assert float(rankme(cloud - cloud.mean(0))) > 14
    s = singular_values(random_rows(64, 16))
    p = s / s.sum()
    assert float(rankme(random_rows(64, 16))) == pytest.approx(float((-(p * p.log()).sum()).exp()), rel=1e-4)


def test_singular_values_are_of_the_matrix_as_it_is():
    z = torch.diag(torch.tensor([3.0, 2.0, 1.0]))
    torch.testing.assert_close(singular_values(z), torch.tensor([3.0, 2.0, 1.0]))
    assert singular_values(random_rows(5, 9)).shape == (5,)


@pytest.mark.parametrize("z", [torch.zeros(8, 4), torch.full((8, 4), math.nan), torch.full((8, 4), math.inf)])
def test_undefined_is_nan_and_no_error(z):
    assert math.isnan(rankme(z))


def test_one_row_has_no_spread_to_measure():
    assert math.isnan(feature_std(torch.ones(1, 4)))


def test_half_rows_are_measured_in_float32():
    z = random_rows(32, 16).half()
    assert rankme(z).dtype == feature_std(z).dtype == torch.float32
