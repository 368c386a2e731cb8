"""MAE's decoder from its tensors: decoder_embed, mask_token, decoder_pos_embed, decoder_blocks, decoder_norm, decoder_pred."""

from __future__ import annotations

from dataclasses import replace

from sslviz.checkpoints.base import Assumption, Wishes
from sslviz.checkpoints.block_shapes import State, block_shape, take_block, take_linear, take_norm
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.head_counts import decided
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_shapes import square
from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder, decoder_of
from sslviz.nn.vit_plan import VitPlan

USUAL = {512: 16}
"""Every published decoder is 512 wide and has 16 heads."""


def take_decoder(ledger: Ledger, encoder: VitPlan, wishes: Wishes) -> tuple[MaskedDecoder, Assumption]:
    """The decoder for the tokens of `encoder`, and what was assumed of its heads. Raises CheckpointError."""
    state: State = {}
    width = ledger.shape("decoder_embed.weight", 2)[0]
    depth = ledger.blocks("decoder_blocks.")
    take_linear(ledger, state, "decoder_embed", "embed", (width, encoder.width), bias=True)
    state["mask_token"] = ledger.take("mask_token", 1, 1, width)
    grid, prefix = _take_places(ledger, state, width, encoder)
    shape = block_shape(ledger, "decoder_blocks.", depth, width)
    shape = replace(
        shape, qkv_bias=True, projection_bias=True, mlp_bias=True
    )  # MAE's always have: a missing one is missing
    for i in range(depth):
        take_block(ledger, state, f"decoder_blocks.{i}.", f"blocks.{i}.", shape)
    take_norm(ledger, state, "decoder_norm", "norm", width)
    outputs = encoder.patch[0] * encoder.patch[1] * encoder.channels
    take_linear(ledger, state, "decoder_pred", "pred", (outputs, width), bias=True)
    heads, assumed = decided(width, wishes.decoder_heads, "MAE's decoders", USUAL, per_head=32, name="decoder_heads")
    plan = DecoderPlan(encoder.width, width, depth, heads, shape.hidden, grid, outputs, prefix)
    return decoder_of(plan, state), assumed


def _take_places(ledger: Ledger, state: State, width: int, encoder: VitPlan) -> tuple[tuple[int, int], int]:
    """The table of positions: its grid, and how many rows come before those of the patches."""
    rows = ledger.shape("decoder_pos_embed", 3)[1]
    side, prefix = square(rows, (encoder.prefix,), "decoder_pos_embed")
    if (side, side) != encoder.grid:
        raise CheckpointError(
            f"The decoder's table is for {side} x {side} patches, the encoder's for {encoder.grid[0]} x {encoder.grid[1]}.",
            "The file is damaged, or parts of two networks were mixed.",
        )
    state["pos_embed"] = ledger.take("decoder_pos_embed", 1, rows, width)
    return (side, side), prefix
