"""Families that share timm's names, where their own code differs from each other: told apart, and computed their own way.

What they have in common is computed against timm's network with the same tensors; what is their own is written out here once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from timm.models.vision_transformer import VisionTransformer as Timm
from torch import Tensor, nn

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import surest
from sslviz.nn.positions import sincos_positions

SMALL = {"img_size": 48, "patch_size": 16, "embed_dim": 24, "depth": 2, "num_heads": 3, "num_classes": 0}
MakePart = Callable[..., Part]
Randomise = Callable[[nn.Module], nn.Module]
IMAGES = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def backbone(randomise: Randomise) -> Callable[..., tuple[Timm, dict[str, Tensor]]]:
    """timm's network of these options, and its tensors."""

    def make(**options: Any) -> tuple[Timm, dict[str, Tensor]]:
        network = Timm(**{**SMALL, **options})
        randomise(network)
        return network, dict(network.state_dict())

    return make


Backbone = Callable[..., tuple[Timm, dict[str, Tensor]]]


def opened(part: Part, family: str, heads: int = 3, **wishes: int) -> Loaded:
    """Loaded by the family that is surest, which must be this one."""
    assert surest(part)[0].name == family
    return FAMILIES[family].load(part, Wishes(heads=heads, **wishes))


def waves(prefix: int, *, turned: bool = False) -> Tensor:
    table = sincos_positions(24, (3, 3))
    table = table.reshape(3, 3, 24).transpose(0, 1).reshape(9, 24) if turned else table
    return torch.cat([torch.zeros(prefix, 24), table])[None]


# --- which family -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "family"),
    [
        ("dino_deitsmall8_pretrain.pth", "dino"),
        ("ibot_vits_16.pth", "ibot"),
        ("mae_pretrain_vit_base.pth", "mae"),
        ("dino_vit_small_patch16.pth", "dino"),
        ("vit-b-300ep-mocov3.pth.tar", "moco_v3"),
        ("vit_small_patch16_224.dino.pth", "timm_vit"),
        ("deit_small_patch16_224-cd65a155.pth", "timm_vit"),
    ],
)
def test_the_files_name_tells_where_tensors_do_not(
    file: str, family: str, backbone: Backbone, make_part: MakePart
) -> None:
    assert surest(make_part(backbone()[1], file))[0].name == family


@pytest.mark.parametrize(
    ("table", "family"), [(waves(1), "mae"), (waves(1, turned=True), "moco_v3"), (waves(1).half(), "mae")]
)
def test_sines_and_cosines_tell_mae_from_moco(
    table: Tensor, family: str, backbone: Backbone, make_part: MakePart
) -> None:
    loaded = opened(make_part({**backbone()[1], "pos_embed": table}, "download.bin"), family)
    assert loaded.description.positions.startswith("sines and cosines, 3 x 3")


@pytest.mark.parametrize(
    ("tree", "family"),
    [
        (None, "timm_vit"),
        ({"state_dict": {}, "state_dict_ema": {}, "args": None}, "timm_vit"),
        ({"teacher": {}, "student": {}, "ibot_loss": {}}, "ibot"),
        ({"teacher": {}, "student": {}, "dino_loss": {}}, "dino"),
    ],
)
def test_what_lies_beside_the_weights_tells(
    tree: Mapping[str, Any] | None, family: str, backbone: Backbone, make_part: MakePart
) -> None:
    assert surest(make_part(backbone()[1], "download.bin", tree=tree))[0].name == family


def test_a_guess_says_that_it_is_one(backbone: Backbone, make_part: MakePart) -> None:
    unsure = opened(make_part(backbone()[1], "download.bin"), "timm_vit").description
    assert any("do not tell DINO, iBOT, MoCo v3, MAE's encoder" in note for note in unsure.notes)
    sure = opened(make_part(backbone()[1], "dino_vitsmall16_pretrain.pth"), "dino").description
    assert not any("do not tell" in note for note in sure.notes)


