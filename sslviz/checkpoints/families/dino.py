"""DINO (Caron et al. 2021, arXiv:2104.14294), its vision transformers: backbones, and full training files of student and teacher."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.heads import dino_head
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, VitFamily
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan


class Dino(VitFamily):
    """A plain ViT whose learned table is resized with an offset of 0.1."""

    name = "dino"
    title = "DINO"
    source = "facebookresearch/dino, vision_transformer.py and main_dino.py"
    custom = Custom("dino")

    def recognise(self, part: Part) -> Match | None:
        """By its head, its loss, its name; weakly by the names that it shares."""
        clues = Clues(part)
        if not clues.native or clues.has(
            "decoder_blocks.", "register_tokens", "storage_tokens", "reg_token", "rope_embed."
        ):
            return None
        if clues.in_blocks("ls1.gamma") or not clues.class_token:
            return None
        if "dino_loss" in clues.beside:
            return Match(95, "the state of DINO's loss lies beside it")
        if clues.has("head.last_layer.") and not clues.has("masked_embed", "head.last_layer2."):
            return Match(90, "it has DINO's head with a weight-normed last layer")
        if clues.named(r"dino(?!v?[23]).*"):
            return Match(86, "the file's name says so")
        if clues.part.name in ("teacher", "student"):
            return Match(60, "it is a teacher or a student")
        return Match(20, "a vision transformer of the names that DINO shares with others")

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """The projection head, under "projection"."""
        head = dino_head(ledger, part.tensors, "head.", plan.width)
        return Extra({} if head is None else {"projection": head})


FAMILIES.add(Dino.name, Dino())
