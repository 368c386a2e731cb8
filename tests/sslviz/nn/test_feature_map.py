"""Feature map: last features as a grid over the image, for every kind of backbone."""

import pytest
import torch
from torch import nn

from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.feature_map import feature_map, map_shape, pool_by_mean

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def encoder(name: str, size: int = 32) -> Encoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Encoder(build_backbone(name, size), MEAN, STD).eval()


@pytest.mark.parametrize(
    ("name", "size", "shape"),
    [
        ("resnet_w16", 32, (64, 4, 4)),
        ("resnet_w32_deep", 64, (256, 4, 4)),
        ("vit_d64", 32, (64, 8, 8)),
        ("vit_d64", 64, (64, 8, 8)),
        ("timm:resnet18", 64, (512, 2, 2)),
        ("timm:vit_tiny_patch16_224", 32, (192, 2, 2)),
        ("timm:deit_tiny_distilled_patch16_224", 32, (192, 2, 2)),
        ("timm:convnext_atto", 64, (320, 2, 2)),
        ("timm:mixer_s16_224", 32, (512, 2, 2)),
    ],
)
def test_its_shape(name, size, shape):
    with torch.no_grad():
        assert feature_map(encoder(name, size), torch.rand(2, 3, size, size)).shape == (2, *shape)


def test_the_mean_of_a_resnets_map_is_its_feature():
    network, images = encoder("resnet_w16"), torch.rand(3, 3, 32, 32)
    torch.testing.assert_close(feature_map(network, images).mean((2, 3)), network(images))


def test_a_vits_cell_is_the_token_of_its_patch():
    network, images = encoder("vit_d64"), torch.rand(2, 3, 32, 32)
    tokens = network.backbone.forward_features(network.normalise(images))  # (B, 1 + 64, 64), the class token first
    grid = feature_map(network, images)
    torch.testing.assert_close(grid[:, :, 2, 5], tokens[:, 1 + 2 * 8 + 5])


@pytest.mark.parametrize("name", ["resnet_w16", "vit_d64"])
def test_images_need_not_be_square(name):
    grid = feature_map(encoder(name), torch.rand(2, 3, 32, 64))
    assert grid.shape[2] * 2 == grid.shape[3]


def test_uint8_is_taken_as_the_encoder_takes_it():
    network = encoder("vit_d64")
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    torch.testing.assert_close(feature_map(network, images), feature_map(network, images.float() / 255))


def test_gradients_reach_the_first_layer():
    network = encoder("resnet_w16")
    feature_map(network, torch.rand(2, 3, 32, 32)).square().mean().backward()
    assert network.backbone.stem[0].weight.grad.abs().max() > 0


class LastInChannels(nn.Module):
    """A network that, like timm's Swin, has its channels last."""

    output_fmt = "NHWC"
    num_features = 3

    def forward_features(self, images):
        return images.permute(0, 2, 3, 1)


def test_channels_come_second_however_the_network_has_them():
    network, images = Encoder(LastInChannels(), MEAN, STD), torch.rand(2, 3, 8, 16)
    torch.testing.assert_close(feature_map(network, images), network.normalise(images))


class Tokens(nn.Module):
    """A network of `count` tokens that says nothing of its class token."""

    num_features = 4

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward_features(self, images):
        return torch.arange(self.count).float()[None, :, None].expand(len(images), -1, 4)


def test_a_class_token_that_is_not_declared_is_found_out():
    grid = feature_map(Encoder(Tokens(17), MEAN, STD), torch.rand(2, 3, 32, 32))
    assert grid[0, 0].tolist() == torch.arange(1.0, 17).view(4, 4).tolist()


@pytest.mark.parametrize("network", [Tokens(14), nn.Identity()])
def test_what_is_no_grid_is_refused(network):
    with pytest.raises(NetworkError, match="one grid"):
        feature_map(Encoder(network, MEAN, STD), torch.rand(2, 3, 32, 32))


def test_a_size_that_the_patches_do_not_fill_is_refused():
    with pytest.raises(NetworkError, match="patches of 4 x 4 px"):
        feature_map(encoder("vit_d64"), torch.rand(2, 3, 30, 30))


@pytest.mark.parametrize(("name", "shape"), [("resnet_w16", (64, 4, 4)), ("vit_d64", (64, 8, 8))])
def test_the_shape_of_a_map_is_told_without_a_trace(name, shape):
    network = encoder(name).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    assert map_shape(network, (32, 32)) == shape
    assert all(part.training for part in network.modules())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("name", ["resnet_w16", "vit_d64", "timm:convnext_atto"])
def test_h_can_be_the_mean_of_the_map(name):
    network, images = encoder(name, 64), torch.rand(2, 3, 64, 64)
    before = network(images)
    pool_by_mean(network)
    if name == "vit_d64":
        torch.testing.assert_close(network(images), feature_map(network, images).mean((2, 3)))
    else:
        torch.testing.assert_close(network(images), before)
