"""Alignment and uniformity: loops of their definitions, their ends, and their blind spots."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslviz.metrics import alignment, uniformity


def random_rows(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def unit_rows(z: torch.Tensor) -> list[list[float]]:
    return [[x / math.hypot(*row) for x in row] for row in z.tolist()]


def test_alignment_is_the_loop():
    x, y = random_rows(7, 5), random_rows(7, 5, seed=1)
    pairs = zip(unit_rows(x), unit_rows(y), strict=True)
    expected = sum(math.dist(a, b) ** 2 for a, b in pairs) / 7
    assert float(alignment(x, y)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_uniformity_is_the_loop_over_pairs(t):
    """Each pair once, and no row with itself: the full matrix would give -1.9 instead of -3.5."""
    x = random_rows(8, 6)
    rows = unit_rows(x)
    potentials = [math.exp(-t * math.dist(rows[i], rows[j]) ** 2) for i in range(8) for j in range(i)]
    assert float(uniformity(x, t)) == pytest.approx(math.log(sum(potentials) / len(potentials)), rel=1e-12)


@given(st.integers(2, 20), st.integers(1, 10), st.integers(0, 1000), st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_ranges_and_scale(n, d, seed, factor):
    x, y = random_rows(n, d, seed), random_rows(n, d, seed + 1)
    assert 0 <= float(alignment(x, y)) <= 4 + 1e-9
    assert -8 - 1e-9 <= float(uniformity(x)) <= 1e-9
    torch.testing.assert_close(uniformity(factor * x), uniformity(x))
    torch.testing.assert_close(alignment(factor * x, y), alignment(x, y))


def test_collapse_is_perfect_alignment_and_worst_uniformity():
    z = torch.ones(16, 8)
    assert float(alignment(z, 3 * z)) == pytest.approx(0, abs=1e-12)
    assert float(uniformity(z)) == 0


def test_evenly_spread_in_many_dimensions_is_about_minus_four():
    assert float(uniformity(random_rows(1000, 512))) == pytest.approx(-4, abs=0.05)


def test_opposite_views_are_worst():
    z = random_rows(5, 3)
    assert float(alignment(z, -z)) == pytest.approx(4)


def test_one_row_has_no_pairs():
    assert math.isnan(uniformity(torch.ones(1, 4)))


def test_near_collapse_keeps_its_digits():
    """Rows a thousandth apart: only direct distances see them well in float32."""
    z = torch.tensor([[1.0, 0.0], [1.0, 1e-3]])
    assert float(uniformity(z)) == pytest.approx(-2e-6, rel=0.05)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_rows_are_measured_in_float32(dtype):
    x = random_rows(32, 16).to(dtype)
    assert uniformity(x).dtype == alignment(x, x).dtype == torch.float32
    torch.testing.assert_close(uniformity(x), uniformity(x.float()))


def test_gradients_are_finite_at_coinciding_and_zero_rows():
    z = torch.randn(6, 4)
    z[1] = z[0]
    z[2] = 0
    z.requires_grad_()
    (uniformity(z) + alignment(z, z.detach().roll(1, 0))).backward()
    assert torch.isfinite(z.grad).all()
