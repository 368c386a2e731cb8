"""iBOT (Zhou et al. 2022, arXiv:2111.07832), its vision transformers: DINO's backbone, trained with masked patches too."""

from __future__ import annotations

from torch import nn

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.heads import Normalise, dino_head, linear, weight_normed, width_of
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, Heads, VitFamily
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan


class IBot(VitFamily):
    """A plain ViT, resized as DINO's. Its head may have a second last layer, for patches."""

    name = "ibot"
    title = "iBOT"
    source = "bytedance/ibot, models/vision_transformer.py and extract_backbone_weights.py"
    custom = Custom("dino")
    training_only = ("masked_embed",)

    def recognise(self, part: Part) -> Match | None:
        """By its token for masked patches, its head, its loss, its name, or the way its backbones are extracted."""
        clues = Clues(part)
        if not clues.native or not clues.class_token or clues.has("decoder_blocks.", "storage_tokens", "dino_head."):
            return None
        if clues.has("masked_embed", "head.last_layer2."):
            return Match(94, "it has iBOT's token for masked patches or its second last layer")
        if "ibot_loss" in clues.beside:
            return Match(95, "the state of iBOT's loss lies beside it")
        if clues.named("ibot.*"):
            return Match(86, "the file's name says so")
        if clues.in_blocks("ls1.gamma") or clues.has("head.", "fc_norm.", "norm_pre.") or clues.table != "other":
            return None
        if clues.file_name.startswith("checkpoint_teacher") or clues.file_name.startswith("checkpoint_student"):
            return Match(62, "iBOT's script for extracting backbones gives files this name")
        return Match(19, "a vision transformer of the names that iBOT shares with others")

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """ "projection" of the class token, and "patch projection" where patches have a last layer of their own."""
        head = dino_head(ledger, part.tensors, "head.", plan.width)
        if head is None:
            return Extra({})
        heads: Heads = {"projection": head}
        width = width_of(head[0], plan.width)
        second = weight_normed(ledger, "head.last_layer2.", width)
        if second is None and ledger.has("head.last_layer2.weight"):
            second = linear(ledger, "head.last_layer2.", width, biased=False)
        if second is not None:
            heads["patch projection"] = nn.Sequential(head[0], Normalise(), second)
        return Extra(heads)


FAMILIES.add(IBot.name, IBot())
