"""MAE's decoder with published weights (He et al. 2022, arXiv:2111.06377): from visible tokens to pixels of every patch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslviz.nn.vit_block import Block, Queries
from sslviz.nn.vit_plan import VitPlan


@dataclass(frozen=True, slots=True)
class DecoderPlan:
    """The shape of a `MaskedDecoder`. Its positions are for one grid only."""

    features: int  # width of the encoder's tokens
    width: int
    depth: int
    heads: int
    hidden: int  # of the MLP
    grid: tuple[int, int]  # (rows, columns)
    outputs: int  # numbers to predict of each patch
    prefix: int = 1  # tokens before the patches; each has a row in the table of positions
    eps: float = 1e-6
    qkv_bias: bool = True

    @property
    def patches(self) -> int:
        """Of a whole picture."""
        return self.grid[0] * self.grid[1]


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What the decoder gives. L: patches of the whole picture."""

    patches: Tensor  # (B, L, outputs); of pixels: row in the patch, column in the patch, channel
    attention: Mapping[int, Tensor]  # (B, heads, queries, prefix + L), by layer as it was asked for


class MaskedDecoder(nn.Module):
    """Visible tokens, mask tokens in place of the hidden ones, positions, blocks, norm, and a linear layer to each patch."""

    def __init__(self, plan: DecoderPlan) -> None:
        super().__init__()
        self.plan = plan
        self.embed = nn.Linear(plan.features, plan.width)
        self.mask_token = nn.Parameter(torch.empty(1, 1, plan.width))
        self.pos_embed = nn.Parameter(torch.empty(1, plan.prefix + plan.patches, plan.width))
        blocks = VitPlan(plan.width, plan.depth, plan.heads, (1, 1), plan.hidden, eps=plan.eps, qkv_bias=plan.qkv_bias)
        self.blocks = nn.ModuleList(Block(blocks) for _ in range(plan.depth))
        self.norm = nn.LayerNorm(plan.width, eps=plan.eps)
        self.pred = nn.Linear(plan.width, plan.outputs)

    def forward(self, tokens: Tensor, restore: Tensor) -> Tensor:
        """tokens (B, prefix + K, features), restore (B, L) -> (B, L, outputs).

        restore: for each patch, where it stands among the visible ones followed by the hidden ones.
        """
        return self.run(tokens, restore).patches

    def run(
        self, tokens: Tensor, restore: Tensor, *, attention: Collection[int] = (), queries: Queries = None
    ) -> Decoded:
        """As `forward`, with attention rows of the layers asked for; negative layers count from the end."""
        depth = len(self.blocks)
        looked: dict[int, Tensor] = {}
        x = self._all_tokens(tokens, restore) + self.pos_embed
        for i, block in enumerate(block for block in self.blocks if isinstance(block, Block)):
            if i in {layer % depth for layer in attention}:
                x, looked[i] = block.look(x, None, queries)
            else:
                x = block(x)
        patches: Tensor = self.pred(self.norm(x))[:, self.plan.prefix :]
        return Decoded(patches, {layer: looked[layer % depth] for layer in attention})

    def _all_tokens(self, tokens: Tensor, restore: Tensor) -> Tensor:
        """(B, prefix + L, width): the visible tokens in their places and the mask token in the others."""
        x = self.embed(tokens)
        prefix, visible = x[:, : self.plan.prefix], x[:, self.plan.prefix :]
        hidden = self.mask_token.expand(len(x), restore.shape[1] - visible.shape[1], -1)
        shuffled = torch.cat([visible, hidden], dim=1)  # (B, L, width)
        return torch.cat([prefix, shuffled.gather(1, restore[:, :, None].expand(-1, -1, x.shape[2]))], dim=1)


def decoder_of(plan: DecoderPlan, state: Mapping[str, Tensor]) -> MaskedDecoder:
    """The decoder with the weights of `state`, in evaluation mode, float32 and without gradient; tensors are not copied."""
    with torch.device("meta"):
        decoder = MaskedDecoder(plan)
    decoder.load_state_dict(dict(state), assign=True)
    return decoder.float().eval().requires_grad_(False)
