"""CLIP's towers from their tensors, as OpenAI's code names them and open_clip's after it.

    visual.{conv1, class_embedding, positional_embedding, ln_pre, transformer.resblocks.{i}, ln_post, proj}
    {token_embedding, positional_embedding, transformer.resblocks.{i}, ln_final, text_projection, logit_scale}

A block is {ln_1, attn.in_proj_*, attn.out_proj, ln_2, mlp.c_fc, mlp.c_proj}; open_clip's newer files keep the second tower below "text.".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from sslviz.checkpoints.base import Assumption, Wishes
from sslviz.checkpoints.block_shapes import BlockShape, State, block_shape, take_block, take_norm
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.head_counts import USUAL, decided
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_shapes import square
from sslviz.nn.clip_resnet import REDUCTION, ClipResNet, ClipResNetPlan, clip_resnet_of
from sslviz.nn.clip_text import LARGEST, TextPlan, TextTower, text_tower_of
from sslviz.nn.vit_plan import VitPlan

Activation = Literal["gelu", "quick_gelu"]

EPS = 1e-5
HEADS = {**USUAL, 1792: 16}
"""Of towers that see, where a head is not 64 wide: open_clip's huge and gigantic ones."""
STACK = "transformer.resblocks."

_WORDS = {
    "norm1.": "ln_1.", "norm2.": "ln_2.", "attn.qkv.": "attn.in_proj_", "attn.proj.": "attn.out_proj.",
    "mlp.fc1.": "mlp.c_fc.", "mlp.fc2.": "mlp.c_proj.", "ls1.gamma": "ls_1.gamma", "ls2.gamma": "ls_2.gamma",
}  # fmt: skip
_INSIDE = re.compile(rf"(.*{re.escape(STACK)}\d+\.)(.+)")


def clip_ledger(tensors: Mapping[str, Tensor]) -> Ledger:
    """The tensors, those of blocks by their canonical names."""
    return Ledger(tensors, _spelt)


def _spelt(name: str) -> str:
    match = _INSIDE.fullmatch(name)
    if match is None:
        return name
    for ours, theirs in _WORDS.items():
        if match[2].startswith(ours):
            return match[1] + theirs + match[2].removeprefix(ours)
    return name


def vision_prefix(names: Iterable[str]) -> str | None:
    """ "visual." where both towers are there, "" for the one that sees alone; None where there is none."""
    known = frozenset(names)
    marks = ("class_embedding", "attnpool.c_proj.weight")
    return next((prefix for prefix in ("visual.", "") for mark in marks if prefix + mark in known), None)


def take_vision(
    ledger: Ledger, prefix: str, wishes: Wishes, activation: Activation, rule: str, family: str
) -> tuple[VitPlan, State, Assumption]:
    """The transformer that sees: its plan, its tensors and what was assumed of its heads. Raises CheckpointError."""
    _refuse_other_towers(ledger, prefix)
    width, channels, height, side = ledger.shape(f"{prefix}conv1.weight", 4)
    depth = ledger.blocks(prefix + STACK)
    block = block_shape(ledger, prefix + STACK, depth, width)
    heads, assumption = decided(width, wishes.heads, family, HEADS)
    rows = ledger.shape(f"{prefix}positional_embedding", 2)[0]
    grid, _ = square(rows, (1,), f"{prefix}positional_embedding")
    state: State = {
        "patch_embed.proj.weight": ledger.take(f"{prefix}conv1.weight", width, channels, height, side),
        "cls_token": ledger.take(f"{prefix}class_embedding", width)[None, None],
        "pos_embed": ledger.take(f"{prefix}positional_embedding", rows, width)[None],
    }
    pre_norm = ledger.begins(f"{prefix}ln_pre.")
    for name, there in (("norm_pre", "ln_pre"),) * pre_norm + (("norm", "ln_post"),):
        take_norm(ledger, state, prefix + there, name, width)
    _take_blocks(ledger, state, prefix, block, depth)
    plan = VitPlan(
        width, depth, heads, (height, side), block.hidden, (grid, grid), channels, rule=rule, mlp=activation, eps=EPS,
        qkv_bias=block.qkv_bias, projection_bias=block.projection_bias, mlp_bias=block.mlp_bias, patch_bias=False,
        layer_scale=block.layer_scale, pre_norm=pre_norm,
    )  # fmt: skip
    if ledger.has(f"{prefix}proj"):
        state["proj"] = ledger.take(f"{prefix}proj", width, -1)
        plan = replace(plan, pool="class_projected", projection=state["proj"].shape[1])
    return plan, state, assumption


