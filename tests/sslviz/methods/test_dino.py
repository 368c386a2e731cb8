"""DINO: its loss in a loop, its teacher, its centre, its switches, its two collapses."""

import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods import Batch, MethodError
from sslviz.methods.base import Facts
from sslviz.methods.dino import DINO, dino_loss, moved_centre, sharpened
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from tests.sslviz.methods.noisy import a_batch, build, noisy_views, train

N = 6


def logits(crops: int, n: int = 3, k: int = 5, seed: int = 0) -> Tensor:
    return torch.randn(crops, n, k, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def paper(student: Tensor, teacher: Tensor, centre: Tensor, teacher_tau: float, student_tau: float) -> float:
    """Algorithm 1 with multi-crop: one pair and one image after the other."""
    total, count = 0.0, 0
    for t, of_teacher in enumerate(teacher):
        for s, of_student in enumerate(student):
            if s == t:
                continue
            for a, b in zip(of_teacher, of_student, strict=True):
                target = ((a - centre) / teacher_tau).softmax(0)
                total -= float((target * (b / student_tau).log_softmax(0)).sum())
            count += 1
    return total / count / teacher.shape[1]


def method(backbone: str = "resnet_w16", **params: object) -> DINO:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = Encoder(build_backbone(backbone, 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
        return DINO(encoder, DINO.Params(**{"prototypes": 16, "dim": 8, "width": 24, **params}))


def views(seed: int = 0, local: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    large = torch.rand(2, N, 3, 32, 32, generator=generator)
    return [large, torch.rand(local, N, 3, 16, 16, generator=generator)] if local else [large]


def batch(step: int = 1, progress: float = 0.0) -> Batch:
    return Batch(torch.arange(N), None, step, progress, torch.Generator())


# --- the equations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crops", [2, 3, 8])
def test_loss_equals_the_papers_loop(crops):
    student, teacher, centre = logits(crops), logits(2, seed=1), logits(1, 1, seed=2)[0, 0]
    loss, crossed, log_p = dino_loss(student, sharpened(teacher, centre, 0.04), 0.1)
    assert float(loss) == pytest.approx(paper(student, teacher, centre, 0.04, 0.1), rel=1e-12)
    assert crossed.shape == (2, crops)
    assert crossed.diagonal().tolist() == [0, 0]
    torch.testing.assert_close(log_p.exp().sum(-1), torch.ones(crops, 3, dtype=torch.float64))


def test_gradient_is_that_of_the_function_and_none_reaches_the_teacher():
    student, teacher = logits(3).requires_grad_(), logits(2, seed=1).requires_grad_()
    targets = sharpened(teacher, 0.0, 0.5)
    assert not targets.requires_grad
    assert torch.autograd.gradcheck(lambda x: dino_loss(x, targets, 0.5)[0], (student,))


def test_uniform_everywhere_is_ln_k_and_agreement_on_one_prototype_is_0():
    flat, peak = torch.zeros(4, 3, 16), 50 * F.one_hot(torch.full((4, 3), 7), 16).float()
    for student, expected in ((flat, math.log(16)), (peak, 0.0)):
        loss, _, _ = dino_loss(student, sharpened(student[:2], 0.0, 0.04), 0.1)
        assert float(loss) == pytest.approx(expected, abs=1e-5)


def test_a_constant_on_all_logits_changes_nothing_and_a_centre_takes_its_prototype_away():
    teacher = logits(2)
    torch.testing.assert_close(sharpened(teacher + 9, 0.0, 0.1), sharpened(teacher, 0.0, 0.1))
    centre = torch.tensor([5.0, 0, 0, 0, 0], dtype=torch.float64)
    assert (sharpened(teacher, centre, 0.1)[..., 0] < sharpened(teacher, 0.0, 0.1)[..., 0]).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_inputs_are_computed_in_full(dtype):
    student, teacher = logits(3, 8, 64).to(dtype), logits(2, 8, 64, seed=1).to(dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _, _ = dino_loss(student, sharpened(teacher, 0.0, 0.04), 0.1)
    expected, _, _ = dino_loss(student.double(), sharpened(teacher.double(), 0.0, 0.04), 0.1)
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_the_centre_is_a_running_mean():
    centre = torch.zeros(3)
    for mean in (torch.ones(3), torch.zeros(3)):
        centre = moved_centre(centre, mean, 0.9)
    torch.testing.assert_close(centre, torch.full((3,), 0.09))


# --- the method --------------------------------------------------------------------------------------------------------


def test_step_is_the_equations_on_what_the_networks_say():
    model = method()
    with torch.no_grad():
        model.centre.copy_(torch.linspace(-0.2, 0.2, 16))
        teacher = model.teacher_head(model.teacher_encoder(views()[0].flatten(0, 1))).view(2, N, 16)
        before = model.centre.clone()
    step = model.step(views(), batch())
    student = model.head.classify(step.peek["z"]).view(5, N, 16)
    torch.testing.assert_close(step.peek["teacher"], sharpened(teacher, before, model.params.teacher_tau))
    torch.testing.assert_close(step.loss, dino_loss(student, step.peek["teacher"], 0.1)[0])
    torch.testing.assert_close(sum(step.parts.values()), step.loss.detach())
    assert torch.equal(model.centre, before), "the centre of a step is the one before it"
    model.after_step(batch())
    torch.testing.assert_close(model.centre, moved_centre(before, teacher.mean((0, 1)), 0.9))


def test_the_teacher_sees_global_crops_only_and_learns_by_averaging_alone():
    model = method(momentum=0.5)
    passes: list[tuple[int, ...]] = []
    model.teacher_encoder.register_forward_hook(lambda module, inputs, output: passes.append(tuple(inputs[0].shape)))
    step = model.step(views(), batch())
    step.loss.backward()
    assert passes == [(2 * N, 3, 32, 32)]
    assert all(
        weight.grad is None for part in (model.teacher_encoder, model.teacher_head) for weight in part.parameters()
    )
    with torch.no_grad():
        for weight in (*model.encoder.parameters(), *model.head.parameters()):
            weight.add_(1.0)
    old = [weight.clone() for weight in model.teacher_head.parameters()]
    model.after_step(batch())
    for before, after in zip(old, model.teacher_head.parameters(), strict=True):
        torch.testing.assert_close(after, before + 0.5)


def test_one_pass_of_the_student_for_each_size():
    model = method()
    passes: list[int] = []
    model.encoder.register_forward_hook(lambda module, inputs, output: passes.append(len(output)))
    model.step(views(), batch())
    assert passes == [2 * N, 3 * N]


def test_local_crops_off_leaves_them_out_of_everything():
    model = method(local_crops=False)
    step = model.step(views(), batch())
    assert set(step.parts) == {"global"}
    assert len(step.peek["h"]) == 2 * N
    torch.testing.assert_close(step.loss, method().step(views(local=0), batch()).loss)


def test_globals_may_come_from_two_recipes():
    large, small = views()
    apart = method().step([large[:1], large[1:], small], batch()).loss
    torch.testing.assert_close(method().step(views(), batch()).loss, apart)


def test_temperature_warms_up_and_sharpening_off_leaves_the_logits_as_they_are():
    model = method(warm_tau=0.04, teacher_tau=0.08, warm_steps=5)
    temperatures = [model.temperature(batch(step)) for step in range(1, 8)]
    assert temperatures == pytest.approx([0.04, 0.05, 0.06, 0.07, 0.08, 0.08, 0.08])
    model.set_param("sharpening", False)
    assert model.temperature(batch()) == 1.0
    assert float(model.step(views(), batch()).measures["teacher_temperature"]) == 1.0


def test_momentum_goes_to_one_and_without_ema_the_student_is_copied():
    model = method(momentum=0.9)
    assert [model.momentum(batch(progress=p)) for p in (0.0, 0.5, 1.0)] == pytest.approx([0.9, 0.95, 1.0])
    model.set_param("ema", False)
    with torch.no_grad():
        model.head.last_layer.weight_v.add_(1.0)
    model.step(views(), batch(progress=0.5))
    model.after_step(batch(progress=0.5))
    assert torch.equal(model.teacher_head.last_layer.weight_v, model.head.last_layer.weight_v)


def test_centring_off_ignores_the_centre_but_keeps_following_it():
    model = method(centring=False)
    expected = method().step(views(), batch()).loss  # its centre is still 0
    with torch.no_grad():
        model.centre.fill_(1.0)[3] = 9.0
    torch.testing.assert_close(model.step(views(), batch()).loss, expected)
    model.after_step(batch())
    assert float(model.centre[3]) == pytest.approx(8.1, abs=0.2)


def test_the_last_layer_rests_at_first():
    model = method(frozen_steps=2)
    for step, rests in ((1, True), (2, True), (3, False)):
        model.step(views(), batch(step)).loss.backward()
        model.before_update(batch(step))
        assert (model.head.last_layer.weight_v.grad is None) == rests
        assert model.head.mlp[0].weight.grad is not None
        model.zero_grad(set_to_none=True)


def test_pieces_of_a_batch_move_the_centre_together():
    whole, pieces = method(head_norm="off", backbone="vit_d64"), method(head_norm="off", backbone="vit_d64")
    whole.step(views(), batch())
    for part in (slice(0, 3), slice(3, 6)):
        pieces.step([view[:, part] for view in views()], batch())
    for model in (whole, pieces):
        model.after_step(batch())
    torch.testing.assert_close(whole.centre, pieces.centre)


@pytest.mark.parametrize(("backbone", "norms"), [("resnet_w16", 2), ("vit_d64", 0)])
def test_batch_norm_in_the_head_suits_the_backbone(backbone, norms):
    assert sum(isinstance(m, nn.BatchNorm1d) for m in method(backbone).head.mlp) == norms
    assert sum(isinstance(m, nn.BatchNorm1d) for m in method(backbone, head_norm="on").head.mlp) == 2
    assert sum(isinstance(m, nn.BatchNorm1d) for m in method(backbone, head_norm="off").head.mlp) == 0


def test_one_view_is_refused_with_the_field():
    model = method()
    with pytest.raises(MethodError, match="makes one") as caught:
        DINO.require(model.params, Facts(view_sizes=((32, 32),)), model.encoder)
    assert caught.value.field == "augment.count"
    DINO.require(model.params, Facts(view_sizes=((32, 32), (32, 32), (16, 16))), model.encoder)


def test_lines_are_at_ln_k():
    lines = method().references(64)
    assert {measure for measure, _, _ in lines} == {"loss", "teacher_entropy", "mean_entropy"}
    assert {value for _, _, value in lines} == {math.log(16)}


# --- collapse ----------------------------------------------------------------------------------------------------------


def sorting(steps: int = 30, **params: object) -> dict[str, float]:
    """The measures after some steps on the toy world; 32 prototypes, and a head without batch norm, which would help."""
    model = build("dino", prototypes=32, dim=16, width=32, momentum=0.9, head_norm="off", **params)
    train(model, steps)
    return {name: float(value) for name, value in model.step(noisy_views(steps), a_batch()).measures.items()}


def test_without_centring_one_prototype_takes_all_images():
    intact, collapsed = sorting(), sorting(centring=False)
    assert collapsed["mean_entropy"] < 0.1 < 0.9 < intact["mean_entropy"]
    assert collapsed["prototypes"] == 1


def test_without_sharpening_all_images_get_the_uniform_output():
    even = math.log(32)
    intact, uniform = sorting(), sorting(sharpening=False)
    assert intact["teacher_entropy"] < 0.6 * even
    assert uniform["teacher_entropy"] > 0.99 * even
    assert uniform["kl"] < 0.05


def test_a_head_with_batch_norm_sorts_from_the_start():
    model = build("dino", prototypes=32, dim=16, width=32, momentum=0.9)
    train(model, 20)
    assert float(model.step(noisy_views(0), a_batch()).measures["mean_entropy"]) > 0.5 * math.log(32)
