"""What every family of vision transformers has in common: shapes to a network, heads on it, and what to say of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import nn

from sslviz.checkpoints.base import Assumption, Family, Loaded, Part, Wishes
from sslviz.checkpoints.block_shapes import State
from sslviz.checkpoints.clues import Clues
from sslviz.checkpoints.head_counts import USUAL, assumed_heads, told_heads
from sslviz.checkpoints.heads import linear
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import IMAGENET, Normalisation
from sslviz.checkpoints.vit_report import report, table_in_words
from sslviz.checkpoints.vit_shapes import Custom, vit_shapes
from sslviz.nn.masked_decoder import MaskedDecoder
from sslviz.nn.vision_transformer import network_of
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.description import Ability

Heads = dict[str, nn.Module]

SURE = 80
"""From here on a match rests on marks that other families do not have."""

TIE = (
    "Names and shapes alone do not tell DINO, iBOT, MoCo v3, MAE's encoder, I-JEPA and a supervised network of timm apart. They compute the "
    "same function except for the number of heads, how positions are resized for other sizes, how pixels are normalised, and whether the "
    "class token or the mean over patches is the feature; those of {title} are used. "
    "Where that is wrong, let the file's name say what it is: dino, ibot, mae, moco, jepa or timm."
)


@dataclass(frozen=True, slots=True, eq=False)
class Extra:
    """What a family adds to its backbone."""

    heads: Heads
    decoder: MaskedDecoder | None = None
    normalised_target: bool | None = None
    assumed: tuple[Assumption, ...] = ()
    notes: tuple[str, ...] = ()


class VitFamily(Family):
    """A family whose backbone has the names that DINO, MAE and timm share, once `spelling` has been applied."""

    custom: ClassVar[Custom]
    usual_heads: ClassVar[Mapping[int, int]] = USUAL
    normalisation: ClassVar[Normalisation] = IMAGENET
    training_only: ClassVar[tuple[str, ...]] = ()
    """Beginnings of names that have no part in what is computed."""

    def ledger_of(self, part: Part) -> Ledger:
        """The part's tensors, by the names that families share."""
        return Ledger(part.tensors)

    def customs(self, part: Part) -> Custom:
        """This family's ways, as far as they differ from file to file."""
        return self.custom

    def adapt(self, plan: VitPlan, state: State, ledger: Ledger, part: Part) -> VitPlan:
        """The last word on plan and tensors; may change `state`."""
        return plan

    def beside(self, ledger: Ledger, part: Part, plan: VitPlan, wishes: Wishes) -> Extra:
        """Heads, decoder and what to say of them; takes their tensors from the ledger."""
        return Extra({})

    def pixels(self, part: Part) -> tuple[Normalisation, str]:
        """Mean and deviation of pixels, and why these; "" where something in the file tells."""
        return self.normalisation, f"as in the code of {self.title}; no tensor tells"

    def positions(self, plan: VitPlan, part: Part) -> str:
        """How patches know their places, in words."""
        return table_in_words(plan, Clues(part).table in ("mae", "moco_v3"))

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        """The network and all that belongs to it. Raises CheckpointError for missing tensors, wrong shapes and impossible wishes."""
        ledger = self.ledger_of(part)
        for beginning in self.training_only:
            ledger.ignore(beginning)
        plan, state = vit_shapes(ledger, self.customs(part))
        plan = self.adapt(plan, state, ledger, part)
        plan, inferred, assumed = self._with_heads(plan, wishes)
        extra = self.beside(ledger, part, plan, wishes)
        network = network_of(plan, state)
        pixels, why = self.pixels(part)
        pixels = pixels.of(plan.channels)
        assumed += (pixels.assumed(why),) if why else ()
        return Loaded(
            network,
            report(
                self.title, part, wishes, network, ledger, pixels,
                positions=self.positions(plan, part), inferred=inferred,
                assumed=(*assumed, *extra.assumed, *unstored(plan)), notes=(*self._tie(part), *extra.notes),
                abilities=abilities(extra),
            ),
            decoder=extra.decoder,
            heads={name: head.float().eval().requires_grad_(False) for name, head in extra.heads.items()},
            normalised_target=extra.normalised_target,
        )  # fmt: skip

    def _with_heads(self, plan: VitPlan, wishes: Wishes) -> tuple[VitPlan, tuple[str, ...], tuple[Assumption, ...]]:
        """The plan with its heads: told by a shape, or assumed."""
        if plan.heads > 1 or plan.qk_norm or plan.positions == "rope":
            return plan, (told_heads(plan, wishes),), ()
        heads, assumption = assumed_heads(plan.width, wishes, self.title, self.usual_heads)
        return replace(plan, heads=heads), (), (assumption,)

    def _tie(self, part: Part) -> tuple[str, ...]:
        match = self.recognise(part)
        return (TIE.format(title=self.title),) if match is not None and match.sureness < SURE else ()


def classifier(ledger: Ledger, prefix: str, width: int) -> nn.Module | None:
    """The linear layer `prefix`weight and `prefix`bias; None where there is neither. Raises CheckpointError where one is missing."""
    if not ledger.has(f"{prefix}weight") and not ledger.has(f"{prefix}bias"):
        return None
    return linear(ledger, prefix, width)


def abilities(extra: Extra) -> tuple[Ability, ...]:
    """What can be done with a network that has these beside it."""
    classify: tuple[Ability, ...] = ("classify",) if "logits" in extra.heads else ()
    rebuild: tuple[Ability, ...] = ("reconstruct",) if extra.decoder is not None else ()
    return ("attention", *rebuild, *classify)


def unstored(plan: VitPlan) -> tuple[Assumption, ...]:
    """Constants that no tensor tells and all published networks of a family share."""
    gate = {"swiglu": "SwiGLU", "quick_gelu": "QuickGELU, x · sigmoid(1.702 x)"}.get(plan.mlp, "exact GELU")
    return (
        Assumption("", gate, "The MLPs' activation is not stored; this is the family's."),
        Assumption("", f"{plan.eps:g}", "What layer norms add to the variance is not stored; this is the family's."),
    )