def take_resnet(ledger: Ledger, prefix: str) -> ClipResNet:
    """The ResNet that sees. Raises CheckpointError."""
    width = ledger.shape(f"{prefix}layer1.0.conv1.weight", 4)[0]
    counts = tuple(ledger.blocks(f"{prefix}layer{k}.") for k in (1, 2, 3, 4))
    rows, map_width = ledger.shape(f"{prefix}attnpool.positional_embedding", 2)
    side, _ = square(rows, (1,), f"{prefix}attnpool.positional_embedding")
    outputs = ledger.shape(f"{prefix}attnpool.c_proj.weight", 2)[0]
    plan = ClipResNetPlan(width, counts, max(1, map_width // 64), outputs, side * REDUCTION)  # type: ignore[arg-type] # four
    if min(counts) < 1 or plan.map_width != map_width or map_width % plan.heads:
        raise CheckpointError(
            f"Stages of {counts} blocks, {width} wide, do not fit attention over {map_width} channels.",
            "The file is damaged, or of a family that is not known.",
        )
    with torch.device("meta"):
        wanted = ClipResNet(plan).state_dict()
    state: State = {}
    for name, tensor in wanted.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros((), dtype=torch.long)  # old files have none
            ledger.ignore(prefix + name)
        else:
            state[name] = ledger.take(prefix + name, *tensor.shape)
    return clip_resnet_of(plan, state)


def take_text(ledger: Ledger, activation: Activation) -> tuple[TextTower, Assumption] | None:
    """The tower that reads, and what was assumed of its heads; None where the file has none. Raises CheckpointError."""
    marks = ("token_embedding.", "ln_final.")  # of which a damaged file may have one only
    prefix = next((p for p in ("", "text.") if any(ledger.begins(p + mark) for mark in marks)), None)
    if prefix is None:
        return None
    words, width = ledger.shape(f"{prefix}token_embedding.weight", 2)
    length = ledger.shape(f"{prefix}positional_embedding", 2)[0]
    depth = ledger.blocks(prefix + STACK)
    block = block_shape(ledger, prefix + STACK, depth, width)
    heads, assumption = decided(width, 0, "CLIP", {}, name="heads of the tower that reads")
    state: State = {
        "token_embed.weight": ledger.take(f"{prefix}token_embedding.weight", words, width),
        "pos_embed": ledger.take(f"{prefix}positional_embedding", length, width),
        "logit_scale": ledger.take("logit_scale"),
    }
    take_norm(ledger, state, f"{prefix}ln_final", "norm", width)
    _take_blocks(ledger, state, prefix, block, depth)
    bias = ledger.has("logit_bias")
    if bias:
        state["logit_bias"] = ledger.take("logit_bias")
    outputs, linear = _take_projection(ledger, state, prefix, width)
    plan = TextPlan(
        words, length, width, depth, heads, block.hidden, outputs, activation, EPS, LARGEST,
        layer_scale=block.layer_scale, projection_bias=linear, logit_bias=bias,
    )  # fmt: skip
    return text_tower_of(plan, state), replace(assumption, name="", choices=())


def _take_projection(ledger: Ledger, state: State, prefix: str, width: int) -> tuple[int, bool]:
    """Its width, 0 without, and whether it has a bias: a matrix by which features are multiplied, or a linear layer."""
    name = f"{prefix}text_projection"
    if ledger.has(name):
        state["proj.weight"] = ledger.take(name, width, -1).t()
    elif ledger.has(f"{name}.weight"):
        state["proj.weight"] = ledger.take(f"{name}.weight", -1, width)
    else:
        return 0, False
    outputs = state["proj.weight"].shape[0]
    if ledger.has(f"{name}.bias"):
        state["proj.bias"] = ledger.take(f"{name}.bias", outputs)
    return outputs, "proj.bias" in state


def _take_blocks(ledger: Ledger, state: State, prefix: str, block: BlockShape, depth: int) -> None:
    for i in range(depth):
        take_block(ledger, state, f"{prefix}{STACK}{i}.", f"blocks.{i}.", block)


def _refuse_other_towers(ledger: Ledger, prefix: str) -> None:
    """Raises CheckpointError for a tower that pools otherwise than CLIP does."""
    if ledger.has(f"{prefix}attn_pool.query"):
        raise CheckpointError(
            "The tower that sees pools its tokens by attention (CoCa), which is not read.",
            "Choose a CLIP whose tower is a plain ViT or CLIP's ResNet.",
        )