def test_the_report_is_complete(backbone: Backbone, make_part: MakePart) -> None:
    described = opened(make_part(backbone()[1], "dino.pth"), "dino", heads=0).description
    assert (described.depth, described.width, described.patch, described.image_size) == (2, 24, (16, 16), (48, 48))
    assert (described.class_token, described.registers, described.channels) == (True, 0, 3)
    assert described.positions == "learned table, 3 x 3; other sizes: bicubic with DINO's offset of 0.1"
    heads = next(a for a in described.assumed if a.name == "heads")
    assert heads.choices == ("1", "2", "3", "4", "6", "8", "12", "24")
    assert "64 numbers a head are usual and do not divide a width of 24" in heads.why
    assert described.abilities == ("attention",)
    assert described.parameters == sum(t.numel() for t in backbone()[1].values())


# --- heads and decoders -----------------------------------------------------------------------------------------------


def dino_head(prefix: str, out: int = 7) -> dict[str, Tensor]:
    g = torch.Generator().manual_seed(11)
    shapes = {"mlp.0.weight": (16, 24), "mlp.0.bias": (16,), "mlp.2.weight": (10, 16), "mlp.2.bias": (10,)}
    last = {"last_layer.weight_g": (out, 1), "last_layer.weight_v": (out, 10)}
    return {f"{prefix}{name}": torch.randn(shape, generator=g) for name, shape in {**shapes, **last}.items()}


def dino_head_by_hand(tensors: Mapping[str, Tensor], prefix: str, last: str, x: Tensor) -> Tensor:
    t = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    x = F.gelu(x @ t["mlp.0.weight"].T + t["mlp.0.bias"]) @ t["mlp.2.weight"].T + t["mlp.2.bias"]
    direction = F.normalize(t[f"{last}.weight_v"], dim=1)
    return F.normalize(x, dim=1) @ (t[f"{last}.weight_g"] * direction).T


def test_ibots_head_has_a_layer_for_patches_too(backbone: Backbone, make_part: MakePart) -> None:
    network, tensors = backbone()
    head = dino_head("head.")
    head["head.last_layer2.weight_g"] = torch.rand(4, 1)
    head["head.last_layer2.weight_v"] = torch.randn(4, 10)
    loaded = opened(make_part({**tensors, **head, "masked_embed": torch.zeros(1, 24)}), "ibot")
    final = network.forward_features(IMAGES)
    torch.testing.assert_close(
        loaded.heads["projection"](final[:, 0]),
        dino_head_by_hand(head, "head.", "last_layer", final[:, 0]),
        atol=1e-5,
        rtol=1e-4,
    )
    torch.testing.assert_close(
        loaded.heads["patch projection"](final[:, 3]),
        dino_head_by_hand(head, "head.", "last_layer2", final[:, 3]),
        atol=1e-5,
        rtol=1e-4,
    )
    assert loaded.description.unused == ("masked_embed",)


def test_maes_fine_tuned_network_averages_patches(backbone: Backbone, make_part: MakePart) -> None:
    network, tensors = backbone(global_pool="avg", num_classes=5)
    tree = {"model": {}, "optimizer": {}, "scaler": {}, "args": None, "epoch": 3}
    loaded = opened(make_part(tensors, "download.bin", tree=tree, args={"model": "vit_base_patch16"}), "mae")
    torch.testing.assert_close(loaded.heads["logits"](loaded.network(IMAGES)), network(IMAGES), atol=1e-5, rtol=1e-4)
    assert loaded.description.abilities == ("attention", "classify")


def test_an_encoder_says_that_its_decoder_is_missing(backbone: Backbone, make_part: MakePart) -> None:
    loaded = opened(make_part(backbone()[1], "mae_pretrain_vit_base.pth"), "mae")
    assert loaded.decoder is None
    assert any("cannot be rebuilt" in note for note in loaded.description.notes)


