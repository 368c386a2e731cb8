"""MAE: what is hidden, what the loss looks at, what is shown, and what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sslviz.methods import METHODS, Batch, Facts, MethodError
from sslviz.methods.mae import MAE, MAEParams, hidden_mse, reconstruct, target_of
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.patch_grid import patchify
from sslviz.spec.errors import SpecError

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
SIZE = (32, 32)


def encoder(backbone: str = "vit_d64") -> Encoder:
    return Encoder(build_backbone(backbone, 32), MEAN, STD)


def method(**params) -> MAE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = MAE(encoder(), MAEParams(**params), Facts((SIZE,)))
    return network.eval()


def batch(count: int = 4, seed: int = 0) -> Batch:
    return Batch(torch.arange(count), None, 1, 0.0, torch.Generator().manual_seed(seed))


def images(count: int = 4) -> Tensor:
    return torch.rand(count, 3, *SIZE, generator=torch.Generator().manual_seed(7))


def hidden(*patches: int) -> Tensor:
    """A mask (8, 8) with these patches hidden."""
    mask = torch.zeros(64, dtype=torch.bool)
    mask[list(patches)] = True
    return mask.view(8, 8)


# --- the loss ------------------------------------------------------------------------------------------------------------


def test_visible_patches_do_not_count():
    prediction, target = torch.rand(2, 6, 9), torch.rand(2, 6, 9)
    away = torch.tensor([[1, 0, 1, 0, 0, 1], [0, 1, 1, 1, 0, 0]]).float()
    loss, errors = hidden_mse(prediction, target, away)
    torch.testing.assert_close(loss, (prediction - target).square()[away.bool()].mean())
    assert errors.shape == (2, 6)
    prediction[~away.bool()] += 10
    torch.testing.assert_close(hidden_mse(prediction, target, away)[0], loss)


def test_predicting_the_mean_gives_one():
    """What the reference line says: of whitened pixels, and of each patch by its own mean and deviation."""
    pixels = torch.randn(50, 16, 48)
    everywhere = torch.ones(50, 16)
    for normalised in (False, True):
        target = target_of(3 * pixels + 1 if normalised else pixels, normalised=normalised)
        loss, _ = hidden_mse(torch.zeros_like(target), target, everywhere)
        assert float(loss) == pytest.approx(1.0, abs=0.03)


def test_the_loss_is_in_full_precision_under_autocast():
    network = method()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        step = network.step([images()[None]], batch())
    assert step.loss.dtype == torch.float32


def test_every_view_counts_as_an_image():
    network = method()
    step = network.step([torch.stack([images(), images()])], batch())
    assert step.peek["prediction"].shape == (8, 64, 48)
    assert step.peek["h"].shape == (8, 64)


@pytest.mark.parametrize("strategy", ["random", "block", "grid"])
@pytest.mark.parametrize("ratio", [0.05, 0.75, 0.95])
def test_as_many_patches_are_hidden_as_asked(strategy, ratio):
    step = method(strategy=strategy, mask_ratio=ratio).step([images()[None]], batch())
    assert step.peek["hidden"].sum(1).tolist() == [64 - int(64 * (1 - ratio))] * 4
    assert bool(step.loss.isfinite())


def test_it_learns_to_paint_the_colour_that_it_sees():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = MAE(encoder(), MAEParams(decoder_width=32, decoder_depth=1), Facts((SIZE,)))
    optimiser = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=3e-3)
    losses = []
    for k in range(40):
        colours = torch.rand(16, 3, 1, 1, generator=torch.Generator().manual_seed(k)).expand(-1, -1, *SIZE)
        step = network.step([colours[None]], batch(16, k))
        optimiser.zero_grad()
        step.loss.backward()
        optimiser.step()
        losses.append(step.loss.item())
    assert sum(losses[-5:]) < 0.3 * sum(losses[:5])


def test_it_begins_near_the_mean_colour():
    network, pictures = method(), images(64)
    step = network.step([pictures[None]], batch(64))
    pixels = network.encoder.normalise(pictures).square().mean()
    torch.testing.assert_close(step.loss, pixels, rtol=0.1, atol=0)


# --- pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("normalised", [False, True])
def test_a_perfect_prediction_is_the_image_itself(normalised):
    network = method(normalised=normalised)
    perfect = network.target(images())
    torch.testing.assert_close(network.picture(perfect, images()), images(), rtol=0, atol=2e-3)


def test_a_normalised_prediction_borrows_mean_and_contrast_of_each_patch():
    network = method(normalised=True)
    flat = network.picture(torch.zeros(4, 64, 48), images())
    seen = patchify(network.encoder.normalise(images()), (4, 4)).mean(-1)
    got = patchify(network.encoder.normalise(flat), (4, 4)).mean(-1)
    torch.testing.assert_close(got, seen, rtol=0, atol=1e-4)


def test_visible_patches_are_pasted_over_the_prediction():
    drawn = reconstruct(method(), images(), hidden(0, 9))
    assert torch.equal(drawn.pasted[:, :, 8:], images()[:, :, 8:])
    assert torch.equal(drawn.pasted[:, :, :4, :4], drawn.prediction[:, :, :4, :4])
    assert (drawn.masked[:, :, 4:8, 4:8] == 0.5).all()
    assert torch.equal(drawn.masked[:, :, 4:8, :4], images()[:, :, 4:8, :4])
    assert not torch.equal(drawn.prediction[:, :, 8:], images()[:, :, 8:])


def test_reconstruction_errors_are_those_of_the_loss():
    network, away = method(), hidden(*range(0, 64, 3))
    drawn = reconstruct(network, images(), away)
    prediction = patchify(network.encoder.normalise(drawn.prediction), (4, 4))  # clipped to [0, 1] on its way
    clipped = (prediction - network.target(images())).square().mean(-1).view(4, 8, 8)
    assert drawn.errors.shape == (4, 8, 8)
    assert (clipped <= drawn.errors + 1e-5).all()


def test_a_mask_may_differ_from_image_to_image():
    away = torch.stack([hidden(k, k + 10) for k in range(4)])
    drawn = reconstruct(method(), images(), away)
    alone = reconstruct(method(), images()[2:3], away[2])
    torch.testing.assert_close(drawn.prediction[2:3], alone.prediction, rtol=1e-4, atol=1e-5)


def test_reconstructing_changes_nothing():
    network = method().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    drawn = reconstruct(network, images(), hidden(1))
    assert not drawn.prediction.requires_grad
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.ones(8, 8, dtype=torch.bool), "hides every patch"),
        (torch.zeros(4, 4, dtype=torch.bool), "8 x 8 patches"),
        (torch.zeros(64, dtype=torch.bool), "8 x 8 patches"),
        (torch.stack([hidden(1), hidden(1, 2), hidden(1), hidden(1)]), "more of one image"),
        (torch.zeros(3, 8, 8, dtype=torch.bool), "4 images"),
    ],
)
def test_masks_that_do_not_fit_are_refused(mask, message):
    with pytest.raises(MethodError, match=message):
        reconstruct(method(), images(), mask)


@pytest.mark.parametrize("normalised", [False, True])
def test_the_figure_says_where_mean_and_contrast_come_from(normalised):
    network, views = method(normalised=normalised), [images()[None]]
    step = network.step(views, batch())
    drawing = network.figure("reconstruction", views, batch(), step.peek)
    assert drawing["images"].shape == (4, 5, 3, *SIZE)
    assert any("true mean" in name for name in drawing["columns"]) is normalised
    told = [float(row[-1]) for row in drawing["texts"]]
    assert sum(told) / 4 == pytest.approx(step.loss.item(), abs=0.01)


def test_error_by_place_leaves_visible_patches_out():
    network, views = method(), [images()[None]]
    step = network.step(views, batch())
    errors = network.figure("patch_error", views, batch(), step.peek)["values"]
    away, own = step.peek["hidden"].view(4, 8, 8), step.peek["errors"].view(4, 8, 8)
    place = away.sum(0).argmax()
    y, x = divmod(int(place), 8)
    expected = own[:, y, x][away[:, y, x].bool()].mean()
    torch.testing.assert_close(errors[y, x], expected)
    assert (errors[away.sum(0) == 0] == 0).all()


def test_without_positions_every_hidden_patch_gets_one_answer():
    network = method(positions=False)
    step = network.step([images()[None]], batch())
    first = step.peek["prediction"][0][step.peek["hidden"][0].bool()]
    assert first.std(0).max() < 1e-4


# --- what is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("backbone", "params", "sizes", "field", "message"),
    [
        ("resnet_w16", {}, (SIZE,), "backbone", "vision transformer"),
        ("vit_d64", {"mask_ratio": 0.95}, ((16, 16),), "mask_ratio", "hides every patch of an image with 16"),
        ("vit_d64", {"mask_ratio": 1.0}, (SIZE,), "mask_ratio", "hides every patch"),
        ("vit_d64", {"mask_ratio": 0.0}, (SIZE,), "mask_ratio", "hides no patch"),
        ("vit_d64", {"decoder_width": 30}, (SIZE,), "decoder_width", "30 wide"),
        ("vit_d64", {}, (SIZE, (16, 16)), "", "one size"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(backbone, params, sizes, field, message):
    with pytest.raises(MethodError, match=message) as refused:
        MAE.require(MAEParams(**params), Facts(sizes), encoder(backbone))
    assert refused.value.field == field
    assert refused.value.hint


def test_a_flip_that_leaves_nothing_is_refused_and_changes_nothing():
    network = MAE(encoder(), MAEParams(), Facts(((16, 16),)))
    with pytest.raises(SpecError, match="hides every patch"):
        network.set_param("mask_ratio", 0.95)
    assert network.params.mask_ratio == 0.75
    assert network.set_param("mask_ratio", 0.5) == (0.75, 0.5)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_ratios_of_nothing_and_everything_are_out_of_range(ratio):
    with pytest.raises(SpecError) as refused:
        method().set_param("mask_ratio", ratio)
    assert refused.value.field == "mask_ratio"


def test_references_follow_the_target():
    network = method()
    ((_, pixels, level),) = network.references(128)
    network.set_param("normalised", True)
    ((_, own, same),) = network.references(128)
    assert level == same == 1.0
    assert "all images" in pixels
    assert "own mean" in own


def test_the_catalogue_knows_it():
    info = METHODS["mae"].info
    names = {param.name for param in info.params}
    assert {symbol.value for symbol in info.symbols} - {"", "loss"} <= names
    assert {figure.switch for figure in info.figures} - {""} <= names
    boxes = {box.name for box in info.boxes}
    assert {end for link in info.links for end in (link.source, link.target)} == boxes
