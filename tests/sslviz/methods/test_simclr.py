"""SimCLR: its equation in a naive loop, its invariances, its collapse, its switches."""

import math

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from hypothesis import given, settings
from torch import Tensor

from sslviz.methods import Batch, MethodError
from sslviz.methods.simclr import EPS, SimCLR, attraction, contrast, cosine, nt_xent
from sslviz.nn.backbones import build_backbone
from sslviz.nn.devices import choose_device
from sslviz.nn.encoder import Encoder
from sslviz.spec.errors import SpecError

TAUS = [0.01, 0.2, 2.0]


def random_pair(n: int = 6, d: int = 5, seed: int = 0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=dtype), torch.randn(n, d, generator=generator, dtype=dtype)


def eq_1(z0: Tensor, z1: Tensor, tau: float, labels: list[int] | None = None) -> float:
    """The paper's loop, written down: log-sum-exp by hand, no tensor algebra."""
    z = torch.cat([z0, z1]).tolist()
    n, count = len(z0), 2 * len(z0)

    def s(i: int, k: int) -> float:
        dot = sum(a * b for a, b in zip(z[i], z[k], strict=True))
        return dot / math.hypot(*z[i]) / math.hypot(*z[k])

    total = 0.0
    for i in range(count):
        j = (i + n) % count
        rivals = [k for k in range(count) if k != i and (labels is None or k == j or labels[k % n] != labels[i % n])]
        most = max(s(i, k) / tau for k in rivals)
        total += most + math.log(sum(math.exp(s(i, k) / tau - most) for k in rivals)) - s(i, j) / tau
    return total / count


# --- the equation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_equals_the_papers_loop(n, tau):
    z0, z1 = random_pair(n)
    assert float(nt_xent(z0, z1, tau)[0]) == pytest.approx(eq_1(z0, z1, tau), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 2, 2], [0] * 6, [0, 1, 2, 3, 4, 5]])
def test_oracle_equals_the_loop_without_false_negatives(labels):
    z0, z1 = random_pair()
    assert float(nt_xent(z0, z1, 0.2, torch.tensor(labels))[0]) == pytest.approx(eq_1(z0, z1, 0.2, labels), abs=1e-12)


def test_images_without_label_are_negatives_of_each_other():
    z0, z1 = random_pair()
    assert torch.equal(nt_xent(z0, z1, 0.2, torch.full((6,), -1))[0], nt_xent(z0, z1, 0.2)[0])


def test_one_class_leaves_the_positive_alone():
    """Without any negative the loss is -log 1."""
    z0, z1 = random_pair()
    assert float(nt_xent(z0, z1, 0.2, torch.zeros(6, dtype=torch.int64))[0]) == pytest.approx(0.0, abs=1e-12)


@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 10_000), st.floats(0.01, 100.0))
@settings(max_examples=30, deadline=None)
def test_scale_and_order_do_not_matter(n, d, seed, factor):
    z0, z1 = random_pair(n, d, seed)
    loss = nt_xent(z0, z1, 0.2)[0]
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(nt_xent(z0[order], z1[order], 0.2)[0], loss)
    torch.testing.assert_close(nt_xent(factor * z0, z1 / factor, 0.2)[0], loss)
    torch.testing.assert_close(nt_xent(z1, z0, 0.2)[0], loss)


def test_the_order_within_pairs_does_matter():
    z0, z1 = random_pair()
    assert not torch.isclose(nt_xent(z0, z1.roll(1, 0), 0.2)[0], nt_xent(z0, z1, 0.2)[0])


def test_gradient_is_that_of_the_function():
    z0, z1 = (z.requires_grad_() for z in random_pair(3, 4))
    assert torch.autograd.gradcheck(lambda a, b: nt_xent(a, b, 0.5)[0], (z0, z1))


# --- collapse ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 8, 100])
def test_collapse_gives_the_chance_level_and_no_gradient(n):
    z = torch.ones(n, 16, dtype=torch.float64).requires_grad_()
    loss = nt_xent(z, z, 0.2)[0]
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2 * n - 1), abs=1e-12)
    assert float(z.grad.abs().max()) < 1e-12


