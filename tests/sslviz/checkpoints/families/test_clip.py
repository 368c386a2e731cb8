"""CLIP against its towers written down anew with torch's own attention: activation, norms, pools, projections, the end of a text."""

from __future__ import annotations

import json

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from safetensors.torch import save_file

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part
from sslviz.nn.errors import NetworkError

WIDTH, TEXT, OUT, PATCH, GRID, WORDS, LENGTH = 128, 64, 24, 8, 3, 50, 9


GENERATOR = torch.Generator().manual_seed(3)


def drawn(*shape):
    return torch.randn(*shape, generator=GENERATOR) * 0.15


def norm(name, width):
    return {f"{name}.weight": 1 + drawn(width), f"{name}.bias": drawn(width)}


def blocks(prefix, width, depth, scaled=False):
    found = {}
    for i in range(depth):
        at = f"{prefix}transformer.resblocks.{i}."
        found |= norm(f"{at}ln_1", width) | norm(f"{at}ln_2", width)
        for name, shape in (("attn.in_proj_", (3 * width, width)), ("attn.out_proj.", (width, width)),
                            ("mlp.c_fc.", (4 * width, width)), ("mlp.c_proj.", (width, 4 * width))):  # fmt: skip
            found[f"{at}{name}weight"], found[f"{at}{name}bias"] = drawn(*shape), drawn(shape[0])
        if scaled:
            found |= {f"{at}ls_{k}.gamma": drawn(width) for k in (1, 2)}
    return found


def texts(prefix=""):
    return {
        f"{prefix}token_embedding.weight": drawn(WORDS, TEXT), f"{prefix}positional_embedding": drawn(LENGTH, TEXT),
        f"{prefix}text_projection": drawn(TEXT, OUT), "logit_scale": torch.tensor(2.0),
        **norm(f"{prefix}ln_final", TEXT), **blocks(prefix, TEXT, 2),
    }  # fmt: skip


def vit(prefix="visual.", scaled=False):
    return {
        f"{prefix}conv1.weight": drawn(WIDTH, 3, PATCH, PATCH), f"{prefix}class_embedding": drawn(WIDTH),
        f"{prefix}positional_embedding": drawn(1 + GRID**2, WIDTH), f"{prefix}proj": drawn(WIDTH, OUT),
        **norm(f"{prefix}ln_pre", WIDTH), **norm(f"{prefix}ln_post", WIDTH), **blocks(prefix, WIDTH, 2, scaled),
    }  # fmt: skip


def normed(x, t, name):
    return F.layer_norm(x, x.shape[-1:], t[f"{name}.weight"], t[f"{name}.bias"], 1e-5)


def transformer(x, t, prefix, heads, act, mask=None):
    """Blocks by torch.nn.MultiheadAttention. x (B, N, D)."""
    for i in range(2):
        at = f"{prefix}transformer.resblocks.{i}."
        attention = torch.nn.MultiheadAttention(x.shape[-1], heads, batch_first=True).eval()
        names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
        attention.load_state_dict({name: t[f"{at}attn.{name}"] for name in names})
        y = normed(x, t, f"{at}ln_1")
        x = x + attention(y, y, y, attn_mask=mask, need_weights=False)[0] * t.get(f"{at}ls_1.gamma", 1)
        y = F.linear(normed(x, t, f"{at}ln_2"), t[f"{at}mlp.c_fc.weight"], t[f"{at}mlp.c_fc.bias"])
        x = x + F.linear(act(y), t[f"{at}mlp.c_proj.weight"], t[f"{at}mlp.c_proj.bias"]) * t.get(f"{at}ls_2.gamma", 1)
    return x


def quick(x):
    return x * torch.sigmoid(1.702 * x)


