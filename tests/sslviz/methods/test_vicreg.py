"""VICReg: its equations in a naive loop, its three terms, and what becomes of z when one of them weighs nothing."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods.vicreg import EPS, correlation, covariance, invariance, variance, vicreg_terms
from tests.sslviz.methods.noisy import IMAGES, a_batch, build, noisy_views, train


def pair(n: int = 6, d: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z0, z1 = (torch.randn(n, d, generator=generator, dtype=torch.float64) / 2 for _ in range(2))
    return z0, z1


def cov(z: Tensor) -> list[list[float]]:
    """Covariance of the dimensions, written down, divided by n - 1."""
    columns = z.T.tolist()
    centred = [[v - sum(c) / len(c) for v in c] for c in columns]
    return [[sum(a * b for a, b in zip(x, y, strict=True)) / (len(z) - 1) for y in centred] for x in centred]


def eq_1(z: Tensor) -> float:
    c = cov(z)
    return sum(max(0.0, 1 - math.sqrt(c[j][j] + EPS)) for j in range(len(c))) / len(c)


def eq_4(z: Tensor) -> float:
    c = cov(z)
    dims = range(len(c))
    return sum(c[i][j] ** 2 for i in dims for j in dims if i != j) / len(c)


def test_terms_are_the_papers():
    z0, z1 = pair()
    like, spread, double = vicreg_terms(z0, z1)
    squares = [(a - b) ** 2 for u, v in zip(z0.tolist(), z1.tolist(), strict=True) for a, b in zip(u, v, strict=True)]
    assert float(like) == pytest.approx(sum(squares) / len(squares))
    assert float(spread) == pytest.approx((eq_1(z0) + eq_1(z1)) / 2)
    assert float(double) == pytest.approx(eq_4(z0) + eq_4(z1))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(1, 6), st.floats(0.01, 100), st.integers(0, 999))
def test_ranges_and_offsets(n, d, scale, seed):
    z0, z1 = (scale * z for z in pair(n, d, seed))
    like, spread, double = (float(term) for term in vicreg_terms(z0, z1))
    assert like >= 0
    assert 0 <= spread <= 1
    assert double >= 0
    moved = [float(term) for term in vicreg_terms(z0 + 3, z1 + 3)]
    assert moved == pytest.approx([like, spread, double], rel=1e-6, abs=1e-9)


def test_equal_rows_cost_the_whole_variance_term_and_nothing_else():
    z = torch.ones(6, 4, requires_grad=True)
    terms = vicreg_terms(z, z)
    assert [term.item() for term in terms] == pytest.approx([0.0, 1 - EPS**0.5, 0.0])
    sum(terms).backward()
    assert bool(z.grad.isfinite().all())


def test_spread_wide_enough_costs_nothing():
    z, _ = pair()
    assert variance(100 * z).item() == 0
    assert invariance(z, z).item() == 0
    assert covariance(z[:, :1]).item() == 0


# --- the method --------------------------------------------------------------------------------------------------------


def test_the_loss_is_the_weighted_sum_of_the_parts_shown():
    step = build("vicreg", invariance=3.0, variance=5.0, covariance=7.0).step(noisy_views(0), a_batch())
    p = step.parts
    torch.testing.assert_close(step.loss.detach(), 3 * p["invariance"] + 5 * p["variance"] + 7 * p["covariance"])
    z = step.peek["z"]
    assert [p[name].item() for name in p] == pytest.approx([t.item() for t in vicreg_terms(z[:IMAGES], z[IMAGES:])])


def test_the_line_of_collapse_follows_the_weight():
    model = build("vicreg")
    assert model.references(128)[0][2] == pytest.approx(24.75)
    model.set_param("variance", 10.0)
    assert model.references(128)[0][2] == pytest.approx(9.9)


def test_figures_show_deviations_and_correlations():
    model, views = build("vicreg"), noisy_views(0)
    peek = model.step(views, a_batch()).peek
    drawn = model.figure("vicreg_deviation", views, a_batch(), peek)
    expected = peek["z"][:IMAGES].std(0).sort(descending=True).values
    torch.testing.assert_close(drawn["values"][0], expected)
    assert drawn["line"].tolist() == [1.0]
    values = model.figure("vicreg_correlation", views, a_batch(), peek)["values"]
    torch.testing.assert_close(values, torch.corrcoef(peek["z"].T), rtol=1e-3, atol=1e-4)


def test_a_dimension_that_does_not_vary_has_correlation_0():
    z, _ = pair()
    z[:, 1] = 2.0
    assert correlation(z)[1].abs().max().item() == 0


def test_without_variance_all_images_fall_onto_one_point():
    intact, model = train(build("vicreg"), 60), build("vicreg", variance=0.0)
    collapsed = train(model, 60)
    assert intact.spread > 0.7
    assert collapsed.spread < 0.7 * intact.spread
    parts = model.step(noisy_views(0), a_batch()).parts
    assert parts["variance"].item() > 0.9


def test_without_covariance_fewer_directions_are_left():
    assert train(build("vicreg", covariance=0.0), 60).rank < 0.6 * train(build("vicreg"), 60).rank
