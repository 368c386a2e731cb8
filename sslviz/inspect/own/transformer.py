"""A vision transformer of timm as the one that everything here looks into, and MAE's decoder likewise. Weights are shared, not copied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_shapes import Custom, vit_shapes
from sslviz.methods.mae import MAE
from sslviz.nn.mae_decoder import MAEDecoder
from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder, decoder_of
from sslviz.nn.vision_transformer import VisionTransformer, network_of

if TYPE_CHECKING:
    from timm.models import VisionTransformer as TimmTransformer


def as_transformer(backbone: nn.Module) -> VisionTransformer | None:
    """The same function as `backbone`; None where it is no plain vision transformer of timm."""
    from timm.models import VisionTransformer as TimmTransformer

    vit = cast("TimmTransformer", backbone)
    if type(backbone) is not TimmTransformer or not _is_plain(vit):
        return None
    ledger = Ledger(backbone.state_dict())
    try:
        plan, state = vit_shapes(ledger, _custom(vit))
    except CheckpointError:  # an option of timm's that the one transformer does not have
        return None
    if ledger.unused:
        return None
    block = vit.blocks[0]
    plan = replace(
        plan,
        heads=block.attn.num_heads,
        eps=block.norm1.eps,
        rule="size_antialias" if vit.dynamic_img_size else "fixed",
        pool="mean" if vit.global_pool == "avg" else "class",
    )
    return network_of(plan, state)


def as_decoder(method: MAE, encoder: VisionTransformer) -> MaskedDecoder:
    """MAE's decoder with the interface of published ones: positions of the tokens before the patches are zero."""
    own: MAEDecoder = method.decoder
    state = own.state_dict()
    width = own.embed.out_features
    places = own.positions if method.params.positions else torch.zeros_like(own.positions)
    table = torch.cat([places.new_zeros(encoder.plan.prefix, width), places])[None]  # (1, prefix + L, width)
    block = cast("Any", own.blocks[0])
    plan = DecoderPlan(
        encoder.plan.width, width, len(own.blocks), block.attn.num_heads, block.mlp.fc1.out_features, method.grid,
        own.predict.out_features, encoder.plan.prefix, block.norm1.eps,
    )  # fmt: skip
    renamed = {name.replace("predict.", "pred.", 1): tensor for name, tensor in state.items()}
    return decoder_of(plan, renamed | {"pos_embed": table})


def _custom(backbone: TimmTransformer) -> Custom:
    """Where its options put the rows of the table."""
    rows = 0 if backbone.no_embed_class else backbone.num_prefix_tokens
    return Custom(
        "size_antialias", table_prefixes=(rows,), registers="reg_token",
        class_token=backbone.has_class_token, patch_bias=None,
    )  # fmt: skip


def _is_plain(backbone: TimmTransformer) -> bool:
    """Whether what the tensors do not tell is as usual: activation, attention, pooling."""
    from timm.models import vision_transformer as timm_vit

    blocks = list(backbone.blocks)
    return (
        backbone.pos_embed is not None
        and all(type(block) is timm_vit.Block and type(block.mlp.act) is nn.GELU for block in blocks)
        and all(type(block.attn).__name__ == "Attention" for block in blocks)
        and backbone.global_pool in ("token", "avg")
        and not backbone.pool_include_prefix
        and getattr(backbone.patch_embed, "dynamic_img_pad", False) is False
    )
