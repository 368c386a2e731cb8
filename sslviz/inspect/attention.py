"""Attention of a vision transformer's class token, layer by layer, exactly as its forward pass computes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from sslviz.inspect.errors import InspectError
from sslviz.nn.encoder import Encoder
from sslviz.nn.sizes import patch_size


@torch.inference_mode()
def class_attention(encoder: Encoder, images: Tensor, layers: Sequence[int] = (-1,)) -> list[Tensor]:
    """What the class token attends to among the patches: images (B, 3, H, W) as the encoder takes them -> for each of `layers`
    (B, heads, rows, columns), the part of its softmax row that falls on patches; what it gives itself is missing from the sum.

    Only that one row is computed, never the whole matrix. Raises InspectError for a network without attention or class token.
    """
    blocks = _blocks(encoder.backbone)
    chosen = [blocks[layer] for layer in layers]
    with _inputs_of([block.attn for block in chosen]) as inputs:
        encoder(images)
    height, width = patch_size(encoder.backbone)
    grid = (images.shape[-2] // height, images.shape[-1] // width)
    prefix = int(getattr(encoder.backbone, "num_prefix_tokens", 1))
    rows = [_first_row(block.attn, inputs[block.attn])[..., prefix:] for block in chosen]  # (B, heads, patches) each
    return [row.reshape(*row.shape[:2], *grid) for row in rows]


def _blocks(backbone: nn.Module) -> Sequence[Any]:
    blocks = getattr(backbone, "blocks", None)
    attends = blocks is not None and all(hasattr(getattr(block, "attn", None), "qkv") for block in blocks)
    if not attends or not getattr(backbone, "num_prefix_tokens", 0):
        raise InspectError(
            "This network has no class token that attends to patches.", "Choose a vision transformer (vit_...)."
        )
    return list(blocks)  # type: ignore[arg-type]  # a module list, as just seen


@contextmanager
def _inputs_of(parts: Sequence[nn.Module]) -> Iterator[dict[nn.Module, Tensor]]:
    """What these modules are given while the context is open."""
    seen: dict[nn.Module, Tensor] = {}

    def keep(module: nn.Module, given: tuple[Any, ...]) -> None:
        seen[module] = given[0]

    handles = [part.register_forward_pre_hook(keep) for part in parts]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _first_row(attention: Any, x: Tensor) -> Tensor:
    """softmax(q_0 k^T / sqrt(d)) of each head: x (B, n, F) -> (B, heads, n)."""
    batch, n, _ = x.shape
    qkv = attention.qkv(x).reshape(batch, n, 3, attention.num_heads, attention.head_dim).permute(2, 0, 3, 1, 4)
    q, k = attention.q_norm(qkv[0][:, :, :1]), attention.k_norm(qkv[1])  # (B, heads, 1, d), (B, heads, n, d)
    row: Tensor = (q * attention.scale @ k.transpose(-2, -1)).softmax(dim=-1)
    return row[:, :, 0]
