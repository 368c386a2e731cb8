"""ViTMAE of Hugging Face's transformers, with or without its decoder, by the published names and by those of version 5."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.hub_loaded import HubFamily, take_norm, whole
from sslviz.checkpoints.hub_tensors import Stack, find_prefix
from sslviz.checkpoints.hub_vit import HubNetwork, HubVit, choose_heads, grid_of, read_vit
from sslviz.checkpoints.normalisation import IMAGENET
from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder, decoder_of

KIND = HubVit("MAE", eps=1e-12, rule="size")
HEADS = 16
"""Of the decoder, in every published model."""
STACKS = ("decoder_layers.", "decoder_encoder.layer.", "decoder_encoder.layers.", "decoder_encoder.")


class HfVitMae(HubFamily):
    """`ViTMAEForPreTraining` and `ViTMAEModel`."""

    name = "hf_vitmae"
    title = "MAE (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/vit_mae"
    types = ("vit_mae",)
    marks = ("embeddings.cls_token", "encoder.layer.0.layernorm_before.weight", "decoder_pos_embed")

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        read = read_vit(part, wishes, KIND)
        take_norm(read, "norm", "layernorm")
        prefix = find_prefix(part.tensors, ["decoder_embed.weight", "decoder_pos_embed", "decoder_pred.weight"])
        decoder = None if prefix is None else _decoder(read, prefix, wishes)
        if decoder is None:
            read.findings.notes.append(
                "The decoder is missing: this is the encoder alone, which cannot reconstruct. Files of"
                " ViTMAEForPreTraining hold both."
            )
        return whole(
            read, part, wishes, self.title, IMAGENET, {}, decoder, normalised=read.config.flag("norm_pix_loss")
        )


def _decoder(read: HubNetwork, prefix: str, wishes: Wishes) -> MaskedDecoder:
    """Raises CheckpointError where a tensor is missing or config.json disagrees."""
    ledger, config, plan = read.ledger, read.config, read.plan
    width = ledger.shape(f"{prefix}decoder_embed.weight", 2)[0]
    inside = next((s for s in STACKS if ledger.blocks(prefix + s)), STACKS[0])
    stack = Stack(ledger, prefix + inside, ledger.blocks(prefix + inside), width)
    config.agree("decoder_hidden_size", width, "the decoder's first layer")
    config.agree("decoder_num_hidden_layers", stack.depth, "the decoder's blocks")
    config.agree("decoder_intermediate_size", stack.hidden, "the decoder's MLPs")
    outputs = plan.patch[0] * plan.patch[1] * plan.channels
    rows = ledger.shape(f"{prefix}decoder_pos_embed", 3)[1]
    grid = grid_of(rows - plan.table_prefix, config, plan.patch, f"{prefix}decoder_pos_embed")
    state = stack.tensors() | {
        "mask_token": ledger.take(f"{prefix}mask_token", 1, 1, width),
        "pos_embed": ledger.take(f"{prefix}decoder_pos_embed", 1, rows, width),
    }
    for name, there, shape in (
        ("embed", "decoder_embed", (width, plan.width)),
        ("norm", "decoder_norm", (width,)),
        ("pred", "decoder_pred", (outputs, width)),
    ):
        state[f"{name}.weight"] = ledger.take(f"{prefix}{there}.weight", *shape)
        state[f"{name}.bias"] = ledger.take(f"{prefix}{there}.bias", shape[0])
    heads = choose_heads(
        width, config, "decoder_num_attention_heads", HEADS, wishes.decoder_heads, read.findings,
        family="MAE's decoders", control="decoder_heads", per_head=32,
    )  # fmt: skip
    return decoder_of(
        DecoderPlan(
            plan.width, width, stack.depth, heads, stack.hidden, grid, outputs,
            prefix=plan.table_prefix, eps=plan.eps, qkv_bias=stack.qkv_bias,
        ),
        state,
    )  # fmt: skip


FAMILIES.add(HfVitMae.name, HfVitMae())
