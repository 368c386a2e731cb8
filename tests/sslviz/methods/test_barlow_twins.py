"""Barlow Twins: its equations in a naive loop, its epsilon, its picture, and what λ = 0 does."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods.barlow_twins import EPS, barlow_loss, barlow_terms, cross_correlation
from tests.sslviz.methods.noisy import IMAGES, a_batch, build, noisy_views, train


def pair(n: int = 6, d: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z0, z1 = (torch.randn(n, d, generator=generator, dtype=torch.float64) for _ in range(2))
    return z0, z1


def eq_2(z0: Tensor, z1: Tensor) -> list[list[float]]:
    """C, written down: each dimension centred, divided by the root of the biased variance plus epsilon."""

    def column(z: Tensor, i: int) -> list[float]:
        values = z[:, i].tolist()
        mean = sum(values) / len(values)
        deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values) + EPS)
        return [(v - mean) / deviation for v in values]

    dims = range(z0.shape[1])
    return [
        [sum(a * b for a, b in zip(column(z0, i), column(z1, j), strict=True)) / len(z0) for j in dims] for i in dims
    ]


@pytest.mark.parametrize("lambda_", [0.0, 0.0051, 0.1])
def test_is_the_papers_sum(lambda_):
    z0, z1 = pair()
    c = eq_2(z0, z1)
    dims = range(len(c))
    on = sum((1 - c[i][i]) ** 2 for i in dims)
    off = sum(c[i][j] ** 2 for i in dims for j in dims if i != j)
    loss, got = barlow_loss(z0, z1, lambda_)
    torch.testing.assert_close(got, torch.tensor(c, dtype=torch.float64))
    assert float(loss) == pytest.approx(on + lambda_ * off)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(1, 6), st.integers(0, 999))
def test_correlations_lie_in_minus_1_to_1_and_ignore_scale_and_offset(n, d, seed):
    z0, z1 = pair(n, d, seed)
    c = cross_correlation(100 * z0, 100 * z1)
    assert float(c.abs().max()) <= 1
    torch.testing.assert_close(cross_correlation(100 * z0 + 3, 300 * z1 - 5), c, rtol=1e-3, atol=1e-3)
    assert float(barlow_loss(z0, z1, 0.1)[0]) >= 0


def test_equal_rows_give_the_number_of_dimensions():
    z = torch.ones(6, 4)
    loss, c = barlow_loss(z, z, 0.1)
    assert loss.item() == 4
    assert not c.any()


def test_a_dead_dimension_has_a_finite_gradient():
    z0, z1 = pair()
    z0[:, 0] = 2.0
    z0.requires_grad_()
    barlow_loss(z0, z1, 0.1)[0].backward()
    assert bool(z0.grad.isfinite().all())


def test_the_diagonal_reaches_one():
    """With the unbiased deviation it would stop at (N - 1)/N."""
    z, _ = pair(n=2)
    assert cross_correlation(100 * z, 100 * z).diagonal().tolist() == pytest.approx([1.0] * 4, abs=1e-5)


def test_terms_leave_the_matrix_as_it_is():
    c = cross_correlation(*pair())
    before = c.clone()
    barlow_terms(c)
    assert torch.equal(c, before)


def test_unrelated_views_have_the_loss_of_the_chance_line():
    model = build("barlow_twins", lambda_=0.05)
    generator = torch.Generator().manual_seed(0)
    z0, z1 = (torch.randn(64, 128, generator=generator) for _ in range(2))
    ((_, label, chance),) = model.references(64)
    assert "chance" in label
    assert barlow_loss(z0, z1, 0.05)[0].item() == pytest.approx(chance, rel=0.05)
    model.set_param("lambda_", 0.0)
    assert model.references(64)[0][2] == pytest.approx(128 * 65 / 64)


# --- the method --------------------------------------------------------------------------------------------------------


def test_parts_are_the_terms_without_their_weight():
    step = build("barlow_twins", lambda_=0.05).step(noisy_views(0), a_batch())
    on, off = step.parts["on_diagonal"], step.parts["off_diagonal"]
    torch.testing.assert_close(step.loss.detach(), on + 0.05 * off)
    z = step.peek["z"]
    torch.testing.assert_close(step.loss.detach(), barlow_loss(z[:IMAGES], z[IMAGES:], 0.05)[0])


def test_figure_is_the_matrix_of_the_step_cut_to_what_can_be_seen():
    model = build("barlow_twins", dim=130)
    step = model.step(noisy_views(0), a_batch())
    values = model.figure("barlow_correlation", noisy_views(0), a_batch(), step.peek)["values"]
    assert values.shape == (128, 128)
    torch.testing.assert_close(values, step.peek["correlation"][:128, :128])


def test_without_the_off_diagonal_only_few_directions_are_left():
    intact, flat = train(build("barlow_twins"), 60), train(build("barlow_twins", lambda_=0.0), 60)
    assert intact.rank > 20
    assert flat.rank < 0.6 * intact.rank
    assert flat.spread > 0.5, "which the std does not see"
