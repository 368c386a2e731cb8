"""What the diagram of a method's networks says: which arrows there are now, and along which of them the gradient comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sslviz.spec.catalogue import Box, Link, LinkKind
from sslviz.spec.params import Scalar

OFF: tuple[object, ...] = (False, 0, "", "none", "off")
"""Values of a parameter that mean that it does nothing."""
NO_GRADIENT = ("view", "memory")
"""Roles that nothing is learnt in, though data comes from them."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow as it is now. `returns`: the gradient comes back along it."""

    source: str
    target: str
    kind: LinkKind
    returns: bool
    label: str = ""


def arrows(
    boxes: Sequence[Box], links: Sequence[Link], values: Mapping[str, Scalar], ema: str = "EMA"
) -> tuple[Arrow, ...]:
    """The arrows while the switches stand at `values`, in the order of `links`. `ema` labels those along which weights follow.

    Links that name a box that there is not are left out.
    """
    roles: dict[str, str] = {box.name: box.role for box in boxes}
    known = [link for link in links if link.source in roles and link.target in roles]
    kinds = [kind_of(link, values) for link in known]
    reached = _reached(roles, [link for link, kind in zip(known, kinds, strict=True) if kind == "data"])
    return tuple(
        Arrow(link.source, link.target, kind,
              kind == "data" and link.target in reached and roles[link.source] not in NO_GRADIENT,
              ema if kind == "ema" else "")
        for link, kind in zip(known, kinds, strict=True)
    )  # fmt: skip


def kind_of(link: Link, values: Mapping[str, Scalar]) -> LinkKind:
    """What a link is while its switch stands as it does; a switch that nobody knows counts as on."""
    off = link.switch in values and values[link.switch] in OFF
    return link.off if off else link.kind


def _reached(roles: Mapping[str, str], forward: Sequence[Link]) -> set[str]:
    """The boxes that a gradient comes to: the losses, and whatever hands data on to a box that it comes to."""
    reached = {name for name, role in roles.items() if role == "loss"}
    while more := {link.source for link in forward if link.target in reached} - reached:
        reached |= more
    return reached


def told(boxes: Sequence[Box], drawn: Sequence[Arrow]) -> str:
    """The diagram in words, for those who cannot see it."""
    titles = {box.name: box.title for box in boxes}
    verbs = {"data": "to", "ema": "is followed by", "stop": "without gradient to", "none": "(switched off) to"}
    return "; ".join(
        f"{titles[arrow.source]} {verbs[arrow.kind]} {titles[arrow.target]}{', gradient returns' if arrow.returns else ''}"
        for arrow in drawn
    )