@pytest.fixture
def mae(backbone: Backbone, randomise: Randomise) -> dict[str, Tensor]:
    """A network with decoder, whose blocks are timm's as MAE's are."""
    decoder = Timm(img_size=48, patch_size=16, embed_dim=12, depth=1, num_heads=2, num_classes=0)
    inner = randomise(decoder).state_dict()
    tensors = {f"decoder_{name}": t for name, t in inner.items() if name.startswith(("blocks.", "norm.", "pos_embed"))}
    g = torch.Generator().manual_seed(2)
    extra = {"decoder_embed.weight": (12, 24), "decoder_embed.bias": (12,), "mask_token": (1, 1, 12), "decoder_pred.weight": (768, 12), "decoder_pred.bias": (768,)}  # fmt: skip
    return {**backbone()[1], **tensors, **{name: torch.randn(shape, generator=g) for name, shape in extra.items()}}


@pytest.mark.parametrize(("args", "normalised"), [({}, None), ({"norm_pix_loss": True}, True)])
def test_maes_decoder_is_loaded(
    mae: dict[str, Tensor], args: Mapping[str, Any], normalised: bool | None, make_part: MakePart
) -> None:
    loaded = opened(make_part(mae, args=args), "mae", decoder_heads=2)
    assert loaded.decoder is not None
    assert loaded.decoder.plan.heads == 2
    tokens = loaded.network.run(IMAGES, keep=torch.tensor([[7, 1]] * 2)).final
    restore = torch.tensor([[7, 1, 0, 2, 3, 4, 5, 6, 8]] * 2).argsort(1)
    assert loaded.decoder(tokens, restore).shape == (2, 9, 768)
    assert loaded.normalised_target is normalised
    assert loaded.description.abilities == ("attention", "reconstruct")
    assert loaded.description.matched == 100
    assert {a.name for a in loaded.description.assumed} >= {"heads", "decoder_heads"}


def test_a_decoder_for_another_grid_is_refused(mae: dict[str, Tensor], make_part: MakePart) -> None:
    mae["decoder_pos_embed"] = torch.zeros(1, 17, 12)
    with pytest.raises(CheckpointError, match="4 x 4 patches, the encoder's for 3 x 3"):
        opened(make_part(mae), "mae")


def test_moco_v3_projects_and_predicts(backbone: Backbone, make_part: MakePart) -> None:
    network, tensors = backbone()
    g = torch.Generator().manual_seed(4)
    sizes = {"head": (24, 16, 8), "predictor": (8, 16, 8)}
    for head, (a, b, c) in sizes.items():
        tensors |= {
            f"{head}.0.weight": torch.randn(b, a, generator=g),
            f"{head}.3.weight": torch.randn(c, b, generator=g),
        }
        for index, width, affine in ((1, b, True), (4, c, head == "head" and False)):
            tensors |= {
                f"{head}.{index}.running_mean": torch.randn(width, generator=g),
                f"{head}.{index}.running_var": torch.rand(width, generator=g) + 0.5,
            }
            tensors |= {f"{head}.{index}.num_batches_tracked": torch.tensor(3)}
            tensors |= (
                {f"{head}.{index}.{n}": torch.randn(width, generator=g) for n in ("weight", "bias")} if affine else {}
            )
    loaded = opened(make_part(tensors, name="base_encoder", origin="moco_v3"), "moco_v3")
    x = network.forward_features(IMAGES)[:, 0]
    for head, name in (("head", "projection"), ("predictor", "prediction")):
        t = {k.removeprefix(f"{head}."): v for k, v in tensors.items() if k.startswith(f"{head}.")}
        hidden = F.batch_norm(x @ t["0.weight"].T, t["1.running_mean"], t["1.running_var"], t["1.weight"], t["1.bias"])
        x = F.batch_norm(hidden.relu() @ t["3.weight"].T, t["4.running_mean"], t["4.running_var"])
        pooled = loaded.network(IMAGES)
        torch.testing.assert_close(loaded.heads[name](pooled), x, atol=1e-4, rtol=1e-3)
    assert loaded.description.matched > 99


