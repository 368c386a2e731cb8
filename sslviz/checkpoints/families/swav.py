"""SwAV (Caron et al. 2020, arXiv:2006.09882), and DeepCluster v2 of the same code: a projection of length 1, and prototypes.

Its ResNet pads in a layer of its own before a stem that pads by 2: the same numbers as a padding of 3.
"""

from __future__ import annotations

import re

from torch import nn

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import Normalise, chain, linear, mlp, width_of
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet

PROTOTYPES = re.compile(r"prototypes\.(prototypes\d+\.)?weight$")


class Swav(ResNetFamily):
    """A ResNet with `projection_head` and `prototypes`."""

    name = "swav"
    title = "SwAV"
    source = "facebookresearch/swav"

    def recognise(self, part: Part) -> Match | None:
        if not looks_like_resnet(part.tensors):
            return None
        if any(PROTOTYPES.match(name) for name in part.tensors) and _projects(part):
            return Match(90, "prototypes and a projection head")
        if _projects(part):
            return Match(60, "a projection head by SwAV's name")
        return Match(70, "the file's name") if "swav" in part.archive.path.name.lower() else None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        projection = _projection(ledger, names, width)
        if projection is None:
            return {}
        heads: Heads = {"projection": projection}
        inputs = width_of(projection, width)
        for name in filter(PROTOTYPES.match, names):
            prefix = name.removesuffix("weight")
            title = "prototypes" if "prototypes" not in heads else f"prototypes {len(heads)}"
            heads[title] = chain(projection, linear(ledger, prefix, inputs, biased=False))
        return heads


def _projects(part: Part) -> bool:
    return "projection_head.weight" in part.tensors or "projection_head.0.weight" in part.tensors


def _projection(ledger: Ledger, names: tuple[str, ...], width: int) -> nn.Module | None:
    """Onto the sphere: one layer or two, then length 1."""
    if ledger.has("projection_head.weight"):
        return chain(linear(ledger, "projection_head.", width), Normalise())
    made = mlp(ledger, names, "projection_head.", width, biases="all")
    return None if made is None else chain(made, Normalise())


FAMILIES.add(Swav.name, Swav())
