"""What OpenAI's and open_clip's files have in common: two towers to one model, and what to say of it."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from sslviz.checkpoints.base import Assumption, Family, Loaded, Part, Wishes
from sslviz.checkpoints.clip_towers import (
    Activation,
    clip_ledger,
    take_resnet,
    take_text,
    take_vision,
    vision_prefix,
)
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import CLIP, Normalisation
from sslviz.checkpoints.vit_report import report, table_in_words
from sslviz.nn.clip_resnet import ClipResNet
from sslviz.nn.clip_text import TextTower
from sslviz.nn.vision_transformer import network_of
from sslviz.spec.description import Ability, Description

SCALARS = ("input_resolution", "context_length", "vocab_size")
"""Whole numbers that OpenAI's archives keep among the tensors."""


class ClipFamily(Family):
    """A family whose tensors are named as in OpenAI's code."""

    rule: ClassVar[str]

    def activation(self, part: Part) -> tuple[Activation, str]:
        """The MLPs' activation, which is not stored, and why this one."""
        raise NotImplementedError

    def pixels(self, part: Part) -> tuple[Normalisation, str]:
        """How pixels are normalised, and why so; "" where something in the file tells."""
        return CLIP, f"as in the code of {self.title}; no tensor tells"

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        """Both towers, or the one that sees. Raises CheckpointError for missing tensors, wrong shapes and impossible wishes."""
        prefix = vision_prefix(part.tensors) or ""
        ledger = clip_ledger(part.tensors)
        for name in (*SCALARS, "attn_mask", "text.attn_mask"):
            ledger.ignore(name)
        activation, why = self.activation(part)
        said = Assumption("", {"gelu": "exact GELU", "quick_gelu": "QuickGELU, x · sigmoid(1.702 x)"}[activation], why)
        if ledger.has(f"{prefix}attnpool.c_proj.weight"):
            return self._with_resnet(part, ledger, prefix, activation, said, wishes)
        return self._with_vit(part, ledger, prefix, activation, said, wishes)

    def _with_vit(
        self, part: Part, ledger: Ledger, prefix: str, activation: Activation, said: Assumption, wishes: Wishes
    ) -> Loaded:
        plan, state, heads = take_vision(ledger, prefix, wishes, activation, self.rule, self.title)
        text, assumed = self._text(ledger, activation)
        network = network_of(plan, state)
        pixels, told = self.pixels(part)
        pixels = pixels.of(plan.channels)
        described = report(
            self.title, part, wishes, network, ledger, pixels, positions=table_in_words(plan, waves=False),
            inferred=(), assumed=(heads, *assumed, said, *_about(pixels, told)),
            notes=(), abilities=("attention", *_reads(text)),
        )  # fmt: skip
        return Loaded(network, described, text=text)

    def _with_resnet(
        self, part: Part, ledger: Ledger, prefix: str, activation: Activation, said: Assumption, wishes: Wishes
    ) -> Loaded:
        network = take_resnet(ledger, prefix)
        text, assumed = self._text(ledger, activation)
        pixels, told = self.pixels(part)
        about = (*assumed, *((said,) if text is not None else ()), *_about(pixels, told))
        return Loaded(network, self._of_resnet(part, wishes, ledger, network, pixels, about, _reads(text)), text=text)

    def _of_resnet(
        self, part: Part, wishes: Wishes, ledger: Ledger, network: ClipResNet, pixels: Normalisation,
        assumed: tuple[Assumption, ...], reads: tuple[Ability, ...],
    ) -> Description:  # fmt: skip
        plan, size = network.plan, wishes.image_size or network.plan.image_size
        counts = ", ".join(map(str, plan.blocks))
        return Description(
            source=str(part.archive.path), family=self.title, network=part.name, networks=part.networks, kind="cnn",
            backbone=f"CLIP's ResNet of {counts} blocks, width {plan.width}",
            parameters=sum(p.numel() for p in network.parameters()), depth=network.stages, width=plan.map_width, heads=0,
            patch=(0, 0), image_size=(size, size), channels=3, class_token=False, registers=0, positions="",
            mean=pixels.mean, std=pixels.std, precision="", abilities=reads, matched=ledger.matched,
            inferred=(
                f"Stages of {counts} bottlenecks, {plan.width} wide in the first, from names and shapes.",
                f"Its pool has positions for {plan.image_size} px; feature maps can be had at any size.",
                f"The pool's {plan.heads} heads have 64 numbers each, as in the authors' code.",
            ),
            assumed=assumed, unused=ledger.unused,
        )  # fmt: skip

    def _text(self, ledger: Ledger, activation: Activation) -> tuple[TextTower | None, tuple[Assumption, ...]]:
        found = take_text(ledger, activation)
        return (None, ()) if found is None else (found[0], (found[1],))


def _reads(text: nn.Module | None) -> tuple[Ability, ...]:
    return () if text is None else ("text",)


def _about(pixels: Normalisation, why: str) -> tuple[Assumption, ...]:
    return (pixels.assumed(why),) if why else ()
