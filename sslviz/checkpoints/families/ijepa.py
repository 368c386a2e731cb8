"""I-JEPA (Assran et al. 2023, arXiv:2301.08243): a ViT without class token."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.vit_family import VitFamily
from sslviz.checkpoints.vit_report import table_in_words
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan


class IJepa(VitFamily):
    """Sines and cosines as MAE's, no class token; the mean over patches is its feature."""

    name = "ijepa"
    title = "I-JEPA"
    source = "facebookresearch/ijepa, src/models/vision_transformer.py and src/helper.py"
    custom = Custom("size", table_prefixes=(0,), class_token=False)
    training_only = ("predictor.", "mask_token")

    def recognise(self, part: Part) -> Match | None:
        """By what lies beside it, the name, or a table of sines and cosines without class token."""
        clues = Clues(part)
        if (
            not clues.native
            or clues.class_token
            or clues.has("fc_norm.", "head.", "reg_token", "rope_embed.", "norm_pre.")
        ):
            return None
        if "target_encoder" in clues.beside and {"predictor", "encoder"} & clues.beside:
            return Match(94, "target encoder, encoder and predictor lie side by side")
        if clues.named(".*jepa.*"):
            return Match(88, "the file's name says so")
        if clues.table == "mae":
            return Match(82, "sines and cosines, and no class token")
        return Match(22, "no class token, as in I-JEPA")

    def positions(self, plan: VitPlan, part: Part) -> str:
        """In words: the way its own code resizes takes the first patch for a class token, and fails."""
        return table_in_words(plan, True, ", as in transformers; I-JEPA's own code knows the trained size only")


FAMILIES.add(IJepa.name, IJepa())
