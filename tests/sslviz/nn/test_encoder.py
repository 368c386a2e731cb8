"""Encoder: it normalises, keeps the data's statistics with the weights, and runs in the right memory format."""

import pytest
import torch

from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder, is_convolutional
from sslviz.nn.errors import NetworkError

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def encoder(name: str = "resnet_w16") -> Encoder:
    return Encoder(build_backbone(name, 32), MEAN, STD)


def test_normalises_each_channel():
    images = torch.rand(4, 3, 32, 32)
    expected = (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(encoder().normalise(images), expected)


def test_uint8_and_floats_give_the_same_features():
    network = encoder().eval()
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    torch.testing.assert_close(network(images), network(images.float() / 255))


def test_statistics_travel_with_the_weights():
    one = encoder()
    other = Encoder(build_backbone("resnet_w16", 32), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    other.load_state_dict(one.state_dict())
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(one.eval()(images), other.eval()(images))


def test_a_constant_channel_does_not_divide_by_zero():
    network = Encoder(build_backbone("resnet_w16", 32), (0.0, 0.5, 0.5), (0.0, 0.2, 0.2))
    assert torch.isfinite(network(torch.rand(2, 3, 32, 32))).all()


@pytest.mark.parametrize(("name", "convolutional"), [("resnet_w16", True), ("vit_d64", False)])
def test_convolutions_run_in_channels_last(name, convolutional):
    network = encoder(name)
    assert is_convolutional(network.backbone) is convolutional
    seen = network.normalise(torch.rand(2, 3, 32, 32))
    assert seen.is_contiguous(memory_format=torch.channels_last) is convolutional


def test_the_memory_format_survives_a_move_and_changes_no_value():
    network = encoder().eval()
    plain = Encoder(build_backbone("resnet_w16", 32), MEAN, STD).eval()
    plain.load_state_dict(network.state_dict())
    plain.backbone.to(memory_format=torch.contiguous_format)
    plain.memory_format = torch.contiguous_format
    images = torch.rand(4, 3, 32, 32)
    torch.testing.assert_close(network(images), plain(images), rtol=1e-4, atol=1e-5)
    kernel = network.to("cpu", torch.float64).backbone.stages[0][0].conv1.weight
    assert kernel.is_contiguous(memory_format=torch.channels_last)


def test_views_that_the_patches_do_not_fill_are_refused_with_sizes_that_fit():
    with pytest.raises(NetworkError, match=r"patches of 4 x 4 px, which do not fill 18 px.*16 or 20 px"):
        encoder("vit_d64")(torch.rand(2, 3, 32, 18))


def test_transformers_take_pictures_that_are_not_square():
    assert encoder("vit_d64")(torch.rand(2, 3, 32, 16)).shape == (2, 64)


def test_a_network_for_one_size_says_so():
    network = encoder("timm:mixer_s32_224")
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 512)
    with pytest.raises(NetworkError, match=r"does not take images of 64 x 32 px.*Give every view the size"):
        network(torch.rand(2, 3, 32, 64))


def test_a_network_whose_position_biases_are_for_one_size_says_so():
    network = encoder("timm:levit_128s")
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 384)
    with pytest.raises(NetworkError, match=r"does not take images of 64 x 64 px.*Give every view the size"):
        network(torch.rand(2, 3, 64, 64))


def test_other_errors_of_a_network_are_not_about_its_size(monkeypatch):
    def fail(images):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    network = encoder()
    monkeypatch.setattr(network.backbone, "forward", fail)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        network(torch.rand(2, 3, 32, 32))
