"""A vision transformer's plan and canonical tensors, from the names that DINO, MAE, timm and their relatives share.

    patch_embed.proj, cls_token, pos_embed, blocks.{i}.*, norm

What no shape tells, the heads, is left at 1: `sslviz.checkpoints.head_counts` fills it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import torch

from sslviz.checkpoints.block_shapes import State, block_shape, take_block, take_norm
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger
from sslviz.nn.vit_plan import VitPlan


@dataclass(frozen=True, slots=True)
class Custom:
    """What a family does its own way.

    rule: how its code resizes the table, of `sslviz.nn.position_tables.RULES`; "rope" where it has none.
    table_prefixes: how many rows of the table may belong to tokens before the patches, the likeliest first.
    registers: the name of the tokens between the class token and the patches. block_pattern: as `Ledger.blocks` takes it.
    class_token, patch_bias: whether there is one; None: as the file has it.
    """

    rule: str
    eps: float = 1e-6
    table_prefixes: tuple[int, ...] = (1,)
    registers: str = "register_tokens"
    class_token: bool | None = True
    patch_bias: bool | None = True
    block_pattern: str = ""


def vit_shapes(ledger: Ledger, custom: Custom) -> tuple[VitPlan, State]:
    """Plan and tensors, heads as far as shapes tell. Raises CheckpointError naming what is missing or does not fit."""
    state: State = {}
    stem = take_stem(ledger, state, required_bias=bool(custom.patch_bias))
    depth = ledger.blocks(ledger.spelt("blocks."), pattern=custom.block_pattern)
    class_token = custom.class_token is not False and _take_class_token(ledger, state, stem.width, custom)
    registers = take_tokens(ledger, state, custom.registers, "register_tokens", stem.width)
    rope = custom.rule == "rope"
    grid, table_prefix = ((0, 0), 0) if rope else take_table(ledger, state, stem.width, custom.table_prefixes)
    block = block_shape(ledger, "blocks.", depth, stem.width)
    for i in range(depth):
        take_block(ledger, state, f"blocks.{i}.", f"blocks.{i}.", block)
    pool_norm = take_optional_norm(ledger, state, "fc_norm", stem.width)
    if not (final_norm := take_optional_norm(ledger, state, "norm", stem.width)) and not pool_norm:
        take_norm(ledger, state, "norm", "norm", stem.width)  # says what is missing
    plan = VitPlan(
        stem.width, depth, block.heads or 1, stem.patch, block.hidden, grid, stem.channels, class_token, registers,
        "rope" if rope else "table", "fixed" if rope else custom.rule, table_prefix,
        "swiglu" if block.gated else "gelu", custom.eps, block.qkv_bias, block.projection_bias, block.mlp_bias,
        stem.bias, block.layer_scale, block.qk_norm,
        pre_norm=take_optional_norm(ledger, state, "norm_pre", stem.width),
        final_norm=final_norm, pool_norm=pool_norm,
        pool="class" if class_token and (final_norm or not pool_norm) else "mean",
        convolutional_stem=stem.convolutions,
    )  # fmt: skip
    return plan, state


@dataclass(frozen=True, slots=True)
class Stem:
    """What the first layers tell. convolutions: widths of MoCo v3's stem, () for one convolution a patch."""

    width: int
    channels: int
    patch: tuple[int, int]
    bias: bool
    convolutions: tuple[int, ...] = ()


def take_stem(ledger: Ledger, state: State, *, required_bias: bool = True) -> Stem:
    """From pixels to tokens: patch_embed.proj."""
    name = "patch_embed.proj"
    if ledger.has(f"{name}.0.weight"):
        return _take_convolutions(ledger, state, name)
    width, channels, height, across = ledger.shape(f"{name}.weight", 4)
    if min(width, channels, height, across) < 1:
        raise CheckpointError(f"The tensor {name}.weight has no numbers.", "The file is damaged: download it again.")
    state[f"{name}.weight"] = ledger.take(f"{name}.weight", width, channels, height, across)
    bias = required_bias or ledger.has(f"{name}.bias")
    if bias:
        state[f"{name}.bias"] = ledger.take(f"{name}.bias", width)
    return Stem(width, channels, (height, across), bias)


