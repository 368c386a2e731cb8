"""DINOv2 (Oquab et al. 2023, arXiv:2304.07193; registers: Darcet et al. 2024, arXiv:2309.16588)."""

from __future__ import annotations

import re

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.heads import dino_head
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, VitFamily
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan

_CHUNK = re.compile(r"blocks\.(\d+)\.(\d{1,9})\.")


class DinoV2(VitFamily):
    """A ViT with LayerScale. Without registers its table is resized as DINO's; with registers by size, smoothed."""

    name = "dinov2"
    title = "DINOv2"
    source = "facebookresearch/dinov2, models/vision_transformer.py and hub/backbones.py"
    custom = Custom("dino")
    training_only = ("mask_token",)

    def recognise(self, part: Part) -> Match | None:
        """By LayerScale beside its mask token or registers, its two heads, its chunks of blocks, its name."""
        clues = Clues(part)
        if (
            not clues.native
            or clues.has("decoder_blocks.", "storage_tokens", "reg_token", "rope_embed.")
            or not clues.class_token
        ):
            return None
        if clues.has("dino_head.", "ibot_head.") or any(_CHUNK.match(name) for name in part.tensors):
            return Match(95, "it has DINOv2's heads or its blocks in chunks")
        if clues.in_blocks("ls1.gamma") and clues.has("mask_token", "register_tokens"):
            return Match(92, "LayerScale beside a mask token or registers")
        if clues.named(r"dino_?v2.*"):
            return Match(84, "the file's name says so")
        if clues.in_blocks("ls1.gamma") and not clues.classifier:
            return Match(50, "LayerScale, as in DINOv2 and in its port to timm")
        return None

    def ledger_of(self, part: Part) -> Ledger:
        """Blocks of training files lie in chunks: the second number is the block's."""
        chunk = {match[2]: match[1] for name in part.tensors if (match := _CHUNK.match(name))}

        def spell(name: str) -> str:
            return re.sub(r"^blocks\.(\d+)\.", lambda block: f"blocks.{chunk.get(block[1], '*')}.{block[1]}.", name)

        return Ledger(part.tensors, spell if chunk else str)

    def customs(self, part: Part) -> Custom:
        """With registers, the authors changed how the table is resized."""
        rule = "size_antialias" if "register_tokens" in part.tensors else "dino"
        chunked = any(_CHUNK.match(name) for name in part.tensors)
        return Custom(rule, block_pattern=r"blocks\.\d+\.(\d{1,9})\." if chunked else "")

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """Of training files: "projection" of the class token and "patch projection" of patches."""
        named = {"projection": "dino_head.", "patch projection": "ibot_head."}
        heads = {name: dino_head(ledger, part.tensors, prefix, plan.width) for name, prefix in named.items()}
        return Extra({name: head for name, head in heads.items() if head is not None})


FAMILIES.add(DinoV2.name, DinoV2())