def test_without_negatives_collapse_is_perfect_and_opposite_views_are_worst():
    z0, _ = random_pair()
    assert float(attraction(cosine(z0, 2 * z0), 0.2)) == pytest.approx(0.0, abs=1e-12)
    assert float(attraction(cosine(z0, -z0), 0.2)) == pytest.approx(2 / 0.2)


def test_without_negatives_nothing_else_is_left():
    """Its gradient is that of Eq. 1 with the denominator held still."""
    z0, z1 = (z.requires_grad_() for z in random_pair())
    alone = torch.autograd.grad(attraction(cosine(z0, z1), 0.2), z0)[0]
    u0, u1 = F.normalize(z0, dim=1), F.normalize(z1, dim=1)
    torch.testing.assert_close(alone, torch.autograd.grad(-(u0 * u1).sum(1).mean() / 0.2, z0)[0])


# --- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("tau", TAUS)
def test_half_inputs_are_computed_in_full(dtype, tau):
    z0, z1 = (z.to(dtype) for z in random_pair(16, 32))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, s = nt_xent(z0, z1, tau)
    expected, _ = nt_xent(z0.double(), z1.double(), tau)
    assert loss.dtype == s.dtype == torch.float32
    assert float(loss) == pytest.approx(float(expected), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_zero_vector_keeps_everything_finite(dtype):
    assert EPS >= 1e-8
    z0, z1 = random_pair(dtype=dtype)
    z0[0] = 0
    z0.requires_grad_()
    loss = nt_xent(z0, z1, 0.01)[0]
    loss.backward()
    assert torch.isfinite(loss)
    assert float(z0.grad.abs().max()) < 2 / 0.01 / EPS


def test_large_features_at_the_smallest_temperature():
    z0, z1 = (1e4 * z for z in random_pair(dtype=torch.float32))
    loss = nt_xent(z0, z1, 0.01)[0]
    assert torch.isfinite(loss)


# --- the method --------------------------------------------------------------------------------------------------------


def method(**params: object) -> SimCLR:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
        return SimCLR(encoder, SimCLR.Params(**params))


def views(n: int = 8, seed: int = 0) -> list[Tensor]:
    return [torch.rand(2, n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))]


def batch(n: int = 8, labels: Tensor | None = None, step: int = 1) -> Batch:
    return Batch(torch.arange(n), labels, step, 0.0, torch.Generator())


def test_step_shows_what_it_computed():
    model = method()
    step = model.step(views(), batch())
    z, h = step.peek["z"], step.peek["h"]
    assert h.shape == (16, 64)
    assert z.shape == (16, 128)
    torch.testing.assert_close(step.loss.detach(), nt_xent(z[:8], z[8:], model.params.tau)[0])
    torch.testing.assert_close(step.peek["similarity"], cosine(z[:8], z[8:]))
    torch.testing.assert_close(step.parts["attract"] + step.parts["repel"], step.loss.detach())
    assert not any(tensor.requires_grad for tensor in (*step.peek.values(), *step.parts.values()))


def test_every_weight_learns():
    model = method()
    model.step(views(), batch()).loss.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_two_recipes_of_one_view_each_are_one_batch():
    """Views made by two recipes must meet in one pass: batch norm sees both."""
    both = views()[0]
    torch.manual_seed(0)
    together = method().step([both], batch()).loss
    apart = method().step([both[:1], both[1:]], batch()).loss
    torch.testing.assert_close(together, apart)


def test_projector_off_compares_h_itself():
    model = method(projector=False)
    step = model.step(views(), batch())
    assert step.peek["z"].shape == (16, 64)
    assert torch.equal(step.peek["z"], step.peek["h"])
    assert model.project(step.peek["h"]) is step.peek["h"]


def test_negatives_off_has_no_repulsion():
    step = method(negatives=False).step(views(), batch())
    assert set(step.parts) == {"attract"}
    torch.testing.assert_close(step.loss.detach(), attraction(step.peek["similarity"], 0.2))


def test_oracle_changes_the_loss_by_the_labels():
    labels = torch.arange(8) % 2
    model = method(oracle=True)
    step = model.step(views(), batch(labels=labels))
    torch.testing.assert_close(step.loss.detach(), contrast(step.peek["similarity"], 0.2, labels))
    assert step.loss.item() < float(contrast(step.peek["similarity"], 0.2))


