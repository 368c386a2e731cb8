"""MAE's decoder: tokens come back to their places, and mask tokens know theirs by position alone."""

import pytest
import torch

from sslviz.nn.mae_decoder import MAEDecoder, heads_for
from sslviz.nn.masking import mask_by, take


def decoder(prefix: int = 1) -> MAEDecoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MAEDecoder(16, prefix, 32, 2, (3, 4), 27)


def drawn(prefix: int = 1):
    generator = torch.Generator().manual_seed(1)
    masking = mask_by(torch.rand(5, 12, generator=generator), 4)
    return torch.randn(5, prefix + 4, 16, generator=generator), masking


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_one_answer_for_each_patch(prefix):
    tokens, masking = drawn(prefix)
    assert decoder(prefix)(tokens, masking.restore).shape == (5, 12, 27)


def test_the_order_in_which_patches_are_given_does_not_matter():
    """Attention knows no order: the answer for a patch depends on its place, not on its turn."""
    tokens, masking = drawn()
    network = decoder()
    turn = torch.tensor([2, 0, 3, 1])
    turned = torch.cat([tokens[:, :1], tokens[:, 1:][:, turn]], dim=1)
    places = torch.cat([turn.argsort(), torch.arange(4, 12)])  # where each token went
    restore = places[masking.restore]
    torch.testing.assert_close(network(turned, restore), network(tokens, masking.restore), rtol=1e-4, atol=1e-5)


def test_without_places_all_hidden_patches_get_one_answer():
    tokens, masking = drawn()
    network = decoder()
    away = masking.hidden.bool()
    blind, placed = network(tokens, masking.restore, placed=False), network(tokens, masking.restore)
    assert blind[0][away[0]].std(0).max() < 1e-5
    assert placed[0][away[0]].std(0).max() > 0.01


def test_a_patch_hears_of_the_visible_ones():
    tokens, masking = drawn()
    network = decoder()
    other = tokens.clone()
    other[0, 2] += 1
    differs = (network(other, masking.restore) - network(tokens, masking.restore)).abs().amax(2)
    assert (differs[0] > 1e-5).all()
    assert (differs[1:] == 0).all()


def test_gradients_reach_mask_token_and_encoder():
    tokens, masking = drawn()
    tokens.requires_grad_()
    network = decoder()
    network(tokens, masking.restore).square().mean().backward()
    assert network.mask_token.grad.abs().max() > 0
    assert tokens.grad.abs().amax(2).min() > 0


def test_positions_are_not_kept_in_checkpoints():
    assert "positions" not in decoder().state_dict()


@pytest.mark.parametrize(("width", "heads"), [(16, 1), (64, 4), (96, 6), (512, 16), (20, 1), (36, 2)])
def test_heads_have_at_least_sixteen_numbers(width, heads):
    assert heads_for(width) == heads


def test_take_and_restore_are_inverse():
    tokens, masking = torch.rand(5, 12, 3), mask_by(torch.rand(5, 12), 12)
    assert torch.equal(take(take(tokens, masking.kept), masking.restore), tokens)
