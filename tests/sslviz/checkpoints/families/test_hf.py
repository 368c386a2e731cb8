"""Folders of Hugging Face: the same numbers as the same weights in their authors' layout, and refusals that name what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "checkpoints"
BLOCK = {
    "norm1": "norm1", "norm2": "norm2", "attn.proj": "attention.output.dense", "ls1.gamma": "layer_scale1.lambda1",
    "ls2.gamma": "layer_scale2.lambda1", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2",
}  # fmt: skip
DINOV3 = {**BLOCK, "attn.proj": "attention.o_proj", "mlp.fc1": "mlp.up_proj", "mlp.fc2": "mlp.down_proj"}


def native(name):
    """A fixture in its authors' layout: its file and tensors."""
    (file,) = (path for path in (GOLDEN / name).iterdir() if path.suffix == ".pth")
    return file, torch.load(file, weights_only=True)


def renamed(tensors, top, block, stack, qkv):
    """Authors' tensors by the names of transformers."""
    found = {there: tensors[here] for here, there in top.items()}
    for name, tensor in tensors.items():
        if not name.startswith("blocks."):
            continue
        _, i, rest = name.split(".", 2)
        if rest.startswith("attn.qkv.bias_mask"):
            continue
        if rest.startswith("attn.qkv."):
            for word, part in zip(qkv, tensor.chunk(3), strict=True):
                found[f"{stack}{i}.{word}.{rest.split('.')[-1]}"] = part.clone()
            continue
        (ours,) = (word for word in block if rest.startswith(word))
        found[f"{stack}{i}.{block[ours]}{rest.removeprefix(ours)}"] = tensor
    return found


def folder(path, tensors, **config):
    path.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path / "model.safetensors")
    if config:
        (path / "config.json").write_text(json.dumps(config))
    return path


def opened(path):
    return load(read_part(path))


WORDS = [f"attention.attention.{word}" for word in ("query", "key", "value")]
TOP = {
    "cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings", "mask_token": "embeddings.mask_token",
    "patch_embed.proj.weight": "embeddings.patch_embeddings.projection.weight",
    "patch_embed.proj.bias": "embeddings.patch_embeddings.projection.bias",
    "norm.weight": "layernorm.weight", "norm.bias": "layernorm.bias",
}  # fmt: skip


def registers(path, prefix=""):
    _, tensors = native("dinov2_vit_reg4")
    names = renamed(tensors, {**TOP, "register_tokens": "embeddings.register_tokens"}, BLOCK, "encoder.layer.", WORDS)
    config = {"model_type": "dinov2_with_registers", "hidden_size": 32, "num_attention_heads": 4, "num_register_tokens": 4,
              "image_size": 84, "patch_size": 14, "num_hidden_layers": 2, "layer_norm_eps": 1e-6}  # fmt: skip
    return folder(path, {prefix + name: tensor for name, tensor in names.items()}, **config)


@pytest.mark.parametrize("prefix", ["", "dinov2_with_registers."])
def test_registers_as_in_their_authors_layout(tmp_path, prefix):
    reference = load_file(GOLDEN / "dinov2_vit_reg4" / "reference.safetensors")
    loaded = opened(registers(tmp_path / "m", prefix))
    about = loaded.description
    assert (about.registers, about.heads, about.image_size) == (4, 4, (84, 84))
    assert "smoothed" in about.positions
    mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (about.mean, about.std))
    x = (reference["image_u8"].permute(0, 3, 1, 2).float() / 255 - mean) / std
    rows = loaded.network.run(x, attention=(-1,)).attention[-1]
    assert torch.allclose(rows[: len(reference["attn_last"])], reference["attn_last"], atol=1e-5)


def dinov3(path, stack="layer.", **changes):
    _, tensors = native("dinov3_vit")
    top = {
        "cls_token": "embeddings.cls_token", "storage_tokens": "embeddings.register_tokens",
        "patch_embed.proj.weight": "embeddings.patch_embeddings.weight",
        "patch_embed.proj.bias": "embeddings.patch_embeddings.bias", "norm.weight": "norm.weight", "norm.bias": "norm.bias",
    }  # fmt: skip
    names = renamed(tensors, top, DINOV3, stack, [f"attention.{word}_proj" for word in "qkv"])
    names = {name: tensor for name, tensor in names.items() if not name.endswith("k_proj.bias")}
    config = {"model_type": "dinov3_vit", "hidden_size": 32, "num_attention_heads": 2, "rope_theta": 100.0,
              "num_register_tokens": 4, "image_size": 96, "patch_size": 16, "layer_norm_eps": 1e-5, **changes}  # fmt: skip
    return folder(path, names, **config)


@pytest.mark.parametrize("stack", ["layer.", "model.layer."])
def test_dinov3_as_in_its_authors_layout(tmp_path, stack):
    file, _ = native("dinov3_vit")
    ours, theirs = opened(dinov3(tmp_path / "m", stack)), opened(file)
    x = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    one, two = (loaded.network.run(x, attention=(0,)) for loaded in (ours, theirs))
    assert torch.allclose(one.final, two.final, atol=1e-5)
    assert torch.allclose(one.attention[0], two.attention[0], atol=1e-6)
    assert ours.description.image_size == (96, 96)


