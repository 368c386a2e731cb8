"""Masked autoencoders: the authors' conventions, naive loops beside them, and what is refused."""

from __future__ import annotations

import pytest
import torch

from sslviz.inspect.errors import InspectError
from sslviz.inspect.rebuild import rebuild
from sslviz.spec.inspection import ModelRef, PictureRef, Rebuild
from tests.sslviz.inspect.networks import about, convolutional, images, masked_autoencoder, picture, transformer


def patches_of(x: torch.Tensor) -> torch.Tensor:
    """(B, 16, 192) by a loop: row in the patch, column in the patch, channel."""
    cells = [
        x[:, :, 8 * r : 8 * r + 8, 8 * c : 8 * c + 8].permute(0, 2, 3, 1).flatten(1) for r in range(4) for c in range(4)
    ]
    return torch.stack(cells, dim=1)


def test_noise_hides_as_in_the_authors_code():
    noise = torch.rand(2, 16, generator=torch.Generator().manual_seed(3))
    found = masked_autoencoder().reconstruct(images(), noise=noise, ratio=0.7)
    kept = noise.argsort(1)[:, : int(16 * (1 - 0.7))]
    assert torch.equal(found.hidden, torch.ones(2, 16).scatter(1, kept, 0))
    assert torch.equal(found.restore, noise.argsort(1).argsort(1))


def test_losses_and_pictures_by_naive_loops():
    model = masked_autoencoder()
    x, found = model.prepare(images()), model.reconstruct(images(), seed=4)
    truth = patches_of(x)
    own = (truth - truth.mean(-1, keepdim=True)) / (truth.var(-1, keepdim=True) + 1e-6).sqrt()
    plain, normed = ((found.prediction - target).square().mean(-1) for target in (truth, own))
    away = found.hidden.bool()
    assert float(found.loss_pix) == pytest.approx(float(plain[away].mean()), rel=1e-5)
    assert float(found.loss_normpix) == pytest.approx(float(normed[away].mean()), rel=1e-5)
    assert torch.allclose(patches_of(found.recon), found.prediction, atol=1e-6)
    assert torch.allclose(patches_of(found.pasted), torch.where(away[..., None], found.prediction, truth), atol=1e-6)
    assert torch.allclose(patches_of(found.masked), truth * ~away[..., None], atol=1e-6)
    assert torch.allclose(found.errors.flatten(1), plain, rtol=1e-4)
    assert float(found.loss) == float(found.loss_pix)
    assert not found.borrowed


@pytest.mark.parametrize(
    ("stored", "asked", "borrowed"),
    [(True, None, True), (None, None, False), (True, False, False), (False, True, True)],
)
def test_normalised_targets_borrow_the_patches_own_mean_and_deviation(stored, asked, borrowed):
    model = masked_autoencoder(stored)
    found = model.reconstruct(images(), normalised=asked)
    truth = patches_of(model.prepare(images()))
    drawn = found.prediction * (truth.var(-1, keepdim=True) + 1e-6).sqrt() + truth.mean(-1, keepdim=True)
    assert found.borrowed is borrowed
    assert torch.allclose(patches_of(found.recon), drawn if borrowed else found.prediction, atol=1e-4)
    assert float(found.loss) == float(found.loss_normpix if borrowed else found.loss_pix)


def test_a_mask_may_be_painted_for_all_or_for_each():
    model = masked_autoencoder()
    mask = torch.zeros(4, 4, dtype=torch.bool)
    mask[1:3, 1:] = True
    for_all = model.reconstruct(images(), mask=mask)
    for_each = model.reconstruct(images(), mask=mask.expand(2, 4, 4))
    assert torch.equal(for_all.hidden, mask.flatten().float().expand(2, 16))
    assert torch.equal(for_all.prediction, for_each.prediction)


def test_the_decoder_sees_what_is_visible_and_nothing_else():
    model = masked_autoencoder()
    mask = torch.zeros(4, 4, dtype=torch.bool)
    mask[0, 0] = True
    other = images().clone()
    other[:, :, :8, :8] = 255 - other[:, :, :8, :8]
    assert torch.equal(
        model.reconstruct(images(), mask=mask).prediction, model.reconstruct(other, mask=mask).prediction
    )
    other[:, :, 8:16, :8] = 0
    assert not torch.allclose(
        model.reconstruct(images(), mask=mask).prediction, model.reconstruct(other, mask=mask).prediction
    )


