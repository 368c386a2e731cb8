"""MAE (He et al. 2022, arXiv:2111.06377): encoders, networks with their decoder, and fine-tuned ones."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.mae_decoder import take_decoder
from sslviz.checkpoints.vit_family import Extra, VitFamily, classifier
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan

NO_DECODER = (
    "The file holds an encoder without its decoder, so pictures cannot be rebuilt: that needs a file with decoder_embed, "
    "decoder_blocks and decoder_pred, such as mae_visualize_vit_large.pth or a checkpoint of the pre-training."
)


class Mae(VitFamily):
    """A plain ViT with sines and cosines; fine-tuned, a norm on the mean over patches takes the place of the last norm."""

    name = "mae"
    title = "MAE"
    source = "facebookresearch/mae, models_mae.py, models_vit.py and util/pos_embed.py"
    custom = Custom("size")

    def recognise(self, part: Part) -> Match | None:
        """By its decoder, its table, its name, or the way its files are wrapped."""
        clues = Clues(part)
        if not clues.native or not clues.class_token or clues.in_blocks("ls1.gamma", "gamma_1", "q_norm.weight"):
            return None
        if clues.has("decoder_blocks.", "decoder_embed."):
            return Match(96, "it has MAE's decoder")
        if clues.has(
            "masked_embed",
            "head.mlp.",
            "head.0.",
            "patch_embed.proj.0.",
            "storage_tokens",
            "register_tokens",
            "reg_token",
        ):
            return None
        if clues.named("mae.*"):
            return Match(86, "the file's name says so")
        if clues.table == "mae":
            return Match(82, "sines and cosines laid out as in MAE, the column first")
        if clues.has("fc_norm.") and (clues.wrapped_in == "model" or {"model", "optimizer", "scaler"} <= clues.beside):
            return Match(89, "a norm on the mean over patches, in the entry `model`, as MAE's fine-tuning saves it")
        return Match(18, "a vision transformer of the names that MAE shares with others")

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """The decoder, or the classifier ("logits") of a fine-tuned network."""
        if (head := classifier(ledger, "head.", plan.width)) is not None:
            return Extra({"logits": head})
        if not Clues(part).has("decoder_"):
            return Extra({}, notes=(NO_DECODER,))
        decoder, assumed = take_decoder(ledger, plan, wishes)
        told = part.args.get("norm_pix_loss")
        return Extra({}, decoder, told if isinstance(told, bool) else None, (assumed,), (_target(told),))


def _target(told: object) -> str:
    if isinstance(told, bool):
        kind = "patches by their own mean and deviation" if told else "pixels as the network reads them"
        return f"The decoder was trained to predict {kind}, as the training's arguments in the file say."
    return (
        "Whether the decoder predicts pixels, or patches by their own mean and deviation (norm_pix_loss), is not stored: "
        "mae_visualize files predict pixels, most pre-trainings the other."
    )


FAMILIES.add(Mae.name, Mae())
