"""torchvision's vision transformers (vit_b_16 and its like)."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, VitFamily, classifier
from sslviz.checkpoints.vit_report import table_in_words
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan

NAMES = (
    ("patch_embed.proj.", "conv_proj."),
    ("cls_token", "class_token"),
    ("pos_embed", "encoder.pos_embedding"),
    ("blocks.", "encoder.layers.encoder_layer_"),
    (".norm1.", ".ln_1."),
    (".norm2.", ".ln_2."),
    (".attn.qkv.", ".self_attention.in_proj_"),
    (".attn.proj.", ".self_attention.out_proj."),
)
"""Names that families share, and torchvision's."""


class TorchvisionVit(VitFamily):
    """A plain ViT whose table is resized with its corners kept in place."""

    name = "torchvision_vit"
    title = "torchvision"
    source = "torchvision/models/vision_transformer.py"
    custom = Custom("align_corners")

    def recognise(self, part: Part) -> Match | None:
        """By its names, which nobody else has."""
        names = part.tensors
        if any(name.startswith("encoder.layers.encoder_layer_") for name in names):
            return Match(97, "its names are torchvision's")
        return None

    def ledger_of(self, part: Part) -> Ledger:
        """Files before torchvision 0.12 call the MLP's layers linear_1 and linear_2."""
        old = any(".mlp.linear_1." in name for name in part.tensors)
        mlp = (
            ((".mlp.fc1.", ".mlp.linear_1."), (".mlp.fc2.", ".mlp.linear_2."))
            if old
            else ((".mlp.fc1.", ".mlp.0."), (".mlp.fc2.", ".mlp.3."))
        )

        def spell(name: str) -> str:
            if name.startswith("norm."):
                return name.replace("norm.", "encoder.ln.", 1)
            for shared, own in (*NAMES, *mlp):
                name = name.replace(shared, own, 1)
            return name

        return Ledger(part.tensors, spell)

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """The classifier, under "logits"."""
        head = classifier(ledger, "heads.head.", plan.width)
        return Extra({} if head is None else {"logits": head})

    def positions(self, plan: VitPlan, part: Part) -> str:
        """In words."""
        return table_in_words(plan, False)


FAMILIES.add(TorchvisionVit.name, TorchvisionVit())
