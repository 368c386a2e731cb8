"""The last step for models of Hugging Face's layout: norms, named heads, and the whole with its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import nn

from sslviz.checkpoints.base import Family, Loaded, Match, Part, Wishes
from sslviz.checkpoints.heads import linear
from sslviz.checkpoints.hub_config import HubConfig, normalisation
from sslviz.checkpoints.hub_tensors import find_prefix
from sslviz.checkpoints.hub_vit import HubNetwork
from sslviz.checkpoints.normalisation import Normalisation
from sslviz.checkpoints.vit_family import Extra, abilities, unstored
from sslviz.checkpoints.vit_report import report, table_in_words
from sslviz.nn.clip_text import TextTower
from sslviz.nn.masked_decoder import MaskedDecoder
from sslviz.nn.vision_transformer import network_of
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.description import Ability

POOLERS: Mapping[str, type[nn.Module]] = {"tanh": nn.Tanh, "gelu": nn.GELU, "relu": nn.ReLU}
"""Activations of a pooler."""


class HubFamily(Family):
    """A family in Hugging Face's layout.

    It is recognised where config.json names one of its types, or, without config.json, where names of tensors end with each of
    `marks` and with none of `without`. A folder whose config.json names another architecture is never taken for it.
    """

    types: ClassVar[tuple[str, ...]]
    marks: ClassVar[tuple[str, ...]]
    without: ClassVar[tuple[str, ...]] = ()

    def recognise(self, part: Part) -> Match | None:
        told = HubConfig(part.archive.config).model_type
        if told:
            return Match(96, f"config.json says {told}") if told in self.types else None

        def has(mark: str) -> bool:
            return find_prefix(part.tensors, [mark]) is not None

        if all(map(has, self.marks)) and not any(map(has, self.without)):
            return Match(80, "its tensors are named as in Hugging Face's transformers")
        return None


def take_norm(read: HubNetwork, name: str, there: str) -> None:
    """A layer norm under its canonical name; `there` is what the file calls it after the prefix."""
    for last in ("weight", "bias"):
        read.state[f"{name}.{last}"] = read.ledger.take(f"{read.prefix}{there}.{last}", read.plan.width)


def pooler(read: HubNetwork) -> dict[str, nn.Module]:
    """ViT's pooler: a dense layer and an activation on the class token. Self-supervised checkpoints hold it untrained."""
    there = f"{read.prefix}pooler.dense."
    if not read.ledger.begins(there):
        return {}
    activation = read.config.text("pooler_act") or "tanh"
    if activation not in POOLERS:
        read.findings.notes.append(f"The pooler is left out: its activation {activation!r} is not known here.")
        return {}
    read.findings.notes.append(
        "The pooler is a head of its own, and features leave it out: self-supervised checkpoints hold it untrained."
    )
    return {"pooler": nn.Sequential(linear(read.ledger, there, read.plan.width), POOLERS[activation]())}


def classifier(read: HubNetwork) -> dict[str, nn.Module]:
    """A linear classifier of the pooled feature, where there is one of that width."""
    name = "classifier."
    if not read.ledger.begins(name):
        return {}
    return {"logits": linear(read.ledger, name, read.plan.width)}


def whole(
    read: HubNetwork, part: Part, wishes: Wishes, title: str, usual: Normalisation, heads: Mapping[str, nn.Module],
    decoder: MaskedDecoder | None = None, text: TextTower | None = None, normalised: bool | None = None,
) -> Loaded:  # fmt: skip
    """The model. usual: how pixels are normalised where preprocessor_config.json is silent. Raises CheckpointError."""
    plan, findings, assumed = read.plan, read.findings, []
    pixels = normalisation(part.archive.preprocessor, plan.channels)
    if pixels is None:
        pixels = usual.of(plan.channels)
        assumed = [pixels.assumed(f"as in most of {title}; no preprocessor_config.json tells")]
    if not read.config:
        assumed += unstored(plan)
    extra = Extra(dict(heads), decoder)
    text_too: tuple[Ability, ...] = ("text",) if text is not None else ()
    network = network_of(plan, read.state)
    described = report(
        title, part, wishes, network, read.ledger, pixels, positions=_positions(plan),
        inferred=tuple(findings.inferred), assumed=(*findings.assumed, *assumed),
        notes=(*findings.notes, *_leftovers(read)), abilities=(*abilities(extra), *text_too),
        native_size=(read.config.pair("image_size") or (224, 224))[0],
    )  # fmt: skip
    return Loaded(network, described, decoder=decoder, text=text, heads=heads, normalised_target=normalised)


def _positions(plan: VitPlan) -> str:
    if plan.positions == "rope":
        return "rotary, any size"
    return table_in_words(plan, waves=False)


def _leftovers(read: HubNetwork) -> tuple[str, ...]:
    """A warning where tensors of unknown use lie in the backbone itself."""
    within = (f"{read.prefix}embeddings.", f"{read.prefix}encoder.", f"{read.prefix}layer.", f"{read.prefix}model.")
    inside = [name for name in read.ledger.left if name.startswith(within) and not name.endswith("position_ids")]
    if not inside:
        return ()
    shown = ", ".join(inside[:3]) + (f" and {len(inside) - 3} more" if len(inside) > 3 else "")
    return (f"Tensors of the backbone are not computed with ({shown}): what it computes can differ from its own code.",)
