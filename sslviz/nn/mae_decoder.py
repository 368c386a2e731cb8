"""MAE's decoder (He et al. 2022, arXiv:2111.06377, Sec. 3): mask tokens, positions, a few blocks, and pixels of every patch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sslviz.nn.masking import take
from sslviz.nn.positions import sincos_positions


class MAEDecoder(nn.Module):
    """Tokens of visible patches -> a vector of each patch, hidden or not.

    features: width of the encoder's tokens. prefix: tokens before the patches (class token), which take part and have no
    place. width: divisible by 4. outputs: numbers to predict of each patch. Heads are 16 wide and more, at most 16 of them.
    """

    positions: Tensor  # (h·w, width)

    def __init__(self, features: int, prefix: int, width: int, depth: int, grid: tuple[int, int], outputs: int) -> None:
        from timm.models.vision_transformer import Block  # a second of imports, spared whoever trains a ResNet

        super().__init__()
        self._prefix, self._grid = prefix, grid
        self.embed = nn.Linear(features, width)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.Sequential(*(Block(width, heads_for(width), qkv_bias=True) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.predict = nn.Linear(width, outputs)
        self.register_buffer("positions", sincos_positions(width, grid), persistent=False)
        self.apply(xavier)
        nn.init.normal_(self.mask_token, std=0.02)
        nn.init.trunc_normal_(
            self.predict.weight, std=0.02
        )  # begins at the mean colour: a laptop has no time to unlearn noise

    def forward(self, tokens: Tensor, restore: Tensor, *, placed: bool = True) -> Tensor:
        """tokens (B, prefix + K, F), restore (B, L) as of `Masking` -> (B, L, outputs). Without `placed` no token knows its place."""
        x = self.embed(tokens)  # (B, prefix + K, width)
        visible, patches = x[:, self._prefix :], restore.shape[1]
        hidden = self.mask_token.to(x.dtype).expand(len(x), patches - visible.shape[1], -1)
        x = torch.cat(
            [x[:, : self._prefix], self._in_place(torch.cat([visible, hidden], dim=1), restore, placed)], dim=1
        )
        decoded: Tensor = self.predict(self.norm(self.blocks(x))[:, self._prefix :])
        return decoded

    def _in_place(self, shuffled: Tensor, restore: Tensor, placed: bool) -> Tensor:
        """Tokens (B, L, width) in the patches' order, with their places added."""
        patches = take(shuffled, restore)
        return patches + self.positions.to(patches.dtype) if placed else patches


def heads_for(width: int) -> int:
    """Attention heads of 16 numbers and more: the most, up to 16, into which `width` can be cut."""
    return max((n for n in range(1, 17) if width % n == 0 and width // n >= 16), default=1)


def xavier(layer: nn.Module) -> None:
    """Initialises a linear layer by Xavier's uniform rule without bias."""
    if isinstance(layer, nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
