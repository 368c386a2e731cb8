"""timm's vision transformers (`VisionTransformer`), DeiT's among them; also whatever shares their names and tells no other family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sslviz.checkpoints.base import FAMILIES, Loaded, Match, Part, Wishes
from sslviz.checkpoints.block_shapes import State
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import CLIP, HALVES, IMAGENET, Normalisation
from sslviz.checkpoints.vit_family import Extra, Heads, VitFamily, classifier
from sslviz.checkpoints.vit_relatives import refuse_relatives
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan

NAME = re.compile(r"(?<![a-z0-9_])(vit|deit3?)_\w*patch\d+")
"""Names of timm's networks: vit_small_patch16_224.augreg_in21k."""


class TimmVit(VitFamily):
    """A ViT with any of timm's options. Its table is resized by size, smoothed where it shrinks."""

    name = "timm_vit"
    title = "timm"
    source = "huggingface/pytorch-image-models, timm/models/vision_transformer.py"
    normalisation = HALVES

    def recognise(self, part: Part) -> Match | None:
        """By config.json, options that only timm has, heads, the name; else because nothing tells another family."""
        clues = Clues(part)
        if not clues.native or clues.has(
            "decoder_blocks.", "storage_tokens", "masked_embed", "dino_head.", "rope_embed."
        ):
            return None
        if "architecture" in part.archive.config:
            return Match(96, f"config.json says {part.archive.config['architecture']}")
        if clues.has("reg_token", "head_dist.", "dist_token", "norm_pre.") or clues.in_blocks("q_norm.weight"):
            return Match(90, "it has parts that only timm's networks have")
        if any(NAME.search(name) for name in clues.names) or clues.named("timm.*"):
            return Match(88, "the file's name is one of timm's")
        if "state_dict_ema" in clues.beside or (
            "arch" in clues.beside and "state_dict" in clues.beside and not part.origin
        ):
            return Match(72, "saved as timm's training script does")
        if clues.classifier:
            return Match(66, "a linear classifier lies on it")
        if clues.has("fc_norm.") or clues.in_blocks("ls1.gamma", "gamma_1"):
            return Match(60, "it has options of timm's networks")
        return Match(
            52 if part.archive.format == "safetensors" else 45, "a vision transformer that tells no other family"
        )

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        """As every family; relatives of the plain vision transformer are refused."""
        refuse_relatives(part)
        return super().load(part, wishes)

    def customs(self, part: Part) -> Custom:
        """Where the class token and registers have rows in the table: with them, without, or the class token alone."""
        names = part.tensors
        registers = "dist_token" if "dist_token" in names else "reg_token"
        count = names[registers].shape[1] if registers in names and names[registers].ndim == 3 else 0
        class_token = int("cls_token" in names)
        prefixes = dict.fromkeys((0, class_token + count, class_token))  # most of timm's with registers: none has a row
        return Custom(
            "size_antialias", table_prefixes=tuple(prefixes), registers=registers, class_token=None,
            patch_bias=None if "norm_pre.weight" in names else True,
        )  # fmt: skip

    def adapt(self, plan: VitPlan, state: State, ledger: Ledger, part: Part) -> VitPlan:
        """A distilled network's feature is the mean of its two tokens; CLIP's towers are told by their names."""
        if "dist_token" in part.tensors:
            plan = replace(plan, pool="class_and_register")
        clues = Clues(part)
        if clues.named("quickgelu"):
            plan = replace(plan, mlp="quick_gelu")
        return replace(plan, eps=1e-5) if clues.named("clip") else plan

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """Classifiers: "logits" of the feature; a distilled network's two are named apart, each for its own token."""
        heads: Heads = {}
        head, second = (classifier(ledger, f"{name}.", plan.width) for name in ("head", "head_dist"))
        if head is not None:
            heads["logits" if second is None else "class token's logits"] = head
        if second is None:
            return Extra(heads)
        heads["distillation token's logits"] = second
        return Extra(
            heads, notes=("A distilled network: its answer is the mean of two classifiers, one on each of its tokens.",)
        )

    def pixels(self, part: Part) -> tuple[Normalisation, str]:
        """As config.json says, else as most of timm's networks; DeiT's have ImageNet's."""
        config = part.archive.config.get("pretrained_cfg", part.archive.config)
        mean, std = (_three(config, key) for key in ("mean", "std"))
        if mean and std and min(std) > 0:
            return Normalisation(mean, std, "config.json's"), ""
        if Clues(part).named("clip"):
            return CLIP, "as in CLIP's towers; no tensor tells"
        ours = part.origin in ("solo-learn", "lightly") or Clues(part).named("deit.*|dino.*|mae.*|jepa.*|ibot.*")
        if ours or "dist_token" in part.tensors:
            return IMAGENET, "as in DeiT and in self-supervised networks; no tensor tells"
        return HALVES, "as in most of timm's vision transformers; no tensor tells"


def _three(config: Any, key: str) -> tuple[float, ...]:
    values = config.get(key) if isinstance(config, Mapping) else None
    if not isinstance(values, list | tuple) or len(values) != 3 or not all(isinstance(v, int | float) for v in values):
        return ()
    return tuple(float(v) for v in values)


FAMILIES.add(TimmVit.name, TimmVit())