def test_moco_v3s_small_network_has_12_heads(make_part: MakePart) -> None:
    with torch.device("meta"):
        names = Timm(img_size=32, patch_size=16, embed_dim=384, depth=1, num_classes=0).state_dict()
    tensors = {name: torch.zeros(t.shape) for name, t in names.items()}
    for file, heads in (("mocov3.pth", 12), ("dino.pth", 6)):
        part = make_part(tensors, file)
        assert surest(part)[0].load(part, Wishes()).network.plan.heads == heads


def test_moco_v3s_stem(backbone: Backbone, make_part: MakePart, randomise: Randomise) -> None:
    layers: list[nn.Module] = []
    for before, after in ((3, 3), (3, 6), (6, 12), (12, 24)):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    stem = randomise(nn.Sequential(*layers, nn.Conv2d(24, 24, 1)))
    network, tensors = backbone()
    for last in ("weight", "bias"):
        del tensors[f"patch_embed.proj.{last}"]
    tensors |= {f"patch_embed.proj.{name}": t for name, t in stem.state_dict().items()}
    loaded = opened(make_part(tensors), "moco_v3")
    network.patch_embed.proj = stem
    torch.testing.assert_close(loaded.network.run(IMAGES).final, network.forward_features(IMAGES), atol=1e-5, rtol=1e-4)
    assert loaded.description.patch == (16, 16)
    assert not [name for name in loaded.description.unused if "num_batches_tracked" not in name]


def test_ijepa_has_no_class_token(backbone: Backbone, make_part: MakePart) -> None:
    network, tensors = backbone(class_token=False, global_pool="avg", fc_norm=False)
    tree = {"target_encoder": {}, "encoder": {}, "predictor": {}, "opt": {}}
    loaded = opened(make_part(tensors, "IN1K-vit.h.14-300e.pth.tar", tree=tree, name="target_encoder"), "ijepa")
    torch.testing.assert_close(loaded.network(IMAGES), network.forward_features(IMAGES).mean(1), atol=1e-5, rtol=1e-4)
    assert not loaded.description.class_token
    assert loaded.network(torch.randn(1, 3, 64, 32)).shape == (1, 24)


# --- DINOv2, DINOv3 ---------------------------------------------------------------------------------------------------


@pytest.fixture
def scaled(backbone: Backbone) -> tuple[Timm, dict[str, Tensor]]:
    network, tensors = backbone(init_values=0.1)
    return network, {**tensors, "mask_token": torch.zeros(1, 24)}


def test_dinov2s_training_file_has_blocks_in_chunks(
    scaled: tuple[Timm, dict[str, Tensor]], make_part: MakePart
) -> None:
    network, tensors = scaled
    chunked = {
        name.replace("blocks.0.", "blocks.0.0.").replace("blocks.1.", "blocks.1.1."): t for name, t in tensors.items()
    }
    chunked |= dino_head("dino_head.")
    loaded = opened(make_part(chunked, name="teacher"), "dinov2")
    torch.testing.assert_close(loaded.network.run(IMAGES).final, network.forward_features(IMAGES), atol=1e-5, rtol=1e-4)
    assert list(loaded.heads) == ["projection"]
    assert loaded.description.unused == ("mask_token",)
    missing = {name: t for name, t in chunked.items() if not name.startswith("blocks.0.0.")}
    with pytest.raises(CheckpointError, match=r"blocks\.0, though there is blocks\.1\.1"):
        opened(make_part(missing), "dinov2")


def test_dinov2s_rule_changes_with_registers(scaled: tuple[Timm, dict[str, Tensor]], make_part: MakePart) -> None:
    without = opened(make_part(scaled[1]), "dinov2")
    registers = opened(make_part({**scaled[1], "register_tokens": torch.randn(1, 4, 24)}), "dinov2")
    assert (without.network.plan.rule, registers.network.plan.rule) == ("dino", "size_antialias")
    assert registers.network.run(IMAGES).final.shape == (2, 1 + 4 + 9, 24)