def test_oracle_without_labels_says_so():
    with pytest.raises(MethodError, match=r"needs labels.*Choose data with labels"):
        method(oracle=True).step(views(), batch())


def test_oracle_cannot_be_switched_on_where_a_run_has_no_labels():
    model = method()
    model.step(views(), batch())
    with pytest.raises(SpecError, match="needs labels"):
        model.set_param("oracle", True)
    assert model.params.oracle is False


@pytest.mark.parametrize("shape", [(1, 8), (3, 8)])
def test_another_number_of_views_is_refused(shape):
    with pytest.raises(MethodError, match=f"the augmentation makes {shape[0]}"):
        method().step([torch.rand(*shape, 3, 32, 32)], batch())


def test_every_switch_can_be_flipped_while_it_trains():
    """One optimiser over all weights goes on through every flip; weights that the loss no longer sees stand still."""
    model = method()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    labels = torch.arange(8) % 3
    flips = [
        ("projector", False),
        ("negatives", False),
        ("projector", True),
        ("negatives", True),
        ("oracle", True),
        ("tau", 0.05),
    ]
    for k, (name, value) in enumerate(flips):
        before, after = model.set_param(name, value)
        assert (before, after) != (value, before)
        frozen = [p.clone() for p in model.projector.parameters()]
        loss = model.step(views(seed=k), batch(labels=labels, step=k + 1)).loss
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        assert torch.isfinite(loss)
        still = all(torch.equal(a, b) for a, b in zip(model.projector.parameters(), frozen, strict=True))
        assert still is not model.params.projector


def noisy_views(n: int, seed: int) -> list[Tensor]:
    """Two noisy views of each of n images of coloured blocks, the same images for every seed."""
    blocks = torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    images = F.interpolate(blocks, scale_factor=4)
    noise = torch.rand(2, n, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return [0.8 * images + 0.2 * noise]


def spread_after(steps: int, **params: object) -> float:
    """std x sqrt(D) of z after training from scratch."""
    model = method(**params)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for k in range(steps):
        step = model.step(noisy_views(32, k), batch(32))
        optimiser.zero_grad(set_to_none=True)
        step.loss.backward()
        optimiser.step()
    with torch.no_grad():
        z = model.eval().project(model.encode(noisy_views(32, steps)))
    return float(F.normalize(z, dim=1).std(0).mean() * z.shape[1] ** 0.5)


def test_negatives_off_collapses_and_negatives_on_does_not():
    assert spread_after(80, negatives=False) < 0.3
    assert spread_after(80) > 0.7


# --- lines to draw -----------------------------------------------------------------------------------------------------


def test_chance_line_follows_the_switches():
    model = method()
    assert model.references(256) == (("loss", "chance ln(2N−1)", math.log(511)),)
    model.set_param("negatives", False)
    assert model.references(256)[0][2] == 0.0
    assert "collapse" in model.references(256)[0][1]


def test_oracles_chance_is_the_loss_of_equal_rows():
    labels = torch.tensor([0, 0, 1, 2, -1, -1, 3, 3])
    model = method(oracle=True)
    model.step(views(), batch(labels=labels))
    ((measure, label, value),) = model.references(8)
    ones = torch.ones(8, 4, dtype=torch.float64)
    assert (measure, value) == ("loss", pytest.approx(float(nt_xent(ones, ones, 0.2, labels)[0])))
    assert "chance" in label


@pytest.mark.device
def test_trains_on_the_accelerator():
    if (device := choose_device("auto")).type == "cpu":
        pytest.skip("this machine has neither cuda nor mps")
    model = method(oracle=True).to(device)
    on_device = [view.to(device) for view in views()]
    with torch.autocast(device.type, dtype=torch.bfloat16):
        step = model.step(on_device, batch(labels=(torch.arange(8) % 2).to(device)))
    step.loss.backward()
    assert step.loss.dtype == torch.float32
    z = step.peek["z"].double().cpu()
    expected = nt_xent(z[:8], z[8:], 0.2, torch.arange(8) % 2)[0]
    assert step.loss.item() == pytest.approx(float(expected), rel=1e-3)