def seen(images, t, act):
    x = F.conv2d(images, t["visual.conv1.weight"], stride=PATCH).flatten(2).mT
    x = torch.cat([t["visual.class_embedding"].expand(len(x), 1, -1), x], 1) + t["visual.positional_embedding"]
    x = transformer(normed(x, t, "visual.ln_pre"), t, "visual.", WIDTH // 64, act)
    return normed(x[:, 0], t, "visual.ln_post") @ t["visual.proj"]


def read(ids, t, act, prefix=""):
    n = ids.shape[1]
    x = t[f"{prefix}token_embedding.weight"][ids] + t[f"{prefix}positional_embedding"][:n]
    x = transformer(x, t, prefix, TEXT // 64, act, torch.full((n, n), -torch.inf).triu(1))
    x = normed(x, t, f"{prefix}ln_final")
    return x[torch.arange(len(ids)), ids.argmax(1)] @ t[f"{prefix}text_projection"]


IMAGES = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(0))
IDS = torch.tensor([[3, 7, 49, 0, 0, 0], [1, 49, 2, 2, 0, 0]])


def opened(tmp_path, tensors, name="clip.pt", **wrapped):
    torch.save(wrapped | {"state_dict": tensors} if wrapped else tensors, tmp_path / name)
    return load(read_part(tmp_path / name))


SCALARS = {
    "input_resolution": torch.tensor(24),
    "context_length": torch.tensor(LENGTH),
    "vocab_size": torch.tensor(WORDS),
}


@torch.inference_mode()
def agrees(loaded, t, act, prefix=""):
    image, text = loaded.network(IMAGES), loaded.text(IDS)
    assert torch.allclose(image, seen(IMAGES, t, act), atol=1e-4)
    assert torch.allclose(text, read(IDS, t, act, prefix), atol=1e-4)
    cosines = F.cosine_similarity(image[:, None], text[None], dim=2)
    assert torch.allclose(loaded.text.logits(image, text), torch.tensor(2.0).exp() * cosines, atol=1e-4)
    other = quick if act is F.gelu else F.gelu
    assert not torch.allclose(image, seen(IMAGES, t, other), atol=1e-3)  # the two can be told apart


def test_openais_files_are_quick(tmp_path):
    t = vit() | texts()
    loaded = opened(tmp_path, t | SCALARS)
    agrees(loaded, t, quick)
    assert loaded.description.family == "CLIP (OpenAI)"
    with pytest.raises(NetworkError):
        loaded.network(torch.randn(1, 3, 32, 32))


def test_open_clips_are_plain_and_take_other_sizes(tmp_path):
    t = vit() | texts()
    loaded = opened(tmp_path, {f"module.{name}": tensor for name, tensor in t.items()}, epoch=3, name="ViT-X-laion")
    agrees(loaded, t, F.gelu)
    assert loaded.description.family == "open_clip"
    assert loaded.network(torch.randn(1, 3, 32, 40)).shape == (1, OUT)


@pytest.mark.parametrize("name", ["ViT-B-32-quickgelu-x.pt", "vit_b_16_openai.pt"])
def test_unless_a_name_says_otherwise(tmp_path, name):
    t = vit() | texts()
    loaded = opened(tmp_path, t, name)
    agrees(loaded, t, quick)
    assert any("QuickGELU" in said.value and name in said.why for said in loaded.description.assumed)


def test_layer_scale_and_a_tower_below_text(tmp_path):
    t = vit(scaled=True) | texts("text.")
    agrees(opened(tmp_path, t), t, F.gelu, "text.")


def test_its_configuration_decides(tmp_path):
    t = vit() | texts()
    save_file(t, tmp_path / "open_clip_model.safetensors")
    config = {
        "model_cfg": {"quick_gelu": True, "vision_cfg": {}},
        "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.25] * 3},
    }
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    loaded = load(read_part(tmp_path))
    agrees(loaded, t, quick)
    assert loaded.description.std == (0.25, 0.25, 0.25)
    config["model_cfg"]["vision_cfg"] = {"pool_type": "avg"}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="class token"):
        load(read_part(tmp_path))


def test_half_precision_is_computed_in_single(tmp_path):
    t = {name: tensor if "ln_" in name else tensor.half() for name, tensor in (vit() | texts()).items()}
    loaded = opened(tmp_path, t)
    assert loaded.description.family == "CLIP (OpenAI)"  # as OpenAI converts them
    agrees(loaded, {name: tensor.float() for name, tensor in t.items()}, quick)


def test_a_missing_tensor_is_named(tmp_path):
    t = vit() | texts()
    del t["transformer.resblocks.1.attn.out_proj.bias"]
    with pytest.raises(CheckpointError, match=r"transformer\.resblocks\.1\.attn\.out_proj\.bias"):
        opened(tmp_path, t)


def test_texts_too_long_and_unknown_words_are_refused(tmp_path):
    text = opened(tmp_path, vit() | texts()).text
    for ids in (torch.zeros(1, LENGTH + 1, dtype=torch.long), torch.tensor([[WORDS]]), torch.tensor([1])):
        with pytest.raises(NetworkError):
            text(ids)


# --- ResNet -----------------------------------------------------------------------------------------------------------


def conv(name, outputs, inputs, kernel):
    return {f"{name}.weight": drawn(outputs, inputs, kernel, kernel) * 2}


def batch_norm(name, width):
    return norm(name, width) | {f"{name}.running_mean": drawn(width), f"{name}.running_var": 1 + drawn(width).abs()}


