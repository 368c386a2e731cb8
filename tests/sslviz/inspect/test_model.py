"""Model: features and attention of any layer and size, channels, refusals, random weights."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from sslviz.checkpoints.base import Loaded
from sslviz.inspect.errors import InspectError
from sslviz.inspect.model import Model
from sslviz.inspect.random_weights import is_sincos
from sslviz.nn.positions import sincos_positions
from tests.sslviz.inspect.networks import PLAN, about, convolutional, drawn, images, masked_autoencoder, transformer


def test_pictures_are_normalised_to_the_last_bit():
    model = transformer()
    pixels = images()
    mean, std = (torch.tensor(values)[:, None, None] for values in (model.describe().mean, model.describe().std))
    assert torch.equal(model.prepare(pixels), (pixels.float() / 255 - mean) / std)
    assert torch.equal(model.prepare(pixels.float() / 255), model.prepare(pixels))
    assert torch.allclose(model.show(model.prepare(pixels)), pixels / 255, atol=1e-6)


def test_features_of_the_last_layer_are_the_networks_own():
    model = transformer(registers=2)
    features = model.features(images())
    assert torch.allclose(features.pooled, model.network(model.prepare(images())), atol=1e-6)
    assert torch.equal(features.cls, features.tokens[:, 0])
    assert torch.equal(features.registers, features.tokens[:, 1:3])
    assert torch.equal(features.patches, features.tokens[:, 3:])
    assert features.grid == (4, 4)


def test_features_of_an_earlier_layer_go_through_the_final_norm_unless_raw():
    model = transformer()
    raw = model.features(images(), 0, norm=False).tokens
    assert torch.allclose(model.features(images(), 0).tokens, model.transformer.norm(raw), atol=1e-6)
    assert torch.allclose(model.features(images(), -3, norm=False).tokens, raw)
    assert not torch.allclose(model.features(images(), 1, norm=False).tokens, raw)


def test_a_network_without_class_token_has_none():
    features = transformer(class_token=False, table_prefix=0, pool="mean").features(images())
    assert features.cls is None
    assert features.registers.shape[1] == 0
    assert torch.allclose(features.pooled, features.patches.mean(1), atol=1e-6)


def test_attention_rows_sum_to_one_and_rows_are_those_of_the_whole():
    model = transformer()
    whole = model.attention(images(size=(40, 24)), 1)
    assert whole.shape == (2, 2, 16, 16)
    assert torch.allclose(whole.sum(-1), torch.ones(2, 2, 16), atol=1e-5)
    rows = model.rows(images(size=(40, 24)), (1, -1), [0, 3])
    assert torch.allclose(rows[1], whole[:, :, [0, 3]], atol=1e-6)
    assert torch.allclose(rows[-1], model.attention(images(size=(40, 24)))[:, :, [0, 3]], atol=1e-6)


def test_convolutional_features_are_places_of_the_map():
    model = convolutional()
    features = model.features(images(size=(40, 24)))
    assert torch.allclose(features.pooled, model.network(model.prepare(images(size=(40, 24)))), atol=1e-5)
    assert features.grid == (20, 12)
    assert features.patches.shape == (2, 240, 12)
    assert features.cls is None
    with pytest.raises(InspectError, match="no attention"):
        model.attention(images())


@pytest.mark.parametrize(("given", "channels"), [(3, 1), (1, 3), (3, 3), (1, 1)])
def test_pictures_get_the_channels_of_the_network(given, channels):
    plan = dataclasses.replace(PLAN, channels=channels)
    described = about(plan, mean=(0.5,) * channels, std=(0.25,) * channels)
    model = Model(Loaded(drawn(type(transformer().network)(plan)), described))
    pixels = images()[:, :given]
    seen = model.prepare(pixels)
    assert seen.shape[1] == channels
    if (given, channels) == (3, 1):
        grey = (pixels * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True) / 255
        assert torch.allclose(seen, (grey - 0.5) / 0.25, atol=1e-5)


def test_channels_that_a_picture_does_not_have_are_refused():
    plan = dataclasses.replace(PLAN, channels=13)
    model = Model(Loaded(drawn(type(transformer().network)(plan)), about(plan, mean=(0.5,) * 13, std=(0.25,) * 13)))
    with pytest.raises(InspectError, match="images of 13 channels, and these have 3"):
        model.features(images())
    assert model.features(torch.rand(1, 13, 32, 32)).grid == (4, 4)


@pytest.mark.parametrize("size", [(30, 32), (32, 4), (33, 33)])
def test_sizes_that_patches_do_not_fill_are_refused_with_those_that_fit(size):
    with pytest.raises(InspectError, match="which do not fill") as error:
        transformer().features(images(size=size))
    assert "8" in error.value.hint or "32" in error.value.hint


def test_texts_need_a_tower():
    with pytest.raises(InspectError, match="knows no text"):
        transformer().encode_text(torch.zeros(1, 4, dtype=torch.long))


@pytest.mark.parametrize("make", [transformer, convolutional, masked_autoencoder])
def test_random_weights_are_another_network_of_the_same_shape(make):
    model = make()
    before = {name: weight.clone() for name, weight in model.network.state_dict().items()}
    state = torch.random.get_rng_state()
    one, same, other = model.with_random_weights(1), model.with_random_weights(1), model.with_random_weights(2)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(one.features(images()).pooled, same.features(images()).pooled)
    assert not torch.equal(one.features(images()).pooled, other.features(images()).pooled)
    assert not torch.equal(one.features(images()).pooled, model.features(images()).pooled)
    assert all(torch.equal(weight, before[name]) for name, weight in model.network.state_dict().items())
    assert one.describe().network == "random weights"
    assert one.describe().sha256 == ""
    assert one.network.state_dict().keys() == before.keys()


def test_untrained_networks_begin_as_their_families_do():
    network = transformer(width=96, hidden=384).with_random_weights().network
    weight = network.get_parameter("blocks.0.mlp.fc1.weight")
    assert float(weight.std()) == pytest.approx(0.0176, rel=0.05)  # 0.02, cut at two deviations
    assert float(weight.abs().max()) <= 0.04
    assert torch.equal(network.get_parameter("norm.weight"), torch.ones(96))
    assert not network.get_parameter("blocks.0.attn.qkv.bias").any()


def test_tables_of_sines_stay_and_learned_ones_are_drawn():
    model = transformer()
    table = model.network.get_parameter("pos_embed")
    assert not is_sincos(table[0])
    assert not torch.equal(model.with_random_weights().network.get_parameter("pos_embed"), table)
    with torch.no_grad():
        table.zero_()
        table[0, 1:] = sincos_positions(24, (4, 4))
    assert is_sincos(table[0])
    assert is_sincos(table[0].half())
    assert torch.equal(model.with_random_weights().network.get_parameter("pos_embed"), table)


def test_moving_moves_every_part():
    model = masked_autoencoder()
    model = Model(dataclasses.replace(model.loaded, heads={"logits": nn.Linear(24, 3)}))
    moved = model.to(torch.device("meta"))
    assert moved.device.type == "meta"
    assert next(moved.heads["logits"].parameters()).device.type == "meta"
