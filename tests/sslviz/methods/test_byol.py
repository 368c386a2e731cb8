"""BYOL: its equation in a naive loop, where the gradient flows, how the target follows, and its collapse."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods.byol import byol_loss, regression
from tests.sslviz.methods.noisy import IMAGES, a_batch, build, noisy_views, train


def four(n: int = 5, d: int = 7, seed: int = 0) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(n, d, generator=generator, dtype=torch.float64) for _ in range(4))


def eq_2(p: Tensor, z: Tensor) -> list[float]:
    """|p/|p| - z/|z||² of each row, written down."""
    rows = zip(p.tolist(), z.tolist(), strict=True)
    return [sum((a / math.hypot(*u) - b / math.hypot(*v)) ** 2 for a, b in zip(u, v, strict=True)) for u, v in rows]


# --- the loss ----------------------------------------------------------------------------------------------------------


def test_is_the_papers_squared_distance():
    p, z, *_ = four()
    assert regression(p, z).tolist() == pytest.approx(eq_2(p, z))


def test_both_directions_are_added_and_averaged_over_the_batch():
    p0, p1, z0, z1 = four()
    both = [a + b for a, b in zip(eq_2(p0, z1), eq_2(p1, z0), strict=True)]
    assert float(byol_loss(p0, p1, z0, z1)) == pytest.approx(sum(both) / len(both))


def test_scale_of_the_axis():
    a, b = torch.eye(4)[:2], torch.eye(4)[2:]
    assert byol_loss(a, a, a, a).item() == pytest.approx(0)  # agreement
    assert byol_loss(a, a, b, b).item() == pytest.approx(4)  # unrelated
    assert byol_loss(a, a, -a, -a).item() == pytest.approx(8)  # opposite
    (_, label, chance), (_, lowest, least) = build("byol").references(128)
    assert (chance, least) == (4.0, 0.0)
    assert "chance" in label
    assert "collapse" in lowest


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(2, 9), st.floats(1e-3, 1e3), st.integers(0, 999))
def test_lengths_do_not_matter_and_it_stays_in_0_to_8(n, d, scale, seed):
    p0, p1, z0, z1 = four(n, d, seed)
    loss = float(byol_loss(p0, p1, z0, z1))
    assert 0 <= loss <= 8
    assert float(byol_loss(scale * p0, p1, z0, z1 / scale)) == pytest.approx(loss)


def test_a_zero_vector_gives_2_and_a_finite_gradient():
    p = torch.zeros(1, 3, requires_grad=True)
    value = regression(p, torch.ones(1, 3))
    value.sum().backward()
    assert value.item() == 2.0
    assert bool(p.grad.isfinite().all())


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_targets_get_a_gradient_only_without_stop_gradient(stop_gradient):
    p0, p1, z0, z1 = (x.requires_grad_() for x in four())
    byol_loss(p0, p1, z0, z1, stop_gradient=stop_gradient).backward()
    assert all(p.grad.abs().sum() > 0 for p in (p0, p1))
    assert all((z.grad is None) is stop_gradient for z in (z0, z1))


# --- two networks ------------------------------------------------------------------------------------------------------


def gradients(**params: object) -> dict[str, Tensor | None]:
    model = build("byol", **params)
    with torch.no_grad():
        model.target_projector[0].weight.mul_(1.5)  # the networks have parted
    model.step(noisy_views(0), a_batch()).loss.backward()
    return {name: weight.grad for name, weight in model.named_parameters()}


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_the_targets_own_weights_are_never_trained(stop_gradient):
    found = gradients(stop_gradient=stop_gradient)
    assert all((grad is None) == name.startswith("target_") for name, grad in found.items())


def test_without_stop_gradient_the_gradient_of_the_target_branch_reaches_the_online_weights():
    """It must be the sum of both branches' gradients: that of a copy of the target that is trained gives the other half."""
    model = build("byol")
    views, n = noisy_views(0), IMAGES
    with torch.no_grad():
        model.target_projector[0].weight.mul_(1.5)
    z = model.project(model.encode(views))
    p = model.predictor(z)
    model.target_projector.requires_grad_(True)
    t = model.target_projector(model.encode(views, model.target_encoder))
    byol_loss(p[:n], p[n:], t[:n], t[n:], stop_gradient=False).backward()
    expected = model.projector[0].weight.grad + model.target_projector[0].weight.grad
    free = gradients(stop_gradient=False)
    torch.testing.assert_close(free["projector.0.weight"], expected, rtol=1e-3, atol=1e-6)
    assert not torch.allclose(free["projector.0.weight"], gradients()["projector.0.weight"], rtol=0.1)


