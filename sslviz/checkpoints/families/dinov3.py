"""DINOv3 (Siméoni et al. 2025, arXiv:2508.10104): rotary positions, storage tokens, keys without bias."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sslviz.checkpoints.base import FAMILIES, Match, Part, Wishes
from sslviz.checkpoints.block_shapes import State, take_norm
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.vit_family import Extra, VitFamily
from sslviz.checkpoints.vit_shapes import Custom
from sslviz.nn.vit_plan import VitPlan


class DinoV3(VitFamily):
    """A ViT whose patches know their places by rotation. The number of heads follows from its periods."""

    name = "dinov3"
    title = "DINOv3"
    source = "facebookresearch/dinov3, models/vision_transformer.py, layers and hub/backbones.py"
    custom = Custom("rope", eps=1e-5, registers="storage_tokens")
    training_only = ("mask_token", "local_cls_norm.")

    def recognise(self, part: Part) -> Match | None:
        """By its periods, its storage tokens, or the mask of its biases."""
        clues = Clues(part)
        if clues.native and (
            clues.has("storage_tokens", "rope_embed.") or clues.in_blocks("qkv.bias_mask", "bias_mask")
        ):
            return Match(97, "it has DINOv3's rotation periods, storage tokens or masked biases")
        return None

    def adapt(self, plan: VitPlan, state: State, ledger: Ledger, part: Part) -> VitPlan:
        """Periods, norms of their own for the tokens before the patches, and biases of keys set to 0."""
        (count,) = ledger.shape("rope_embed.periods", 1)
        if not count or plan.width % (4 * count):
            raise CheckpointError(
                f"The tensor rope_embed.periods has {count} numbers, and a width of {plan.width} is no multiple of four times as many.",
                "The file is damaged, or parts of two networks were mixed.",
            )
        state["rope.periods"] = ledger.take("rope_embed.periods", count)
        if plan.qkv_bias:
            for i in range(plan.depth):
                name = f"blocks.{i}.attn.qkv.bias"
                state[name] = state[name] * _bias_mask(ledger, f"{name}_mask", plan.width).to(state[name].dtype)
        untied = ledger.has("cls_norm.weight")
        if untied:
            take_norm(ledger, state, "cls_norm", "cls_norm", plan.width)
        return replace(plan, heads=plan.width // (4 * count), separate_patch_norm=untied)

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """No heads are published; a network without storage tokens is worth a word."""
        return Extra(
            {}, notes=() if plan.registers else ("It has no storage tokens, and every published DINOv3 has four.",)
        )

    def positions(self, plan: VitPlan, part: Part) -> str:
        """In words."""
        return "rotation of queries and keys by each patch's place in the picture; any size"


def _bias_mask(ledger: Ledger, name: str, width: int) -> Tensor:
    """(3·width,): 1 for queries and values, 0 for keys. Code that never filled it left NaN."""
    usual = torch.ones(3, width)
    usual[1] = 0
    if not ledger.has(name):
        return usual.flatten()
    stored = ledger.take(name, 3 * width)
    return stored if bool(stored.isfinite().all()) else usual.flatten()


FAMILIES.add(DinoV3.name, DinoV3())
