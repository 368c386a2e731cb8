"""MoCo v3 (Chen et al. 2021, arXiv:2104.02057), its vision transformers, with a patch convolution or a stem of several."""

from __future__ import annotations

from types import MappingProxyType

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.head_counts import USUAL
from sslviz.checkpoints.heads import chain, mlp, width_of
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, Heads, VitFamily, classifier
from sslviz.checkpoints.vit_report import table_in_words
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan


class MoCoV3(VitFamily):
    """A plain ViT with a table of sines and cosines. Its ViT-S has 12 heads, 32 numbers each."""

    name = "moco_v3"
    title = "MoCo v3"
    source = "facebookresearch/moco-v3, vits.py and moco/builder.py"
    custom = Custom("size")
    usual_heads = MappingProxyType({**USUAL, 384: 12})

    def recognise(self, part: Part) -> Match | None:
        """By what training files wrap networks in, by the stem, the projector, the table's layout, the name."""
        clues = Clues(part)
        if not clues.native or not clues.class_token or clues.has("decoder_blocks.") or clues.in_blocks("ls1.gamma"):
            return None
        if part.origin == "moco_v3" or part.name.split(".")[-1] in ("base_encoder", "momentum_encoder"):
            return Match(94, "base and momentum encoders, as MoCo v3 saves them")
        if clues.has("patch_embed.proj.0.") and clues.has("patch_embed.proj.1.running_mean"):
            return Match(92, "it has MoCo v3's convolutional stem")
        if clues.named("moco.*"):
            return Match(86, "the file's name says so")
        if clues.table == "moco_v3":
            return Match(82, "sines and cosines laid out as in MoCo v3, the row first")
        if clues.has("head.1.running_mean"):
            return Match(70, "a projector with batch norm, as in MoCo v3")
        return None

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """ "projection", and "prediction" of the projection; a linear classifier is "logits"."""
        if (head := classifier(ledger, "head.", plan.width)) is not None:
            return Extra({"logits": head})
        heads: Heads = {}
        projector = mlp(ledger, part.tensors, "head.", plan.width)
        if projector is not None:
            heads["projection"] = projector
            predictor = mlp(ledger, part.tensors, "predictor.", width_of(projector, plan.width))
            if predictor is not None:
                heads["prediction"] = chain(projector, predictor)
        return Extra(heads)

    def positions(self, plan: VitPlan, part: Part) -> str:
        """In words: its own code knows one size."""
        return table_in_words(
            plan, True, ", as MAE's fine-tuning does it; MoCo v3's own code knows the trained size only"
        )


FAMILIES.add(MoCoV3.name, MoCoV3())