def test_another_theta_is_another_model(tmp_path):
    told = opened(dinov3(tmp_path / "a", rope_theta=10.0)).network.rope.periods
    newer = opened(dinov3(tmp_path / "b", rope_parameters={"rope_theta": 10.0})).network.rope.periods
    assert torch.equal(told, newer)
    assert torch.allclose(told, 10.0 ** (torch.arange(4) / 4))


def vit_mae(path, rename=str, **changes):
    tensors = {rename(n): t for n, t in load_file(GOLDEN / "hf_vitmae" / "model" / "model.safetensors").items()}
    config = json.loads((GOLDEN / "hf_vitmae" / "model" / "config.json").read_text()) | changes
    return folder(path, tensors, **config)


def test_maes_decoder_by_the_names_of_version_5(tmp_path):
    old = opened(vit_mae(tmp_path / "old"))
    new = opened(vit_mae(tmp_path / "new", lambda n: n.replace("decoder_layers.", "decoder_encoder.layer.")))
    tokens, restore = torch.randn(1, 5, 32), torch.randperm(16)[None]
    assert torch.equal(old.decoder(tokens, restore), new.decoder(tokens, restore))
    assert new.description.unused == ()
    assert new.normalised_target is False


def test_an_encoder_alone_says_that_it_cannot_reconstruct(tmp_path):
    tensors = load_file(GOLDEN / "hf_vitmae" / "model" / "model.safetensors")
    config = json.loads((GOLDEN / "hf_vitmae" / "model" / "config.json").read_text())
    alone = {name: tensor for name, tensor in tensors.items() if not name.startswith("decoder.")}
    loaded = opened(folder(tmp_path / "m", alone, **config))
    assert loaded.decoder is None
    assert any("decoder is missing" in note for note in loaded.description.notes)


def test_ijepa_is_a_vit_without_class_token_whose_feature_is_the_mean(tmp_path):
    tensors = load_file(GOLDEN / "hf_vit_dino" / "model" / "model.safetensors")
    tensors = {n: t for n, t in tensors.items() if not n.startswith(("embeddings.cls_token", "pooler"))}
    tensors["embeddings.position_embeddings"] = tensors["embeddings.position_embeddings"][:, 1:]
    loaded = opened(
        folder(tmp_path / "m", tensors, model_type="ijepa", num_attention_heads=3, image_size=48, patch_size=8)
    )
    final = loaded.network.run(torch.randn(1, 3, 48, 64)).final
    assert final.shape == (1, 48, 36)
    assert torch.equal(loaded.network.pooled(final), final.mean(1))
    assert not loaded.description.class_token


def test_without_config_json_heads_are_an_assumption(tmp_path):
    tensors = load_file(GOLDEN / "hf_vit_dino" / "model" / "model.safetensors")
    path = folder(tmp_path / "m", tensors) / "model.safetensors"
    about = opened(path).description
    assert about.family.startswith("ViT")
    (heads,) = (said for said in about.assumed if said.name == "heads")
    assert "3" in heads.choices


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hidden_size": 48}, ("hidden_size", "48", "36")),
        ({"num_hidden_layers": 5}, ("num_hidden_layers", "5", "2")),
        ({"image_size": 64}, ("image_size", "64", "36")),
        ({"patch_size": 16}, ("patch_size", "16 x 16", "8 x 8")),
        ({"num_attention_heads": 5}, ("num_attention_heads", "5", "36")),
        ({"num_attention_heads": "three"}, ("num_attention_heads", "three")),
        ({"layer_norm_eps": -1}, ("layer_norm_eps", "-1")),
        ({"hidden_act": "gelu_new"}, ("hidden_act", "gelu_new")),
        ({"model_type": "beit"}, ("beit", "not known")),
    ],
)  # fmt: skip
def test_a_config_that_disagrees_is_refused_and_both_are_named(tmp_path, change, named):
    tensors = load_file(GOLDEN / "hf_vit_dino" / "model" / "model.safetensors")
    config = json.loads((GOLDEN / "hf_vit_dino" / "model" / "config.json").read_text()) | change
    with pytest.raises(CheckpointError) as caught:
        opened(folder(tmp_path / "m", tensors, **config))
    assert all(word in str(caught.value) for word in named)
    assert caught.value.hint


@pytest.mark.parametrize(
    "missing", ["encoder.layer.0.attention.attention.key.bias", "encoder.layer.1.layernorm_after.weight",
                "embeddings.cls_token", "layernorm.bias", "encoder.layer.0.intermediate.dense.bias"],
)  # fmt: skip
def test_a_missing_tensor_is_never_made_up(tmp_path, missing):
    tensors = load_file(GOLDEN / "hf_vit_dino" / "model" / "model.safetensors")
    config = json.loads((GOLDEN / "hf_vit_dino" / "model" / "config.json").read_text())
    del tensors[missing]
    with pytest.raises(CheckpointError, match=missing.replace(".", r"\.")):
        opened(folder(tmp_path / "m", tensors, **config))


