"""Features of any layer by name, from convolutional networks and transformers; no hook stays behind."""

from __future__ import annotations

import pytest
import torch

from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.layers import layer_features, layer_maps, layer_names

IMAGES = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=["resnet_w16", "vit_d64"])
def encoder(request):
    return Encoder(build_backbone(request.param, 32), (0.5,) * 3, (0.25,) * 3).eval()


@torch.no_grad()
def test_every_block_gives_a_vector_and_h_is_what_the_encoder_gives(encoder):
    names = layer_names(encoder)
    assert len(names) >= 4
    found = layer_features(encoder, IMAGES, (*names, "h"))
    assert list(found) == [*names, "h"]
    assert all(features.shape[0] == 3 and features.ndim == 2 for features in found.values())
    assert torch.equal(found["h"], encoder(IMAGES))
    assert not any(part._forward_hooks for part in encoder.modules())


@torch.no_grad()
def test_pooling_is_the_networks_own():
    cnn = Encoder(build_backbone("resnet_w16", 32), (0.5,) * 3, (0.25,) * 3).eval()
    assert torch.allclose(layer_features(cnn, IMAGES, ("stages.2",))["stages.2"], cnn(IMAGES), atol=1e-5)
    vit = Encoder(build_backbone("vit_d64", 32), (0.5,) * 3, (0.25,) * 3).eval()
    assert torch.allclose(layer_features(vit, IMAGES, ("norm",))["norm"], vit(IMAGES), atol=1e-5)


@torch.no_grad()
def test_maps_are_laid_out_like_the_image(encoder):
    names = layer_names(encoder)
    maps = layer_maps(encoder, IMAGES, (names[1], "h"))
    assert set(maps) == {names[1], "h"}
    left = IMAGES.clone()
    left[:, :, :, :8] = 0.0
    places = maps["h"]
    changed = (layer_maps(encoder, left, ("h",))["h"] - places).abs().mean((0, 1, 2))  # by column
    assert places.shape[2] == places.shape[3]
    assert changed[0] > changed[-1]


def test_a_wrong_name_is_answered_with_those_that_there_are(encoder):
    with pytest.raises(NetworkError, match="no layer called") as caught:
        layer_features(encoder, IMAGES, ("nonsense",))
    assert layer_names(encoder)[0] in caught.value.hint
    assert caught.value.field == "layers"
