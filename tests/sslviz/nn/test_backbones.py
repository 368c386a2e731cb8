"""Backbones: every one by its name, at the sizes it is made for, and clear words where it cannot be."""

import pytest
import torch
from torch import nn

from sslviz.nn.backbones import backbone_infos, build_backbone
from sslviz.nn.errors import NetworkError
from sslviz.nn.vit import patch_for

INFOS = {info.name: info for info in backbone_infos()}


def seeded(name: str, image_size: int, seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_backbone(name, image_size)


def test_teaching_backbones_are_there():
    expected = {
        "resnet_w16",
        "resnet_w32",
        "resnet_w32_deep",
        "resnet18_cifar",
        "vit_d64",
        "vit_d64_h8",
        "vit_d128",
        "vit_d192",
    }
    assert set(INFOS) == expected


@pytest.mark.parametrize("name", INFOS)
@pytest.mark.parametrize("image_size", [32, 64])
def test_features_are_as_described(name, image_size):
    network = build_backbone(name, image_size).eval()
    with torch.no_grad():
        features = network(torch.rand(2, 3, image_size, image_size))
    assert features.shape == (2, INFOS[name].features) == (2, network.num_features)
    assert torch.isfinite(features).all()


@pytest.mark.parametrize("name", ["resnet_w16", "vit_d64"])
def test_equal_seeds_give_equal_weights(name):
    one, same, other = seeded(name, 32), seeded(name, 32), seeded(name, 32, seed=1)
    pairs = list(zip(one.parameters(), same.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert any(not torch.equal(a, c) for a, _, c in pairs)


@pytest.mark.parametrize("name", ["resnet_w16", "vit_d64"])
def test_every_weight_gets_a_gradient(name):
    network = build_backbone(name, 32)
    network(torch.rand(4, 3, 32, 32)).pow(2).sum().backward()
    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_resnet_layout_is_that_of_the_recipe():
    """Width 16, stages (1, 1, 1), stride-2 stem at 32 px: maps of 16, 8, 4 px with 16, 32, 64 channels."""
    network = build_backbone("resnet_w16", 32).eval()
    x = network.stem(torch.rand(1, 3, 32, 32))
    shapes = [tuple(x.shape[1:])]
    for stage in network.stages:
        x = stage(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(16, 16, 16), (16, 16, 16), (32, 8, 8), (64, 4, 4)]


def test_cifar_stem_keeps_the_size():
    assert build_backbone("resnet18_cifar", 32).stem(torch.rand(1, 3, 32, 32)).shape == (1, 64, 32, 32)


@pytest.mark.parametrize("name", ["resnet_w16", "resnet18_cifar"])
def test_no_bias_before_a_batch_norm(name):
    assert all(m.bias is None for m in build_backbone(name, 32).modules() if isinstance(m, nn.Conv2d))


@pytest.mark.parametrize(("size", "patch"), [(28, 4), (32, 4), (48, 4), (64, 8), (96, 8), (128, 16), (224, 16)])
def test_patch_follows_the_image_size(size, patch):
    assert patch_for(size) == patch


def test_vit_takes_crops_of_another_size():
    network = build_backbone("vit_d64", 32).eval()
    assert network(torch.rand(2, 3, 16, 16)).shape == (2, 64)


def test_size_that_the_patch_does_not_divide_names_sizes_that_fit():
    with pytest.raises(NetworkError, match=r"patches of 4 x 4 px, which do not fill 30 px.*28 or 32 px"):
        build_backbone("vit_d64", 30)


def test_size_below_the_patch_names_the_smallest():
    with pytest.raises(NetworkError, match="image size of 16 px"):
        build_backbone("timm:vit_tiny_patch16_224", 8)


@pytest.mark.parametrize("name", ["timm:resnet10t", "timm:vit_tiny_patch16_224", "timm:mobilenetv3_small_050"])
def test_timm_models_by_name(name):
    """mobilenetv3 is one whose `num_features` in timm is not what its forward pass gives."""
    network = build_backbone(name, 32)
    assert network.training
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, network.num_features)


def test_a_tag_of_weights_is_no_other_model():
    assert build_backbone("timm:vit_tiny_patch16_224.augreg_in21k", 32).num_features == 192


def test_timm_size_that_does_not_fit():
    with pytest.raises(NetworkError, match=r"14 x 14 px.*28 or 42 px"):
        build_backbone("timm:eva02_tiny_patch14_224", 32)


def test_unknown_timm_model_lists_close_matches():
    with pytest.raises(NetworkError, match=r"no model called 'resnet81'.*timm:resnet18"):
        build_backbone("timm:resnet81", 32)


def test_unknown_name_lists_what_there_is():
    with pytest.raises(NetworkError, match=r"no backbone called 'resnet_w17'.*resnet_w16.*timm:NAME"):
        build_backbone("resnet_w17", 32)
