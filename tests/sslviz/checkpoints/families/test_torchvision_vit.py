"""torchvision's vision transformers, against torchvision, with new names and old."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer as Torchvision
from torchvision.models.vision_transformer import interpolate_embeddings

from sslviz.checkpoints.base import Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.families.torchvision_vit import TorchvisionVit

FAMILY = TorchvisionVit()


def theirs(image_size: int = 48) -> Torchvision:
    return Torchvision(
        image_size=image_size, patch_size=16, num_layers=2, num_heads=2, hidden_dim=24, mlp_dim=40, num_classes=5
    )


@pytest.mark.parametrize("old", [False, True], ids=["names since 0.12", "older names"])
def test_it_computes_what_torchvision_computes(
    old: bool, make_part: Callable[..., Part], randomise: Callable[[nn.Module], nn.Module]
) -> None:
    network = randomise(theirs())
    names = {
        name.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2.") if old else name: tensor
        for name, tensor in network.state_dict().items()
    }
    part = make_part(names, "vit_b_16-c867db91.pth")
    match = FAMILY.recognise(part)
    assert match is not None
    assert match.sureness > 90
    loaded = FAMILY.load(part, Wishes(heads=2))
    images = torch.randn(2, 3, 48, 48)
    torch.testing.assert_close(loaded.heads["logits"](loaded.network(images)), network(images), atol=1e-5, rtol=1e-4)
    assert loaded.description.unused == ()


def test_another_size_is_resized_as_torchvision_does(
    make_part: Callable[..., Part], randomise: Callable[[nn.Module], nn.Module]
) -> None:
    tensors = randomise(theirs()).state_dict()
    larger = theirs(80)
    larger.load_state_dict(interpolate_embeddings(80, 16, dict(tensors)))
    loaded = FAMILY.load(make_part(tensors), Wishes(heads=2))
    images = torch.randn(1, 3, 80, 80)
    logits = loaded.heads["logits"](loaded.network(images))
    torch.testing.assert_close(logits, larger.eval()(images), atol=1e-5, rtol=1e-4)


def test_errors_speak_in_the_files_names(make_part: Callable[..., Part]) -> None:
    tensors = theirs().state_dict()
    del tensors["encoder.layers.encoder_layer_1.self_attention.in_proj_bias"]
    with pytest.raises(CheckpointError, match=r"encoder_layer_1\.self_attention\.in_proj_bias is missing"):
        FAMILY.load(make_part(tensors), Wishes())
    gap = {name.replace("encoder_layer_1.", "encoder_layer_2."): t for name, t in theirs().state_dict().items()}
    with pytest.raises(CheckpointError, match="encoder_layer_1, though there is"):
        FAMILY.load(make_part(gap), Wishes())