def test_the_target_starts_as_a_copy_and_follows_with_the_momentum():
    model = build("byol", momentum=0.75, final_momentum=0.75)
    old, new = model.target_projector[0].weight, model.projector[0].weight
    assert torch.equal(old, new)
    with torch.no_grad():
        new.add_(1.0)
    expected = 0.75 * old + 0.25 * new
    model.after_step(a_batch())
    torch.testing.assert_close(old, expected)


def test_the_targets_statistics_are_its_own():
    model = build("byol")
    model.step(noisy_views(0), a_batch())
    model.after_step(a_batch())
    assert model.target_projector[1].num_batches_tracked == 1
    assert model.target_projector.training


def test_momentum_goes_from_the_first_to_the_last_along_a_cosine():
    model = build("byol", momentum=0.9)
    assert [model.momentum_at(share) for share in (0.0, 0.5, 1.0)] == pytest.approx([0.9, 0.95, 1.0])
    model.set_param("momentum", 0.5)
    model.set_param("final_momentum", 0.5)
    step = model.step(noisy_views(0), a_batch(progress=0.3))
    assert step.measures["momentum"].item() == pytest.approx(0.5)


def test_without_ema_the_target_is_the_online_network():
    model = build("byol", ema=False)
    step = model.step(noisy_views(0), a_batch())
    assert torch.equal(step.peek["target"], step.peek["z"])
    assert step.measures["momentum"].item() == 0
    with torch.no_grad():
        model.projector[0].weight.add_(1.0)
    model.after_step(a_batch())
    assert torch.equal(model.target_projector[0].weight, model.projector[0].weight)


def test_without_predictor_the_projections_are_compared():
    step = build("byol", predictor=False).step(noisy_views(0), a_batch())
    assert torch.equal(step.peek["p"], step.peek["z"])


# --- what it shows -----------------------------------------------------------------------------------------------------


def test_figures_show_agreement_and_lag():
    model, views = build("byol", predictor=False), noisy_views(0)
    step = model.step(views, a_batch())
    with torch.inference_mode():
        picture = model.figure("byol_agreement", views, a_batch(), step.peek)
        still = model.figure("byol_lag", views, a_batch(), step.peek)["values"]
    cosines = picture["values"]
    n = len(cosines)
    each = regression(step.peek["p"][:n], step.peek["target"][IMAGES:][:n])
    torch.testing.assert_close(cosines.diagonal(), 1 - each / 2)
    assert torch.equal(picture["row_images"], views[0][0, :n])
    assert torch.equal(picture["column_images"], views[0][1, :n])
    assert not still.any()
    with torch.no_grad():
        model.projector[0].weight.mul_(2.0)
    lag = model.figure("byol_lag", views, a_batch(), step.peek)["values"]
    assert lag.max().item() == pytest.approx(0.5)
    assert (lag > 0).sum() == 1


# --- collapse ----------------------------------------------------------------------------------------------------------


def test_without_stop_gradient_it_collapses_and_with_it_it_does_not():
    intact, collapsed = train(build("byol"), 30), train(build("byol", stop_gradient=False), 30)
    assert intact.spread > 0.7
    assert collapsed.spread < 0.3
    assert collapsed.loss < intact.loss, "the loss is best where nothing was learnt"
