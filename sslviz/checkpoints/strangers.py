"""Networks that are none of ours, told by their tensors' names: what a refusal says that a file holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

STRANGERS = (
    (r"(^|\.)weight_(ih|hh)_l\d", "a recurrent network (LSTM or GRU)"),
    (r"(^|\.)(wte|wpe)\.weight$", "a text model of GPT's kind"),
    (r"(^|\.)embed_tokens\.weight$|(^|\.)lm_head\.", "a language model"),
    (r"word_embeddings\.weight$", "a text model of BERT's kind"),
    (r"(^|\.)(down_blocks|time_embed|time_embedding|input_blocks)\.", "a diffusion model"),
    (r"(^|\.)lora_(A|B|up|down)\b", "an adapter (LoRA) without the network that it changes"),
    (r"^features\.\d+\.weight$|^features\.\d+\.\d+\.", "a VGG, AlexNet, DenseNet or MobileNet"),
    (r"^(stages|downsample_layers)\.\d+\.", "a ConvNeXt or another network with stages"),
    (r"^layers\.\d+\.blocks\.\d+\.attn\.relative_position", "a Swin transformer"),
    (r"relative_position_(bias_table|index)$", "a transformer with relative positions (BEiT, Swin)"),
    (r"^(roi_heads|rpn|proposal_generator|box_predictor)\b|(^|\.)rpn\.", "an object detector"),
    (r"^(inc|down\d|up\d|outc)\.", "a U-Net"),
)
"""(pattern of a name, what has such names)."""

VISION = re.compile(
    r"(^|\.)(cls_token|class_token|class_embedding|pos_embed(ding)?|position_embeddings|patch_embed\w*|conv_proj|register_tokens)\b"
    r"|(^|\.)(blocks|resblocks|layer|encoder_layer_\d+)\.\d+\.|(^|\.)layer[1-4]\.\d+\.(conv|bn|downsample)|^(conv1|bn1|norm|fc|head)\."
)
"""Names that vision transformers and ResNets have."""


def stranger(names: Iterable[str]) -> str:
    """What a file with these names holds instead of a vision transformer or a ResNet; "" where that is not known."""
    known = tuple(names)
    return next((said for pattern, said in STRANGERS if any(re.search(pattern, name) for name in known)), "")


def familiar(names: Iterable[str]) -> float:
    """Percent of the names that vision transformers or ResNets have."""
    known = tuple(names)
    return 100.0 * sum(bool(VISION.search(name)) for name in known) / len(known) if known else 0.0
