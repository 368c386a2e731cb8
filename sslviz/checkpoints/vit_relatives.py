"""Relatives of the plain vision transformer: they share its names and compute something else. Refused, each with what it is."""

from __future__ import annotations

from collections.abc import Mapping

from sslviz.checkpoints.base import Part
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.errors import CheckpointError

BY_TENSOR: Mapping[str, str] = {
    "patch_embed.backbone.": "a convolutional network in place of its patch embedding (a hybrid)",
    "blocks_token_only.": "blocks for the class token alone (CaiT)",
    "attn.proj_l.weight": "heads that mix (CaiT)",
    "attn.q_bias": "queries and values with biases of their own (EVA, BEiT)",
    "attn.q_proj.weight": "separate projections of queries and keys (EVA)",
    "attn.relative_position_bias_table": "relative positions (BEiT)",
    "attn.rel_pos_h": "relative positions (SAM)",
    "rel_pos.": "relative positions",
    "attn.rel_pos.": "relative positions",
    "rope.": "rotated positions (RoPE) that are not DINOv3's",
    "mlp.fc1_g.weight": "gated MLPs (EVA)",
    "mlp.norm.weight": "norms within its MLPs (EVA)",
    "attn.norm.weight": "norms within its attention (EVA)",
    "attn_pool.": "a pooling of its tokens by attention (SigLIP)",
}
"""What they have and a plain vision transformer has not: a name's beginning, within a block or before the blocks."""

BY_NAME: Mapping[str, str] = {
    "rpn": "norms after its layers (res-post-norm)",
    "rope": "rotated positions (RoPE) that are not DINOv3's",
    "parallel": "parallel layers",
}
"""What no tensor tells and the file's name does."""

REMEDY = "Plain vision transformers and ResNets are read; for DINOv3, open the authors' own file or the folder from Hugging Face."


def refuse_relatives(part: Part) -> None:
    """Raises CheckpointError for networks whose blocks or positions are not those of a plain vision transformer."""
    clues = Clues(part)
    inner = {_within_block(name) for name in part.tensors}
    for mark, words in BY_TENSOR.items():
        if clues.has(mark) or any(name.startswith(mark) for name in inner):
            raise CheckpointError(f"This is a relative of the vision transformer with {words}.", REMEDY)
    for word, words in BY_NAME.items():
        if clues.named(word):
            raise CheckpointError(f"By its name this is a relative of the vision transformer with {words}.", REMEDY)
    if "pos_embed" not in part.tensors and (clues.has("reg_token") or not clues.class_token):
        raise CheckpointError("This network has no table of positions (EVA, timm's port of DINOv3).", REMEDY)


def _within_block(name: str) -> str:
    """What follows blocks.{i}; "" for other names."""
    beginning, _, rest = name.partition(".")
    return rest.partition(".")[2] if beginning == "blocks" else ""
