"""Class attention: the numbers of the network's own softmax, for any size and layer; the network is left as it was."""

import pytest
import torch
from torch import Tensor

from sslviz.inspect.attention import class_attention
from sslviz.inspect.errors import InspectError
from sslviz.inspect.objects import SHARES, object_scores
from sslviz.metrics.attention import auroc, jaccard, mass_mask
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder


def encoder(name: str = "vit_d64") -> Encoder:
    torch.manual_seed(0)
    return Encoder(build_backbone(name, 32), (0.5,) * 3, (0.25,) * 3).eval()


def own_softmax(network: Encoder, images: Tensor) -> list[Tensor]:
    """What the network multiplies its values with, layer by layer: (B, heads, n, n)."""
    seen: list[Tensor] = []
    for block in network.backbone.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda _module, given, _result: seen.append(given[0]))
    with torch.inference_mode():
        network(images)
    return seen


@pytest.mark.parametrize("size", [(32, 32), (64, 48)])
@pytest.mark.parametrize("layers", [(-1,), (0, 3)])
def test_it_is_the_networks_own_row(size, layers):
    images = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1))
    maps = class_attention(encoder(), images, layers)
    full = own_softmax(encoder(), images)
    for layer, one in zip(layers, maps, strict=True):
        assert one.shape == (2, 4, size[0] // 4, size[1] // 4)
        assert torch.allclose(one.flatten(2), full[layer][:, :, 0, 1:], atol=1e-6)


def test_nothing_is_left_behind():
    network = encoder()
    class_attention(network, torch.rand(1, 3, 32, 32))
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_a_network_without_attention_says_so():
    with pytest.raises(InspectError, match="no class token"):
        class_attention(encoder("resnet_w16"), torch.rand(1, 3, 32, 32))


def test_scores_are_those_of_the_best_head_of_each_image():
    generator = torch.Generator().manual_seed(2)
    images = torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8, generator=generator)
    masks = torch.zeros(5, 32, 32, dtype=torch.uint8)
    masks[:4, 8:20, 4:16] = 2
    scores = object_scores(encoder(), images, masks)
    assert scores.images == 4  # the last has no object
    (maps,) = class_attention(encoder(), images[:4])
    pixels = maps.repeat_interleave(4, -2).repeat_interleave(4, -1).flatten(2)
    truth = masks[:4].flatten(1).bool()
    best = [max(float(auroc(pixels[k, head], truth[k])) for head in range(4)) for k in range(4)]
    assert scores.auroc == pytest.approx(sum(best) / 4)
    kept = (
        mass_mask(maps.flatten(2), SHARES[0])
        .reshape(maps.shape)
        .repeat_interleave(4, -2)
        .repeat_interleave(4, -1)
        .flatten(2)
    )
    best = [max(float(jaccard(kept[k, head], truth[k])) for head in range(4)) for k in range(4)]
    assert scores.jaccard[0] == pytest.approx(sum(best) / 4)
    assert scores.best_jaccard == max(scores.jaccard)


def test_no_object_at_all_is_refused():
    with pytest.raises(InspectError, match="No image has an object"):
        object_scores(encoder(), torch.zeros(2, 3, 32, 32, dtype=torch.uint8), torch.zeros(2, 32, 32))