@pytest.mark.parametrize("strategy", ["random", "block", "grid"])
def test_strategies_are_repeatable_and_hide_the_same_number(strategy):
    model = masked_autoencoder()
    one, same = (model.reconstruct(images(), strategy=strategy, ratio=0.5, seed=1) for _ in range(2))
    assert torch.equal(one.hidden, same.hidden)
    assert one.hidden.sum(1).tolist() == [8, 8]
    assert not torch.equal(one.hidden, model.reconstruct(images(), strategy=strategy, ratio=0.5, seed=2).hidden)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"ratio": 1.0}, "not one of 4 × 4 patches is left"),
        ({"ratio": -0.1}, "not one of"),
        ({"ratio": 0.95}, "not one of"),
        ({"strategy": "stripes"}, "cannot be drawn"),
        ({"mask": torch.ones(4, 4)}, "hides every patch"),
        ({"mask": torch.zeros(3, 5)}, "has the shape"),
        ({"mask": torch.eye(2, 16)[:, None].repeat(1, 1, 1) * torch.tensor([[[1]], [[0]]])}, "more of one picture"),
        ({"noise": torch.rand(2, 15)}, "noise has the shape"),
    ],
)  # fmt: skip
def test_masks_that_cannot_be_are_refused(asked, message):
    with pytest.raises(InspectError, match=message):
        masked_autoencoder().reconstruct(images(), **asked)


def test_another_size_than_the_decoders_is_refused():
    with pytest.raises(InspectError, match="knows the places of 32 × 32 px only"):
        masked_autoencoder().reconstruct(images(size=(40, 32)))


@pytest.mark.parametrize("make", [transformer, convolutional])
def test_without_a_decoder_it_says_what_to_open(make):
    with pytest.raises(InspectError, match="no decoder") as error:
        make().reconstruct(images())
    assert "mae_visualize" in error.value.hint
    assert "mae-shapes" in error.value.hint


def test_an_encoder_of_mae_is_told_from_others():
    import dataclasses

    model = transformer()
    loaded = dataclasses.replace(model.loaded, description=about(model.transformer.plan, family="MAE"))
    with pytest.raises(InspectError, match="MAE's encoder alone"):
        rebuild(type(model)(loaded), ask(), picture())


def ask(**changes) -> Rebuild:
    return Rebuild(1, ModelRef("x"), PictureRef(), **changes)


def test_an_answer_has_its_pictures_in_order():
    model = masked_autoencoder()
    answer = rebuild(model, ask(ratio=0.5, seed=2), picture())
    assert list(answer.pictures) == ["original", "masked", "prediction", "pasted"] == list(answer.about)
    assert all(image.shape == (32, 32, 3) and image.dtype == "uint8" for image in answer.pictures.values())
    hidden = torch.tensor(answer.hidden)
    assert int(hidden.sum()) == 8
    assert torch.equal(torch.tensor(answer.errors).isnan(), ~hidden)
    assert answer.loss == pytest.approx(float(torch.tensor(answer.errors)[hidden].mean()), rel=1e-5)
    visible = ~hidden.repeat_interleave(8, 0).repeat_interleave(8, 1)
    original, pasted = (torch.tensor(answer.pictures[name]) for name in ("original", "pasted"))
    assert torch.equal(original[visible], pasted[visible])
    grey = torch.tensor([128, 102, 76])  # the mean that the network takes away
    assert (torch.tensor(answer.pictures["masked"])[~visible] - grey).abs().max() <= 1
    assert "50% hidden, random, seed 2" in answer.caption


def test_borrowed_brightness_and_unknown_targets_are_said():
    assert any("not the model's" in note for note in rebuild(masked_autoencoder(True), ask(), picture()).notes)
    assert any("pixels are assumed" in note for note in rebuild(masked_autoencoder(None), ask(), picture()).notes)
    assert rebuild(masked_autoencoder(False), ask(), picture()).notes == ()
    assert rebuild(masked_autoencoder(False), ask(), picture()).target_stored


def test_painted_masks_have_one_bool_a_patch_and_leave_something():
    model = masked_autoencoder()
    hidden = tuple(k % 3 == 0 for k in range(16))
    answer = rebuild(model, ask(strategy="painted", hidden=hidden), picture())
    assert tuple(answer.hidden.flatten().tolist()) == hidden
    assert "painted" in answer.caption
    with pytest.raises(InspectError, match="has 3 patches"):
        rebuild(model, ask(strategy="painted", hidden=(True,) * 3), picture())
    with pytest.raises(InspectError, match="Everything is hidden"):
        rebuild(model, ask(strategy="painted", hidden=(True,) * 16), picture())


def test_nothing_hidden_has_no_loss():
    answer = rebuild(masked_autoencoder(), ask(strategy="painted", hidden=(False,) * 16), picture())
    assert answer.loss != answer.loss
    assert torch.tensor(answer.errors).isnan().all()
