"""Which networks a method of our own has, and which head belongs to each; first the one that published evaluations use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from sslviz.inspect.errors import InspectError
from sslviz.methods import Method
from sslviz.nn.encoder import Encoder
from sslviz.training.left_out import LeftOut


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of a method's networks, with what lies on its features."""

    name: str
    encoder: Encoder
    heads: Mapping[str, nn.Module] = field(default_factory=dict)


TWINS = {
    "dino": ("teacher_encoder", "teacher_head", "head", ("teacher", "student"), True),
    "byol": ("target_encoder", "target_projector", "projection", ("target", "online"), False),
    "moco": ("teacher.0", "teacher.1", "projection", ("key", "query"), False),
    "moco_v3": ("teacher_encoder", "teacher_projector", "projection", ("momentum", "base"), False),
}
"""Method -> the encoder that follows, its head, what heads are called, (the follower's name, the trained one's), which comes first."""

HEADS = {"supervised": ("logits", "head"), "rotation": ("rotation", "head"), "dino": ("head", "head"),
         "clip": ("projection", "image_projection")}  # fmt: skip
"""What lies on the features of these, and the part of the method that it is."""


def sides_of(method: Method) -> tuple[Side, ...]:
    """The networks of a method that its file holds, at least one."""
    name = method.info.name
    if name not in TWINS:
        return (Side("", method.encoder, _heads(method)),)
    encoder, head, called, (follows, trained), follower_first = TWINS[name]
    sides = []
    if _is_there(method, encoder):
        heads = {called: method.get_submodule(head)} if _is_there(method, head) else {}
        sides.append(Side(follows, _encoder(method.get_submodule(encoder)), heads))
    if _is_there(method, "encoder"):
        sides.append(Side(trained, method.encoder, _heads(method)))
    return tuple(sides if follower_first else sides[::-1])


def _is_there(method: Method, part: str) -> bool:
    """Whether the weights' file held a part; a thinned snapshot holds few."""
    return not isinstance(getattr(method, part.partition(".")[0]), LeftOut)


def _heads(method: Method) -> Mapping[str, nn.Module]:
    if method.info.name in HEADS:
        name, part = HEADS[method.info.name]
        return {name: method.get_submodule(part)} if _is_there(method, part) else {}
    return {"projection": Projection(method)} if hasattr(method, "projector") else {}


def chosen(sides: tuple[Side, ...], network: str) -> Side:
    """The side called so, the first for "". Raises InspectError."""
    found = next((side for side in sides if side.name == network), None) if network else sides[0]
    if found is not None:
        return found
    names = [side.name for side in sides if side.name]
    raise InspectError(
        f"This run has no network called {network!r}.",
        f"It has: {', '.join(names)}." if names else "It has one only: leave its name out.",
        field="network",
    )


class Projection(nn.Module):
    """What the loss compares, as the method's switches are now: h (n, F) -> z (n, D)."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method

    def forward(self, h: Tensor) -> Tensor:
        return self.method.project(h)


def _encoder(module: nn.Module) -> Encoder:
    if not isinstance(module, Encoder):
        raise TypeError(f"{type(module).__name__} is no Encoder")
    return module
