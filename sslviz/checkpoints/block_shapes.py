"""Blocks of a vision transformer by the names that most families share, checked and given their canonical names.

    {norm1, attn.qkv, attn.q_norm, attn.k_norm, attn.proj, ls1.gamma, norm2, mlp.fc1, mlp.fc2 | mlp.w12, mlp.w3, ls2.gamma}

Accepted too: gamma_1 and gamma_2 for ls1.gamma and ls2.gamma (iBOT), mlp.w1 and mlp.w2 for mlp.w12 (DINOv3).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger

State = dict[str, Tensor]
"""Tensors by their canonical names."""


@dataclass(frozen=True, slots=True)
class BlockShape:
    """What the blocks of a network have in common. heads: 0 where no shape tells them."""

    width: int
    hidden: int
    gated: bool
    qkv_bias: bool
    projection_bias: bool
    mlp_bias: bool
    layer_scale: bool
    qk_norm: bool
    heads: int = 0


def block_shape(ledger: Ledger, stack: str, depth: int, width: int) -> BlockShape:
    """What the blocks `stack`0 ... have in common. What one of them has, all must have. Raises CheckpointError."""

    def any_has(*names: str) -> bool:
        return any(ledger.has(f"{stack}{i}.{name}") for i in range(depth) for name in names)

    gated = any_has("mlp.w12.weight", "mlp.w1.weight")
    qk_norm = any_has("attn.q_norm.weight")
    return BlockShape(
        width, _hidden(ledger, f"{stack}0.mlp.", gated), gated,
        qkv_bias=any_has("attn.qkv.bias"), projection_bias=any_has("attn.proj.bias"),
        mlp_bias=any_has("mlp.w12.bias", "mlp.w1.bias", "mlp.fc1.bias"),
        layer_scale=any_has("ls1.gamma", "gamma_1"), qk_norm=qk_norm,
        heads=_heads_of_norm(ledger, f"{stack}0.attn.q_norm.weight", width) if qk_norm else 0,
    )  # fmt: skip


def take_block(ledger: Ledger, state: State, at: str, to: str, shape: BlockShape) -> None:
    """The tensors of a block whose names begin with `at`, under names that begin with `to`."""
    width = shape.width
    for norm in ("norm1", "norm2"):
        take_norm(ledger, state, at + norm, to + norm, width)
    take_linear(ledger, state, f"{at}attn.qkv", f"{to}attn.qkv", (3 * width, width), bias=shape.qkv_bias)
    take_linear(ledger, state, f"{at}attn.proj", f"{to}attn.proj", (width, width), bias=shape.projection_bias)
    if shape.qk_norm:
        for norm in ("attn.q_norm", "attn.k_norm"):
            take_norm(ledger, state, at + norm, to + norm, width // shape.heads)
    if shape.layer_scale:
        for k in (1, 2):
            name = f"{at}gamma_{k}" if ledger.has(f"{at}gamma_{k}") else f"{at}ls{k}.gamma"
            state[f"{to}ls{k}.gamma"] = ledger.take(name, width)
    _take_mlp(ledger, state, f"{at}mlp.", f"{to}mlp.", shape)


def take_linear(ledger: Ledger, state: State, name: str, canonical: str, shape: tuple[int, int], *, bias: bool) -> None:
    """Weight (out, in), and bias (out,) where there is one."""
    state[f"{canonical}.weight"] = ledger.take(f"{name}.weight", *shape)
    if bias:
        state[f"{canonical}.bias"] = ledger.take(f"{name}.bias", shape[0])


def take_norm(ledger: Ledger, state: State, name: str, canonical: str, width: int) -> None:
    """A layer norm."""
    for last in ("weight", "bias"):
        state[f"{canonical}.{last}"] = ledger.take(f"{name}.{last}", width)


def _hidden(ledger: Ledger, at: str, gated: bool) -> int:
    """Width of the MLP, of each half where it is gated."""
    if gated and ledger.has(f"{at}w12.weight"):
        return ledger.shape(f"{at}w12.weight", 2)[0] // 2
    return ledger.shape(f"{at}w1.weight" if gated else f"{at}fc1.weight", 2)[0]


def _heads_of_norm(ledger: Ledger, name: str, width: int) -> int:
    """A norm over the numbers of a head tells how many there are."""
    (head_width,) = ledger.shape(name, 1)
    if not head_width or width % head_width:
        raise CheckpointError(
            f"The tensor {name} has {head_width} numbers, which do not divide the width of {width}.",
            "The file is damaged, or of a family that is not known.",
        )
    return width // head_width


def _take_mlp(ledger: Ledger, state: State, at: str, to: str, shape: BlockShape) -> None:
    outer, inner, bias = shape.width, shape.hidden, shape.mlp_bias
    if not shape.gated:
        take_linear(ledger, state, f"{at}fc1", f"{to}fc1", (inner, outer), bias=bias)
        take_linear(ledger, state, f"{at}fc2", f"{to}fc2", (outer, inner), bias=bias)
        return
    if ledger.has(f"{at}w12.weight"):
        take_linear(ledger, state, f"{at}w12", f"{to}w12", (2 * inner, outer), bias=bias)
    else:  # gate and value apart
        halves: State = {}
        for half in ("w1", "w2"):
            take_linear(ledger, halves, f"{at}{half}", half, (inner, outer), bias=bias)
        for last in ("weight", "bias") if bias else ("weight",):
            state[f"{to}w12.{last}"] = torch.cat([halves[f"w1.{last}"], halves[f"w2.{last}"]])
    take_linear(ledger, state, f"{at}w3", f"{to}w3", (outer, inner), bias=bias)
