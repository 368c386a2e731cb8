"""A vision transformer of timm that looks at some patches only, with fixed positions: the encoder of MAE."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from sslviz.nn.encoder import Encoder
from sslviz.nn.masking import take
from sslviz.nn.positions import sincos_positions

if TYPE_CHECKING:
    from timm.models import VisionTransformer


def plain_vit(network: nn.Module) -> VisionTransformer | None:
    """`network` where it is a vision transformer that adds a table of positions and pools without weights; None otherwise."""
    from timm.models import VisionTransformer

    if not isinstance(network, VisionTransformer) or network.pos_embed is None or network.attn_pool is not None:
        return None
    return network if network.embed_dim % 4 == 0 else None


def start_as_mae(vit: VisionTransformer) -> None:
    """Fixed sine and cosine positions, and the mean of the patch tokens as output.

    The class token, where there is one, has position 0 and still takes part.
    """
    positions = sincos_positions(vit.embed_dim, vit.patch_embed.grid_size)  # (L, D)
    with torch.no_grad():
        vit.pos_embed.zero_()
        vit.pos_embed[0, -len(positions) :] = positions
    vit.pos_embed.requires_grad_(False)
    vit.global_pool = "avg"


def visible_tokens(encoder: Encoder, images: Tensor, kept: Tensor) -> Tensor:
    """Tokens after the last norm, of the prefix and of patches `kept` (B, K): images (B, 3, H, W) -> (B, prefix + K, F).

    Patches get their positions before the others are dropped. Raises NetworkError as the encoder's forward pass does.
    """
    vit = cast("VisionTransformer", encoder.backbone)

    def forward(x: Tensor) -> Tensor:
        x = vit._pos_embed(vit.patch_embed(x))  # noqa: SLF001 # what timm's own forward_features begins with
        prefix = x[:, : vit.num_prefix_tokens]
        x = torch.cat([prefix, take(x[:, vit.num_prefix_tokens :], kept)], dim=1)
        tokens: Tensor = vit.norm(vit.blocks(vit.norm_pre(x)))
        return tokens

    return cast(Tensor, encoder.run(forward, images))