def _take_convolutions(ledger: Ledger, state: State, name: str) -> Stem:
    """Layers 0, 3, 6 ... are 3 x 3 convolutions of stride 2, each followed by batch norm; the last one is 1 x 1."""
    widths: list[int] = []
    channels = before = ledger.shape(f"{name}.0.weight", 4)[1]
    while ledger.has(f"{name}.{(at := 3 * len(widths)) + 1}.weight"):
        width = ledger.shape(f"{name}.{at}.weight", 4)[0]
        state[f"{name}.{at}.weight"] = ledger.take(f"{name}.{at}.weight", width, before, 3, 3)
        for last in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.{at + 1}.{last}"] = ledger.take(f"{name}.{at + 1}.{last}", width)
        state[f"{name}.{at + 1}.num_batches_tracked"] = torch.zeros((), dtype=torch.long)  # old files have none
        ledger.ignore(f"{name}.{at + 1}.num_batches_tracked")
        widths.append(width)
        before = width
    width = ledger.shape(f"{name}.{at}.weight", 4)[0]
    state[f"{name}.{at}.weight"] = ledger.take(f"{name}.{at}.weight", width, before, 1, 1)
    state[f"{name}.{at}.bias"] = ledger.take(f"{name}.{at}.bias", width)
    side = 2 ** len(widths)
    return Stem(width, channels, (side, side), bias=True, convolutions=tuple(widths))


def _take_class_token(ledger: Ledger, state: State, width: int, custom: Custom) -> bool:
    """Whether there is one. Raises CheckpointError where it is missing, though the table has a row for it."""
    if custom.class_token is None and not ledger.has("cls_token"):
        rows = ledger.shape("pos_embed", 3)[1] if ledger.has("pos_embed") else 0
        if isqrt(rows) ** 2 == rows or ledger.has(custom.registers):
            return False
    return bool(take_tokens(ledger, state, "cls_token", "cls_token", width, required=True))


def take_tokens(ledger: Ledger, state: State, name: str, canonical: str, width: int, *, required: bool = False) -> int:
    """Learned tokens (1, n, width): how many there are."""
    if not required and not ledger.has(name):
        return 0
    count = ledger.shape(name, 3)[1]
    tokens = ledger.take(name, 1, 1 if required else count, width)
    if count:  # some code saves registers of which there are none
        state[canonical] = tokens
    return count


def take_table(ledger: Ledger, state: State, width: int, prefixes: Sequence[int]) -> tuple[tuple[int, int], int]:
    """The table of positions: its grid, and how many rows come before those of the patches."""
    rows = ledger.shape("pos_embed", 3)[1]
    side, prefix = square(rows, prefixes, ledger.spelt("pos_embed"))
    state["pos_embed"] = ledger.take("pos_embed", 1, rows, width)
    return (side, side), prefix


def square(rows: int, prefixes: Sequence[int], name: str = "pos_embed") -> tuple[int, int]:
    """(side, prefix) such that rows = side² + prefix. Raises CheckpointError where no prefix leaves a square."""
    for prefix in prefixes:
        side = isqrt(max(0, rows - prefix))
        if side and side * side + prefix == rows:
            return side, prefix
    forms = " nor ".join(f"n² + {prefix}" if prefix else "n²" for prefix in prefixes)
    raise CheckpointError(
        f"The table of positions {name} has {rows} rows, which is not {forms}: its grid of patches is not square.",
        "Networks with square grids are read; resize the table to one before saving.",
    )


def take_optional_norm(ledger: Ledger, state: State, name: str, width: int) -> bool:
    """A norm that not every network has: whether this one does."""
    if not ledger.has(f"{name}.weight") and not ledger.has(f"{name}.bias"):
        return False
    take_norm(ledger, state, name, name, width)
    return True