@pytest.fixture
def v3(backbone: Backbone) -> dict[str, Tensor]:
    """DINOv3's names, with gated MLPs and norms of their own for the tokens before the patches."""
    tensors = {n: t for n, t in backbone(init_values=0.1)[1].items() if "mlp" not in n and n != "pos_embed"}
    g = torch.Generator().manual_seed(6)
    for i in range(2):
        for part, shape in (("w1", (20, 24)), ("w2", (20, 24)), ("w3", (24, 20))):
            tensors |= {
                f"blocks.{i}.mlp.{part}.weight": torch.randn(shape, generator=g) * 0.3,
                f"blocks.{i}.mlp.{part}.bias": torch.randn(shape[0], generator=g),
            }
        tensors[f"blocks.{i}.attn.qkv.bias_mask"] = torch.cat([torch.ones(24), torch.zeros(24), torch.ones(24)])
    extra = {
        "storage_tokens": (1, 4, 24),
        "cls_norm.weight": (24,),
        "cls_norm.bias": (24,),
        "local_cls_norm.weight": (24,),
        "local_cls_norm.bias": (24,),
        "mask_token": (1, 24),
    }
    return {**tensors, **{n: torch.randn(s, generator=g) for n, s in extra.items()}, "rope_embed.periods": torch.tensor([1.0, 10.0])}  # fmt: skip


def test_dinov3s_heads_follow_from_its_periods(v3: dict[str, Tensor], make_part: MakePart) -> None:
    loaded = opened(make_part(v3), "dinov3", heads=0)
    assert loaded.network.plan.heads == 3
    assert not [a for a in loaded.description.assumed if a.name == "heads"]
    assert loaded.description.unused == ("local_cls_norm.weight", "local_cls_norm.bias", "mask_token")
    with pytest.raises(CheckpointError, match="3 heads, as its tensors tell, and not 4"):
        opened(make_part(v3), "dinov3", heads=4)


def test_dinov3s_gate_comes_first_and_its_tokens_are_normed_apart(v3: dict[str, Tensor], make_part: MakePart) -> None:
    network = opened(make_part(v3), "dinov3", heads=0).network
    x, t = torch.randn(2, 5, 24), {n.removeprefix("blocks.1.mlp."): v for n, v in v3.items()}
    expected = (F.silu(x @ t["w1.weight"].T + t["w1.bias"]) * (x @ t["w2.weight"].T + t["w2.bias"])) @ t[
        "w3.weight"
    ].T + t["w3.bias"]
    torch.testing.assert_close(network.blocks[1].mlp(x), expected, atol=1e-5, rtol=1e-4)
    seen = network.run(IMAGES, layers=[-1])
    apart = F.layer_norm(seen.tokens[-1][:, :5], (24,), v3["cls_norm.weight"], v3["cls_norm.bias"], eps=1e-5)
    torch.testing.assert_close(seen.final[:, :5], apart)


@pytest.mark.parametrize("mask", ["stored", "missing", "never filled"])
def test_dinov3s_keys_have_no_bias(mask: str, v3: dict[str, Tensor], make_part: MakePart) -> None:
    name = "blocks.0.attn.qkv.bias_mask"
    if mask == "missing":
        del v3[name]
    elif mask == "never filled":
        v3[name] = torch.full((72,), torch.nan)
    bias = opened(make_part(v3), "dinov3", heads=0).network.blocks[0].attn.qkv.bias
    assert torch.equal(bias[24:48], torch.zeros(24))
    assert torch.equal(bias[:24], v3["blocks.0.attn.qkv.bias"][:24])


