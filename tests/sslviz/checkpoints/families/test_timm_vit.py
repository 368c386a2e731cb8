"""timm's options, each against timm itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import timm
import torch
from timm.layers import SwiGLUPacked
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer as Timm
from torch import nn

from sslviz.checkpoints.base import Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.families.timm_vit import TimmVit

SMALL = {
    "img_size": 48,
    "patch_size": 16,
    "embed_dim": 24,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 5,
    "dynamic_img_size": True,
}
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "mean over patches": {"global_pool": "avg"},
    "no class token": {"global_pool": "avg", "class_token": False, "fc_norm": False},
    "registers with places": {"reg_tokens": 2},
    "registers without places": {"reg_tokens": 4, "no_embed_class": True},
    "class token without a place": {"no_embed_class": True, "init_values": 0.1},
    "norms on queries and keys": {"qk_norm": True},
    "norm before": {"pre_norm": True},
    "no biases of queries, keys, values": {"qkv_bias": False},
}  # fmt: skip
FAMILY = TimmVit()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("size", [(48, 48), (80, 32)], ids=["own size", "other size"])
def test_it_computes_what_timm_computes(
    options: dict[str, Any],
    size: tuple[int, int],
    make_part: Callable[..., Part],
    randomise: Callable[[nn.Module], nn.Module],
) -> None:
    theirs = randomise(Timm(**{**SMALL, **options}))
    loaded = FAMILY.load(make_part(theirs.state_dict()), Wishes(heads=0 if options.get("qk_norm") else 3))
    images = torch.randn(2, 3, *size)
    seen = loaded.network.run(images)
    torch.testing.assert_close(seen.final, theirs.forward_features(images), atol=1e-5, rtol=1e-4)
    pooled = loaded.network.pooled(seen.final)
    torch.testing.assert_close(loaded.heads["logits"](pooled), theirs(images), atol=1e-5, rtol=1e-4)
    assert loaded.description.unused == ()
    assert loaded.description.matched == 100


def test_a_distilled_network_has_two_tokens_and_two_classifiers(
    make_part: Callable[..., Part], randomise: Callable[[nn.Module], nn.Module]
) -> None:
    theirs = randomise(VisionTransformerDistilled(**{**SMALL, "global_pool": "token"}))
    loaded = FAMILY.load(make_part(theirs.state_dict(), "deit_small_distilled_patch16_224.pth"), Wishes(heads=3))
    images = torch.randn(2, 3, 48, 48)
    seen = loaded.network.run(images)
    torch.testing.assert_close(seen.final, theirs.forward_features(images), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        loaded.network.pooled(seen.final), theirs.forward_head(seen.final, pre_logits=True), atol=1e-5, rtol=1e-4
    )
    both = [
        loaded.heads[f"{token} token's logits"](seen.final[:, i]) for i, token in enumerate(("class", "distillation"))
    ]
    torch.testing.assert_close((both[0] + both[1]) / 2, theirs(images), atol=1e-5, rtol=1e-4)
    assert loaded.description.registers == 1
    assert loaded.description.mean == (0.485, 0.456, 0.406)


def test_gated_mlps_under_dinov2s_names(
    make_part: Callable[..., Part], randomise: Callable[[nn.Module], nn.Module]
) -> None:
    theirs = randomise(
        Timm(
            **SMALL,
            init_values=0.1,
            mlp_layer=SwiGLUPacked,
            act_layer=nn.SiLU,
            mlp_ratio=4,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )
    )
    renamed = {
        n.replace("mlp.fc1.", "mlp.w12.").replace("mlp.fc2.", "mlp.w3."): t for n, t in theirs.state_dict().items()
    }
    loaded = FAMILY.load(make_part(renamed), Wishes(heads=3))
    images = torch.randn(1, 3, 48, 48)
    torch.testing.assert_close(loaded.network.run(images).final, theirs.forward_features(images), atol=1e-5, rtol=1e-4)


def test_heads_are_read_off_norms_on_queries_and_keys(make_part: Callable[..., Part]) -> None:
    part = make_part(Timm(**SMALL, qk_norm=True).state_dict())
    assert FAMILY.load(part, Wishes()).network.plan.heads == 3
    with pytest.raises(CheckpointError, match="3 heads, as its tensors tell, and not 2"):
        FAMILY.load(part, Wishes(heads=2))


@pytest.mark.parametrize(
    "name",
    [
        "eva02_tiny_patch14_224",
        "beit_base_patch16_224",
        "vit_so150m_patch16_reg4_gap_256",
        "vit_base_patch16_siglip_224",
        "vit_base_patch16_rpn_224",
        "vit_tiny_r_s16_p8_224",
        "vit_base_patch16_dinov3",
    ],
)
def test_published_relatives_are_read_or_refused_with_a_sentence(name: str, make_part: Callable[..., Part]) -> None:
    with torch.device("meta"):
        names = timm.create_model(name, num_classes=0).state_dict()
    part = make_part({key: torch.zeros(1).expand(tensor.shape) for key, tensor in names.items()}, f"{name}.safetensors")
    if "so150m" in name:
        assert FAMILY.load(part, Wishes()).description.registers == 4
        return
    with pytest.raises(CheckpointError, match=r"relative|pools|no table|missing"):
        FAMILY.load(part, Wishes())


def test_a_class_token_that_is_missing_is_said_so(make_part: Callable[..., Part]) -> None:
    tensors = Timm(**SMALL).state_dict()
    del tensors["cls_token"]
    with pytest.raises(CheckpointError, match="cls_token is missing"):
        FAMILY.load(make_part(tensors), Wishes())


def test_pixels_as_config_json_says(make_part: Callable[..., Part]) -> None:
    config = {
        "architecture": "vit_tiny_patch16_224",
        "pretrained_cfg": {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]},
    }
    part = make_part(Timm(**SMALL).state_dict(), config=config)
    match = FAMILY.recognise(part)
    assert match is not None
    assert match.sureness > 90
    described = FAMILY.load(part, Wishes()).description
    assert (described.mean, described.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert not any("deviation" in assumption.value for assumption in described.assumed)


@pytest.mark.parametrize("told_by", ["file", "config.json", "arguments"])
def test_clips_towers_are_told_by_their_names(
    told_by: str, make_part: Callable[..., Part], randomise: Callable[[nn.Module], nn.Module]
) -> None:
    name = "vit_base_patch16_clip_quickgelu_224"
    theirs = randomise(
        timm.create_model(name, **{key: SMALL[key] for key in ("img_size", "embed_dim", "depth", "num_heads")})
    )
    where = {"file": {"file": f"{name}.openai.pth"}, "config.json": {"config": {"architecture": name}}, "arguments": {"args": {"model": name}}}  # fmt: skip
    loaded = FAMILY.load(make_part(theirs.state_dict(), **where[told_by]), Wishes(heads=3))
    images = torch.randn(1, 3, 48, 48)
    torch.testing.assert_close(loaded.network.run(images).final, theirs.forward_features(images), atol=1e-5, rtol=1e-4)
    assert (loaded.network.plan.eps, loaded.network.plan.mlp) == (1e-5, "quick_gelu")
    assert loaded.description.mean[0] == pytest.approx(0.48145466)
