"""How many attention heads: no tensor tells. What is usual at a width, and what else would fit."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from sslviz.checkpoints.base import Assumption, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.nn.vit_plan import VitPlan

USUAL: Mapping[int, int] = {1152: 16, 1280: 16, 1408: 16, 1664: 16}
"""Widths at which published networks of all families have other heads than 64 wide: So400m, ViT-H, giant, gigantic."""


def assumed_heads(width: int, wishes: Wishes, family: str, usual: Mapping[int, int] = USUAL) -> tuple[int, Assumption]:
    """The heads to compute with, and the sentence about them. Raises CheckpointError for a wish that does not divide `width`."""
    return decided(width, wishes.heads, family, usual)


def decided(
    width: int, wish: int, family: str, usual: Mapping[int, int], *, per_head: int = 64, name: str = "heads"
) -> tuple[int, Assumption]:
    """As `assumed_heads`, of any attention. name: what the choice is called, "heads" or "decoder_heads"."""
    choices = divisors(width)
    words = name.replace("_", " ")
    if wish:
        heads, why = _checked(wish, width, choices, name), "as you asked; no tensor tells"
    elif width in usual:
        heads, why = usual[width], f"as published networks of width {width} in {family} have; no tensor tells"
    elif width % per_head == 0:
        heads, why = width // per_head, f"{per_head} numbers a head, as usual in {family}; no tensor tells"
    else:
        heads = min(choices, key=lambda n: abs(log(width / n / per_head)))
        why = f"a guess: {per_head} numbers a head are usual and do not divide a width of {width}; {width // heads} come nearest"
    return heads, Assumption(name, str(heads), f"{heads} {words}: {why}.", tuple(str(n) for n in choices))


def divisors(width: int) -> tuple[int, ...]:
    """Head counts that divide a width, up to 64 heads."""
    return tuple(n for n in range(1, min(width, 64) + 1) if width % n == 0)


def _checked(wish: int, width: int, choices: tuple[int, ...], name: str) -> int:
    if wish < 1 or width % wish:
        offered = ", ".join(str(n) for n in choices)
        raise CheckpointError(
            f"{wish} {name.replace('_', ' ')} cannot share a width of {width}.", f"These can: {offered}.", field=name
        )
    return wish


def told_heads(plan: VitPlan, wishes: Wishes) -> str:
    """What to say of heads that a shape tells. Raises CheckpointError for a wish that contradicts it."""
    if wishes.heads and wishes.heads != plan.heads:
        raise CheckpointError(
            f"This network has {plan.heads} heads, as its tensors tell, and not {wishes.heads}.",
            "Leave the number of heads to the file.",
            field="heads",
        )
    source = "rotation periods" if plan.positions == "rope" else "the norms on queries and keys"
    return f"{plan.heads} heads of {plan.head_width}, from the shape of {source}."
