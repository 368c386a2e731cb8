"""Alignment and uniformity as a loss: the paper's equations in naive loops, what they do not depend on, and both ways to spoil them."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor
from torch.nn.functional import normalize

from sslviz import metrics
from sslviz.methods.align_uniform import BINS, align_uniform_terms, alignment, distances, even, uniformity
from sslviz.spec.comparable import groups
from tests.sslviz.methods.learners import config_of, learner_of
from tests.sslviz.methods.noisy import IMAGES, a_batch, build, noisy_views, train


def pair(n: int = 6, d: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z0, z1 = (torch.randn(n, d, generator=generator, dtype=torch.float64) for _ in range(2))
    return z0, z1


def units(z: Tensor) -> list[list[float]]:
    return [[value / math.sqrt(sum(v * v for v in row)) for value in row] for row in z.tolist()]


def loop_alignment(z0: Tensor, z1: Tensor, alpha: float) -> float:
    apart = [math.dist(a, b) ** alpha for a, b in zip(units(z0), units(z1), strict=True)]
    return sum(apart) / len(apart)


def loop_uniformity(z: Tensor, t: float) -> float:
    rows = units(z)
    terms = [math.exp(-t * math.dist(rows[i], rows[j]) ** 2) for i in range(len(rows)) for j in range(i + 1, len(rows))]
    return math.log(sum(terms) / len(terms))


@pytest.mark.parametrize("alpha", [1.0, 2.0, 3.5])
@pytest.mark.parametrize("t", [0.5, 2.0, 8.0])
def test_terms_are_the_papers(alpha, t):
    z0, z1 = pair()
    align, uniform = align_uniform_terms(z0, z1, alpha, t)
    assert float(align) == pytest.approx(loop_alignment(z0, z1, alpha))
    assert float(uniform) == pytest.approx((loop_uniformity(z0, t) + loop_uniformity(z1, t)) / 2)


def test_at_the_papers_values_they_are_the_measures_of_every_run():
    z0, z1 = pair()
    align, uniform = align_uniform_terms(z0, z1)
    assert float(align) == pytest.approx(float(metrics.alignment(z0, z1)))
    assert float(uniform) == pytest.approx(float(metrics.uniformity(z0) + metrics.uniformity(z1)) / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(2, 6), st.floats(0.01, 100), st.floats(0.1, 10), st.integers(0, 999))
def test_ranges_lengths_and_turns(n, d, scale, t, seed):
    z0, z1 = pair(n, d, seed)
    align, uniform = (float(term) for term in align_uniform_terms(z0, z1, t=t))
    assert 0 <= align <= 4
    assert -4 * t - 1e-9 <= uniform <= 1e-9
    turn = torch.linalg.qr(torch.randn(d, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).Q
    turned = [float(term) for term in align_uniform_terms(scale * z0 @ turn, z1 @ turn / scale, t=t)]
    assert turned == pytest.approx([align, uniform], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_equal_rows_cost_nothing_and_have_a_finite_gradient(alpha):
    z = torch.ones(6, 4, requires_grad=True)
    terms = align_uniform_terms(z, z, alpha)
    assert [term.item() for term in terms] == pytest.approx([0.0, 0.0], abs=1e-6)
    sum(terms).backward()
    assert bool(z.grad.isfinite().all())


def test_a_zero_vector_is_1_from_every_other_and_its_gradient_is_finite():
    z = pair()[0].float()
    z[0] = 0
    z.requires_grad_()
    align, uniform = align_uniform_terms(z, pair()[1].float())
    u = normalize(z.detach(), dim=1)
    assert uniformity(u).item() == pytest.approx(torch.pdist(u).square().mul(-2).exp().mean().log().item(), abs=1e-5)
    (align + uniform).backward()
    assert bool(z.grad.isfinite().all())


def test_the_sharpest_push_does_not_underflow():
    """Two opposite points: exp(-4t) is below the smallest float32 where it is not kept as a logarithm."""
    u = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert uniformity(u, 30.0).item() == pytest.approx(-120.0)


def test_the_push_is_simclrs_at_the_temperature_1_over_2t():
    """The gradient on an image is along the others, weighted by softmax(u·v/τ), as that of a contrastive denominator."""
    u = normalize(pair(5, 3)[0], dim=1).requires_grad_()
    t = 1.7
    (gradient,) = torch.autograd.grad(uniformity(u, t), u)
    energy = (u @ u.T / (1 / (2 * t))).fill_diagonal_(-torch.inf).detach()
    weights = energy.flatten().softmax(0).reshape(5, 5)
    along = (
        weights @ u.detach() - weights.sum(1, keepdim=True) * u.detach()
    )  # the second part is lost when z is made unit
    torch.testing.assert_close(gradient, 4 * t * along)


def test_even_is_the_uniformity_of_many_random_points():
    for dim, t in ((2, 2.0), (3, 5.0), (16, 2.0)):
        z = torch.randn(3_000, dim, generator=torch.Generator().manual_seed(dim), dtype=torch.float64)
        assert float(uniformity(normalize(z, dim=1), t)) == pytest.approx(even(t, dim), abs=0.01)
    assert even(2.0, 128) == pytest.approx(-3.94, abs=0.005)
    assert math.isfinite(even(10.0, 2))


# --- the method --------------------------------------------------------------------------------------------------------


def test_the_loss_is_the_weighted_sum_of_the_parts_shown():
    step = build("align_uniform", alignment=3.0, uniformity=0.5, alpha=1.0, t=5.0).step(noisy_views(0), a_batch())
    p, z = step.parts, step.peek["z"]
    torch.testing.assert_close(step.loss.detach(), 3 * p["alignment"] + 0.5 * p["uniformity"])
    u, v = normalize(z, dim=1).chunk(2)
    assert p["alignment"].item() == pytest.approx(alignment(u, v, 1.0).item())
    assert p["uniformity"].item() == pytest.approx((uniformity(u, 5.0) + uniformity(v, 5.0)).item() / 2)


def test_lines_say_what_collapse_and_success_cost():
    model = build("align_uniform", uniformity=2.0, dim=2)
    assert [level for _, _, level in model.references(128)] == pytest.approx([0.0, 2 * even(2.0, 2)])
    model.set_param("uniformity", 0.0)
    assert model.references(128) == (("loss", "lowest possible: collapse reaches it", 0.0),)


def test_losses_of_different_weights_share_no_axis():
    for name, value in (("alignment", 0.5), ("uniformity", 0.5), ("alpha", 1.0), ("t", 4.0)):
        configs = [config_of("align_uniform"), config_of("align_uniform", {name: value})]
        assert len(groups("loss", configs)) == 2
        assert len(groups("uniformity", configs)) == 1


def test_distances_are_shares_and_those_of_a_collapse_are_0():
    u, v = (normalize(z.float(), dim=1) for z in pair(40, 8))
    drawn = distances(u, v)
    assert drawn["values"].shape == (2, BINS)
    assert drawn["values"].sum(1).tolist() == pytest.approx([1.0, 1.0])
    mean = (drawn["values"][1] * drawn["x"]).sum().item()
    expected = torch.cat([torch.pdist(u), torch.pdist(v)]).mean().item()
    assert mean == pytest.approx(expected, abs=2.0 / BINS)
    collapsed = distances(torch.ones(6, 1), torch.ones(6, 1))
    assert collapsed["values"][:, 0].tolist() == [1.0, 1.0]


def test_a_sharper_push_is_left_to_the_nearest():
    model, views = build("align_uniform"), noisy_views(0)
    peek = model.step(views, a_batch()).peek
    shares = {}
    for t in (0.1, 10.0):
        model.set_param("t", t)
        values = model.figure("align_uniform_push", views, a_batch(), peek)["values"]
        assert values.sum().item() == pytest.approx(1.0, abs=1e-4)
        shares[t] = values[:, 0].sum().item()
    assert shares[10.0] > 2 * shares[0.1]
    model.set_param("uniformity", 0.0)
    drawn = model.figure("align_uniform_push", views, a_batch(), peek)
    assert drawn["values"].abs().max().item() == 0
    assert drawn["line"].tolist() == [1.0]


def test_own_classes_are_told_apart():
    learner = learner_of("align_uniform")
    views, batch = learner._batch(0)
    peek = learner.method.step(views, batch).peek
    values = learner.method.figure("align_uniform_push", views, batch, peek)["values"]
    assert (values.sum(1) > 0).all()


def test_without_uniformity_all_images_fall_onto_one_point():
    intact = train(build("align_uniform"), 60)
    model = build("align_uniform", uniformity=0.0)
    collapsed = train(model, 60)
    assert intact.spread > 0.7
    assert collapsed.spread < 0.5 * intact.spread
    assert collapsed.loss < 0.05
    z = model.step(noisy_views(0), a_batch()).peek["z"]
    assert uniformity(normalize(z[:IMAGES], dim=1)).item() > -0.5


def test_without_alignment_the_views_of_an_image_stay_apart():
    parts = {}
    for weight in (0.0, 1.0):
        model = build("align_uniform", alignment=weight)
        train(model, 60)
        parts[weight] = model.step(noisy_views(99), a_batch()).parts["alignment"].item()
    assert parts[0.0] > 2 * parts[1.0]
