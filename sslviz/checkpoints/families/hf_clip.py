"""CLIP of Hugging Face's transformers: both towers, or the one that sees."""

from __future__ import annotations

import dataclasses

from sslviz.checkpoints.base import FAMILIES, Loaded, Match, Part, Wishes
from sslviz.checkpoints.clip_towers import vision_prefix
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.hub_config import HubConfig
from sslviz.checkpoints.hub_loaded import HubFamily, take_norm, whole
from sslviz.checkpoints.hub_tensors import Stack, find_prefix, stack_of
from sslviz.checkpoints.hub_vit import HubNetwork, HubVit, activation_of, choose_heads, read_vit
from sslviz.checkpoints.normalisation import CLIP
from sslviz.nn.clip_text import LARGEST, TextPlan, TextTower, text_tower_of

KIND = HubVit("CLIP", eps=1e-5, rule="size", activation="quick_gelu")
TEXT_HEADS = 8
OLD_END = 2
"""What configurations of before 2023 call the end of a text, wrongly: their models read the largest token."""


class HfClip(HubFamily):
    """`CLIPModel`, `CLIPVisionModel` and `CLIPVisionModelWithProjection`."""

    name = "hf_clip"
    title = "CLIP (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/clip"
    types = ("clip", "clip_vision_model")
    marks = ("embeddings.class_embedding", "pre_layrnorm.weight")

    def recognise(self, part: Part) -> Match | None:
        named_otherwise = vision_prefix(part.tensors) is not None  # such a folder may hold open_clip's file alone
        return None if named_otherwise else super().recognise(part)

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        config = HubConfig(part.archive.config)
        read = read_vit(part, wishes, KIND, config.inner("vision_config") if config.model_type == "clip" else config)
        take_norm(read, "norm_pre", "pre_layrnorm")  # spelt so
        take_norm(read, "norm", "post_layernorm")
        plan = dataclasses.replace(read.plan, pre_norm=True)
        if read.ledger.has("visual_projection.weight"):
            weight = read.ledger.take("visual_projection.weight", -1, plan.width)  # (features, width)
            config.agree("projection_dim", len(weight), "the projection of images")
            read.state["proj"] = weight.t()
            plan = dataclasses.replace(plan, projection=len(weight), pool="class_projected")
        read = dataclasses.replace(read, plan=plan)
        return whole(read, part, wishes, self.title, CLIP, {}, text=_text(read, part, config.inner("text_config")))


def _text(read: HubNetwork, part: Part, config: HubConfig) -> TextTower | None:
    """The tower that reads; None where the file has none. Raises CheckpointError where a part of it is missing or does not fit."""
    ledger = read.ledger
    prefix = find_prefix(part.tensors, ["embeddings.token_embedding.weight"])
    if not ledger.begins("text_model.") and not ledger.has("text_projection.weight"):
        return None
    if prefix is None:
        raise CheckpointError(
            "The tensor text_model.embeddings.token_embedding.weight is missing.",
            "The file is incomplete: copy, download or save it again.",
        )
    words, width = ledger.shape(f"{prefix}embeddings.token_embedding.weight", 2)
    length = ledger.shape(f"{prefix}embeddings.position_embedding.weight", 2)[0]
    names, depth = stack_of(ledger, part.tensors, prefix)
    stack = Stack(ledger, names, depth, width)
    weight = ledger.take("text_projection.weight", read.plan.projection or -1, width)
    state = stack.tensors() | {
        "token_embed.weight": ledger.take(f"{prefix}embeddings.token_embedding.weight", words, width),
        "pos_embed": ledger.take(f"{prefix}embeddings.position_embedding.weight", length, width),
        "norm.weight": ledger.take(f"{prefix}final_layer_norm.weight", width),
        "norm.bias": ledger.take(f"{prefix}final_layer_norm.bias", width),
        "proj.weight": weight,
        "logit_scale": ledger.take("logit_scale"),
    }
    for name, found in (("hidden_size", width), ("vocab_size", words), ("max_position_embeddings", length),
                        ("num_hidden_layers", depth), ("intermediate_size", stack.hidden)):  # fmt: skip
        config.agree(name, found, "the tower that reads")
    end = config.token("eos_token_id")
    heads = choose_heads(
        width, config, "num_attention_heads", TEXT_HEADS, 0, read.findings,
        family="CLIP", control="heads of the tower that reads",
    )  # fmt: skip
    plan = TextPlan(
        words, length, width, depth, heads,
        stack.hidden, len(weight), activation_of(config.text("hidden_act") or KIND.activation),
        config.number("layer_norm_eps") or KIND.eps, LARGEST if end in {None, OLD_END} else end,
    )  # fmt: skip
    return text_tower_of(plan, state)


FAMILIES.add(HfClip.name, HfClip())
