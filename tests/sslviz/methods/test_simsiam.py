"""SimSiam: its equation in a naive loop, both switches, and its collapse."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods.byol import byol_loss
from sslviz.methods.simsiam import negative_cosine, simsiam_loss
from tests.sslviz.methods.noisy import IMAGES, a_batch, build, noisy_views, train


def four(n: int = 5, d: int = 7, seed: int = 0) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(n, d, generator=generator, dtype=torch.float64) for _ in range(4))


def eq_1(p: Tensor, z: Tensor) -> float:
    """-cos of each row, written down, averaged."""
    rows = list(zip(p.tolist(), z.tolist(), strict=True))
    cosines = [sum(a * b for a, b in zip(u, v, strict=True)) / math.hypot(*u) / math.hypot(*v) for u, v in rows]
    return -sum(cosines) / len(rows)


def test_is_the_papers_negative_cosine():
    p0, p1, z0, z1 = four()
    assert float(negative_cosine(p0, z1)) == pytest.approx(eq_1(p0, z1))
    assert float(simsiam_loss(p0, p1, z0, z1)) == pytest.approx((eq_1(p0, z1) + eq_1(p1, z0)) / 2)


def test_is_a_quarter_of_byols_less_one():
    p0, p1, z0, z1 = four()
    assert float(byol_loss(p0, p1, z0, z1)) == pytest.approx(4 * (float(simsiam_loss(p0, p1, z0, z1)) + 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(2, 9), st.floats(1e-3, 1e3), st.integers(0, 999))
def test_lengths_do_not_matter_and_it_stays_in_minus_1_to_1(n, d, scale, seed):
    p0, p1, z0, z1 = four(n, d, seed)
    loss = float(simsiam_loss(p0, p1, z0, z1))
    assert -1 <= loss <= 1
    assert float(simsiam_loss(scale * p0, p1, z0, z1 / scale)) == pytest.approx(loss)


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_targets_get_a_gradient_only_without_stop_gradient(stop_gradient):
    p0, p1, z0, z1 = (x.requires_grad_() for x in four())
    simsiam_loss(p0, p1, z0, z1, stop_gradient=stop_gradient).backward()
    assert all(p.grad.abs().sum() > 0 for p in (p0, p1))
    assert all((z.grad is None) is stop_gradient for z in (z0, z1))


def test_scale_of_the_axis():
    (_, label, chance), (_, lowest, least) = build("simsiam").references(128)
    a = torch.eye(4)
    assert (chance, least) == (simsiam_loss(a, a, a.flip(0), a.flip(0)).item(), simsiam_loss(a, a, a, a).item())
    assert "chance" in label
    assert "collapse" in lowest


# --- the method --------------------------------------------------------------------------------------------------------


def test_stop_gradient_changes_the_gradient_and_not_the_loss():
    models = [build("simsiam", stop_gradient=stop) for stop in (True, False)]
    losses = [model.step(noisy_views(0), a_batch()).loss for model in models]
    torch.testing.assert_close(losses[0], losses[1])
    for loss in losses:
        loss.backward()
    with_stop, without = (model.projector[0].weight.grad for model in models)
    assert not torch.allclose(with_stop, without, rtol=0.1)


def test_without_predictor_stop_gradient_only_halves_the_gradient():
    """What Sec. 4.2 of the paper says of it."""
    found = []
    for stop in (True, False):
        model = build("simsiam", stop_gradient=stop, predictor=False)
        model.step(noisy_views(0), a_batch()).loss.backward()
        found.append(model.projector[0].weight.grad)
    torch.testing.assert_close(2 * found[0], found[1], rtol=1e-3, atol=1e-7)


def test_without_predictor_the_projections_are_compared():
    step = build("simsiam", predictor=False).step(noisy_views(0), a_batch())
    assert torch.equal(step.peek["p"], step.peek["z"])
    z = step.peek["z"]
    assert step.loss.item() == pytest.approx(negative_cosine(z[:IMAGES], z[IMAGES:]).item(), abs=1e-5)


def test_the_norm_after_the_projector_is_the_authors():
    z = build("simsiam", output_norm=True).step(noisy_views(0), a_batch()).peek["z"]
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(z.shape[1]), rtol=1e-2, atol=1e-2)
    assert build("simsiam").step(noisy_views(0), a_batch()).peek["z"].std(0).max() < 1


def test_figure_is_the_cosine_of_predictions_and_targets():
    model, views = build("simsiam"), noisy_views(0)
    step = model.step(views, a_batch())
    cosines = model.figure("simsiam_agreement", views, a_batch(), step.peek)["values"]
    n = len(cosines)
    p, z = step.peek["p"][:n], step.peek["z"][IMAGES:][:n]
    assert -cosines.diagonal().mean().item() == pytest.approx(negative_cosine(p, z).item(), abs=1e-5)
    assert cosines[0, 1].item() == pytest.approx(-negative_cosine(p[:1], z[1:2]).item(), abs=1e-5)


def test_without_stop_gradient_it_collapses_and_with_it_it_does_not():
    intact, collapsed = train(build("simsiam"), 40), train(build("simsiam", stop_gradient=False), 40)
    assert intact.spread > 0.7
    assert collapsed.spread < 0.5 * intact.spread
    assert collapsed.loss < -0.95, "the loss is best where nothing was learnt"