def resnet(width=2, counts=(1, 2, 1, 1)):
    t = {}
    for k, (outputs, inputs) in enumerate(((width // 2, 3), (width // 2, width // 2), (width, width // 2)), 1):
        t |= conv(f"visual.conv{k}", outputs, inputs, 3) | batch_norm(f"visual.bn{k}", outputs)
    inputs = width
    for stage, count in enumerate(counts, 1):
        inner = width * 2 ** (stage - 1)
        for i in range(count):
            at = f"visual.layer{stage}.{i}"
            for k, (o, n, kernel) in enumerate(((inner, inputs, 1), (inner, inner, 3), (4 * inner, inner, 1)), 1):
                t |= conv(f"{at}.conv{k}", o, n, kernel) | batch_norm(f"{at}.bn{k}", o)
            if i == 0:
                t |= conv(f"{at}.downsample.0", 4 * inner, inputs, 1) | batch_norm(f"{at}.downsample.1", 4 * inner)
            inputs = 4 * inner
    for name in ("q_proj", "k_proj", "v_proj"):
        t[f"visual.attnpool.{name}.weight"], t[f"visual.attnpool.{name}.bias"] = drawn(inputs, inputs), drawn(inputs)
    t["visual.attnpool.positional_embedding"] = drawn(1 + 4, inputs)
    t["visual.attnpool.c_proj.weight"], t["visual.attnpool.c_proj.bias"] = drawn(OUT, inputs), drawn(OUT)
    return t


def convolved(x, t, at, k, stride=1):
    weight, n = t[f"{at}.conv{k}.weight"], f"{at}.bn{k}"
    x = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
    return F.batch_norm(x, *(t[f"{n}.{w}"] for w in ("running_mean", "running_var", "weight", "bias")))


def map_of(x, t, counts=(1, 2, 1, 1)):
    for k in (1, 2, 3):
        x = convolved(x, t, "visual", k, stride=2 if k == 1 else 1).relu()
    x = F.avg_pool2d(x, 2)
    for stage, count in enumerate(counts, 1):
        for i in range(count):
            at, drop = f"visual.layer{stage}.{i}", 2 if stage > 1 and i == 0 else 1
            y = convolved(convolved(x, t, at, 1).relu(), t, at, 2).relu()
            y = convolved(F.avg_pool2d(y, drop), t, at, 3)
            if i == 0:
                x = F.conv2d(F.avg_pool2d(x, drop), t[f"{at}.downsample.0.weight"])
                n = f"{at}.downsample.1"
                x = F.batch_norm(x, *(t[f"{n}.{w}"] for w in ("running_mean", "running_var", "weight", "bias")))
            x = (x + y).relu()
    return x


def attention_pooled(places, t):
    """As the authors' code asks torch for it."""
    at = "visual.attnpool."
    x = places.flatten(2).permute(2, 0, 1)  # (hw, B, C)
    x = torch.cat([x.mean(0, keepdim=True), x]) + t[f"{at}positional_embedding"][:, None]
    out, _ = F.multi_head_attention_forward(
        x[:1], x, x, x.shape[-1], max(1, x.shape[-1] // 64), None,
        torch.cat([t[f"{at}{w}_proj.bias"] for w in "qkv"]), None, None, False, 0.0,
        t[f"{at}c_proj.weight"], t[f"{at}c_proj.bias"], False, use_separate_proj_weight=True, need_weights=False,
        q_proj_weight=t[f"{at}q_proj.weight"], k_proj_weight=t[f"{at}k_proj.weight"], v_proj_weight=t[f"{at}v_proj.weight"],
    )  # fmt: skip
    return out[0]


@torch.inference_mode()
def test_the_resnet_with_its_stem_strides_and_pool(tmp_path):
    t = resnet() | texts()
    loaded = opened(tmp_path, t | SCALARS)
    images = torch.randn(2, 3, 64, 64)
    places = loaded.network.feature_map(images)
    assert torch.allclose(places, map_of(images, t), atol=1e-4)
    assert torch.allclose(loaded.network(images), attention_pooled(map_of(images, t), t), atol=1e-4)
    about = loaded.description
    assert (about.kind, about.image_size, about.depth) == ("cnn", (64, 64), 4)
    assert torch.allclose(loaded.text(IDS), read(IDS, t, quick), atol=1e-4)


def test_the_resnets_maps_take_any_size_and_its_pool_one(tmp_path):
    network = opened(tmp_path, resnet() | texts()).network
    assert network.feature_map(torch.randn(1, 3, 96, 64), 0).shape == (1, 8, 24, 16)
    with pytest.raises(NetworkError, match="64 x 64"):
        network(torch.randn(1, 3, 96, 64))
    with pytest.raises(NetworkError):
        network.feature_map(torch.randn(1, 3, 64, 64), 4)


def test_what_is_not_read_is_refused_by_name(tmp_path):
    with pytest.raises(CheckpointError, match="timm"):
        opened(tmp_path, {"visual.trunk.blocks.0.attn.qkv.weight": drawn(6, 2)} | texts())
    with pytest.raises(CheckpointError, match="CoCa"):
        opened(tmp_path, vit() | {"visual.attn_pool.query": drawn(2, 2)} | texts())