def test_mean_and_deviation_come_from_the_folder(tmp_path):
    path = dinov3(tmp_path / "m")
    (path / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]})
    )
    assert opened(path).description.std == (0.4, 0.5, 0.6)
    (path / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.1, 0.2], "image_std": [0.4, 0.5, 0.6]}))
    with pytest.raises(CheckpointError, match="image_mean"):
        opened(path)


def test_a_distilled_vit_has_two_tokens_with_positions(tmp_path):
    tensors = load_file(GOLDEN / "hf_vit_dino" / "model" / "model.safetensors")
    table = tensors["embeddings.position_embeddings"]
    tensors["embeddings.distillation_token"] = torch.randn(1, 1, 36)
    tensors["embeddings.position_embeddings"] = torch.cat([table[:, :1], table], dim=1)
    loaded = opened(
        folder(tmp_path / "m", tensors, model_type="deit", num_attention_heads=3, image_size=48, patch_size=8)
    )
    assert loaded.network.plan.table_prefix == 2
    assert loaded.network.run(torch.randn(1, 3, 48, 48)).final.shape == (1, 38, 36)


def gates(tensors, words):
    """DINOv2's tensors with gated MLPs of 20 in place of its own, by these words for gate, value and output."""
    kept = {name: tensor for name, tensor in tensors.items() if ".mlp." not in name}
    generator = torch.Generator().manual_seed(5)
    for i in range(2):
        gate, value = (torch.randn(20, 32, generator=generator) for _ in range(2))
        ways = {"mlp.weights_in": torch.cat([gate, value]), "mlp.gate_proj": gate, "mlp.up_proj": value}
        for word in words:
            weight = ways.get(word, torch.randn(32, 20, generator=generator))
            kept[f"encoder.layer.{i}.{word}.weight"], kept[f"encoder.layer.{i}.{word}.bias"] = (
                weight,
                weight[:, 0].clone(),
            )
    return kept


@pytest.mark.parametrize(
    "words", [("mlp.weights_in", "mlp.weights_out"), ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")]
)
def test_gated_mlps_open_by_the_first_half(tmp_path, words):
    tensors = gates(load_file(GOLDEN / "hf_dinov2" / "model" / "model.safetensors"), words)
    config = json.loads((GOLDEN / "hf_dinov2" / "model" / "config.json").read_text()) | {"hidden_act": "silu"}
    mlp = opened(folder(tmp_path / "m", tensors, **config)).network.blocks[1].mlp
    x = torch.randn(3, 32)
    at = "encoder.layer.1."
    both = [tensors[f"{at}{word}.weight"] @ x.T + tensors[f"{at}{word}.bias"][:, None] for word in words[:-1]]
    gate, value = both if len(both) == 2 else both[0].chunk(2)
    out = (
        tensors[f"{at}{words[-1]}.weight"] @ (torch.nn.functional.silu(gate) * value)
        + tensors[f"{at}{words[-1]}.bias"][:, None]
    )
    assert torch.allclose(mlp(x), out.T, rtol=1e-4, atol=1e-4)


def test_the_tower_of_clip_that_sees_may_come_alone(tmp_path):
    tensors = load_file(GOLDEN / "hf_clip" / "model" / "model.safetensors")
    config = json.loads((GOLDEN / "hf_clip" / "model" / "config.json").read_text())
    alone = {n: t for n, t in tensors.items() if n.startswith("vision_model")}
    bare = opened(folder(tmp_path / "a", alone, **config["vision_config"]))
    whole = opened(GOLDEN / "hf_clip" / "model")
    assert bare.text is None
    assert (bare.description.abilities, whole.description.abilities) == (("attention",), ("attention", "text"))
    x = torch.randn(1, 3, 64, 64)
    assert torch.equal(bare.network.run(x).final, whole.network.run(x).final)
    assert (bare.network(x).shape[1], whole.network(x).shape[1]) == (36, 24)


def test_texts_of_old_configurations_end_at_their_largest_token(tmp_path):
    tensors = load_file(GOLDEN / "hf_clip" / "model" / "model.safetensors")
    config = json.loads((GOLDEN / "hf_clip" / "model" / "config.json").read_text())
    ids = torch.tensor([[5, 119, 2, 7]])
    new = opened(folder(tmp_path / "a", tensors, **config)).text
    config["text_config"]["eos_token_id"] = 7
    later = opened(folder(tmp_path / "b", tensors, **config)).text
    config["text_config"]["eos_token_id"] = 2
    old = opened(folder(tmp_path / "c", tensors, **config)).text
    assert [int(tower.ends(ids)) for tower in (new, later, old)] == [1, 3, 1]