def test_periods_in_half_precision_are_rounded_and_computed_with_in_float32(
    v3: dict[str, Tensor], make_part: MakePart
) -> None:
    v3["rope_embed.periods"] = torch.tensor([1.0, 10.03]).bfloat16()
    sine, _ = opened(make_part(v3), "dinov3", heads=0).network.rotation((3, 3))
    assert sine.dtype == torch.float32
    torch.testing.assert_close(sine[0, 1], torch.tensor(2 * torch.pi * (-2 / 3) / 10.0).sin(), atol=1e-6, rtol=0)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "cls_token",
        "pos_embed",
        "patch_embed.proj.weight",
        "patch_embed.proj.bias",
        "blocks.0.attn.qkv.bias",
        "blocks.1.mlp.fc1.bias",
        "blocks.0.attn.proj.bias",
        "norm.weight",
        "blocks.0.norm1.weight",
    ],
)
def test_whatever_is_missing_is_named(name: str, backbone: Backbone, make_part: MakePart) -> None:
    tensors = backbone()[1]
    del tensors[name]
    with pytest.raises(CheckpointError, match=rf"The tensor {name} is missing"):
        FAMILIES["dino"].load(make_part(tensors), Wishes())


def test_both_norm_tensors_missing_is_no_network_without_norm(backbone: Backbone, make_part: MakePart) -> None:
    tensors = {name: t for name, t in backbone()[1].items() if not name.startswith("norm.")}
    with pytest.raises(CheckpointError, match=r"norm\.weight is missing"):
        FAMILIES["dino"].load(make_part(tensors), Wishes())


def test_a_wish_that_does_not_divide_the_width_is_refused(backbone: Backbone, make_part: MakePart) -> None:
    with pytest.raises(CheckpointError, match="5 heads cannot share a width of 24") as refused:
        FAMILIES["dino"].load(make_part(backbone()[1]), Wishes(heads=5))
    assert refused.value.field == "heads"


def test_surplus_tensors_of_the_backbone_are_a_warning(backbone: Backbone, make_part: MakePart) -> None:
    tensors = {**backbone()[1], "blocks.0.adapter.weight": torch.zeros(2, 2), "extra": torch.zeros(3)}
    described = FAMILIES["dino"].load(make_part(tensors, "dino.pth"), Wishes()).description
    assert described.unused == ("blocks.0.adapter.weight", "extra")
    assert described.matched < 100
    assert any("blocks.0.adapter.weight" in note for note in described.notes)


@pytest.mark.parametrize("channels", [1, 5])
def test_other_channels_load_with_grey_statistics(channels: int, backbone: Backbone, make_part: MakePart) -> None:
    described = FAMILIES["dino"].load(make_part(backbone(in_chans=channels)[1]), Wishes()).description
    assert described.channels == channels
    assert described.mean == pytest.approx((sum((0.485, 0.456, 0.406)) / 3,) * channels)


@pytest.mark.parametrize("name", ["head.0.weight", "head.1.running_mean", "head.3.weight"])
def test_a_projector_with_a_layer_missing_is_refused(name: str, backbone: Backbone, make_part: MakePart) -> None:
    """Widths are equal here, so that nothing else would tell."""
    tensors = backbone()[1]
    for index in (0, 3):
        tensors |= {f"head.{index}.weight": torch.randn(24, 24)}
        tensors |= {f"head.{index + 1}.{n}": torch.rand(24) for n in ("running_mean", "running_var", "weight", "bias")}
    del tensors[name]
    with pytest.raises(CheckpointError, match="is missing"):
        FAMILIES["moco_v3"].load(make_part(tensors, origin="moco_v3"), Wishes())


def test_a_decoder_of_one_block_without_a_bias_is_refused(mae: dict[str, Tensor], make_part: MakePart) -> None:
    del mae["decoder_blocks.0.attn.qkv.bias"]
    with pytest.raises(CheckpointError, match=r"decoder_blocks\.0\.attn\.qkv\.bias is missing"):
        opened(make_part(mae), "mae")


@pytest.mark.parametrize("family", ["mae", "timm_vit", "moco_v3"])
def test_half_a_classifier_is_refused(family: str, backbone: Backbone, make_part: MakePart) -> None:
    with pytest.raises(CheckpointError, match=r"head\.weight is missing"):
        FAMILIES[family].load(make_part({**backbone()[1], "head.bias": torch.zeros(5)}), Wishes())
