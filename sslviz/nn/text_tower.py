"""Text tower: the small transformer that reads captions (Radford et al. 2021, arXiv:2103.00020, Sec. 2.4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.words import END, PAD

LONGEST = 24
"""Tokens of a sentence at most, its end included."""


class TextTower(nn.Module):
    """Tokens (n, length) -> features (n, width), read off at the end of each sentence.

    As in the paper: learnt positions, pre-norm blocks, each word sees those before it, layer norm at the end. Small: captions of
    a dozen known words need neither the paper's byte pairs nor its twelve layers.
    """

    causal: Tensor

    def __init__(self, words: int, width: int, depth: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=PAD)
        self.positions = nn.Parameter(0.01 * torch.randn(LONGEST, width))
        block = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, depth, nn.LayerNorm(width), enable_nested_tensor=False)
        later = torch.ones(LONGEST, LONGEST, dtype=torch.bool).triu(1)
        self.register_buffer("causal", later, persistent=False)
        nn.init.normal_(self.embed.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:  # (n, length) -> (n, width)
        """Raises NetworkError for sentences that are too long."""
        length = tokens.shape[1]
        if length > LONGEST:
            raise NetworkError(f"A caption has at most {LONGEST - 1} words, this one {length - 1}.", "Shorten it.")
        x = self.embed(tokens) + self.positions[:length]  # (n, length, width)
        x = self.blocks(x, mask=self.causal[:length, :length])  # what stands after the end is never seen by it
        end = (tokens == END).to(torch.int8).argmax(dim=1)  # (n,)
        read: Tensor = x[torch.arange(len(x), device=x.device), end]
        return read
