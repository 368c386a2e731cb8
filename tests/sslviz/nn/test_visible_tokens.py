"""A ViT on some of its patches: with all of them it is the ViT itself."""

import pytest
import torch

from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.masking import mask_by
from sslviz.nn.positions import sincos_positions
from sslviz.nn.visible_tokens import plain_vit, start_as_mae, visible_tokens

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def encoder(name: str = "vit_d64", size: int = 32) -> Encoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Encoder(build_backbone(name, size), MEAN, STD).eval()
        start_as_mae(plain_vit(network.backbone))
    return network


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("vit_d64", True),
        ("timm:vit_tiny_patch16_224", True),
        ("timm:vit_small_patch16_dinov3", False),
        ("resnet_w16", False),
        ("timm:mixer_s32_224", False),
    ],
)
def test_which_networks_can_leave_out_patches(name, plain):
    assert (plain_vit(build_backbone(name, 32)) is not None) is plain


@pytest.mark.parametrize("name", ["vit_d64", "timm:vit_tiny_patch16_224", "timm:deit3_small_patch16_224"])
def test_with_all_patches_it_is_the_network_itself(name):
    network, images = encoder(name, 64), torch.rand(2, 3, 64, 64)
    patches = network.backbone.patch_embed.num_patches
    everything = torch.arange(patches).expand(2, -1)
    whole = network.run(network.backbone.forward_features, images)
    torch.testing.assert_close(visible_tokens(network, images, everything), whole)


def test_hidden_patches_are_not_seen():
    network, images = encoder(), torch.rand(2, 3, 32, 32)
    kept = torch.tensor([[5, 9, 60], [1, 2, 3]])
    changed = images.clone()
    changed[:, :, 8:12, 8:12] = 0  # patch 2 · 8 + 2
    torch.testing.assert_close(
        visible_tokens(network, changed, kept), visible_tokens(network, images, kept), rtol=0, atol=0
    )
    changed[0, :, 0:4, 20:24] = 0  # patch 5, visible in the first image
    differs = visible_tokens(network, changed, kept) - visible_tokens(network, images, kept)
    assert differs[0].abs().max() > 0.01
    assert differs[1].abs().max() == 0


def test_patches_keep_their_places():
    """The same pixels at another place are another token."""
    network = encoder()
    images = torch.full((1, 3, 32, 32), 0.7)
    first, second = (visible_tokens(network, images, torch.tensor([[k]]))[0, 1] for k in (0, 63))
    assert (first - second).abs().max() > 0.05


def test_positions_are_fixed_and_the_class_token_has_none():
    vit = encoder().backbone
    assert not vit.pos_embed.requires_grad
    assert vit.pos_embed[0, 0].abs().max() == 0
    assert torch.equal(vit.pos_embed[0, 1:], sincos_positions(64, (8, 8)))


def test_features_are_the_mean_of_the_patches():
    network, images = encoder(), torch.rand(2, 3, 32, 32)
    tokens = network.run(network.backbone.forward_features, images)
    torch.testing.assert_close(network(images), tokens[:, 1:].mean(1))


def test_fewer_patches_take_less_work():
    """What MAE is fast by: the blocks see as many tokens as are kept, and the class token."""
    network, seen = encoder(), []
    network.backbone.blocks[0].register_forward_hook(lambda _m, inputs, _o: seen.append(inputs[0].shape[1]))
    visible_tokens(network, torch.rand(2, 3, 32, 32), mask_by(torch.rand(2, 64), 16).kept)
    assert seen == [17]
