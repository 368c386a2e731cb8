"""MoCo v1 (He et al. 2020, arXiv:1911.05722) and v2 (Chen et al. 2020, arXiv:2003.04297): query and key encoder, and a queue.

`fc` is the projection, one layer in v1 and two in v2, and no classifier. The published evaluation keeps the query encoder.
"""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import linear, mlp
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class Moco(ResNetFamily):
    """A ResNet whose `fc` projects."""

    name = "moco"
    title = "MoCo"
    source = "facebookresearch/moco"

    def recognise(self, part: Part) -> Match | None:
        if not looks_like_resnet(part.tensors):
            return None
        if part.origin == "moco":
            return Match(95, "a query and a key encoder")
        if {"fc.0.weight", "fc.2.weight"} <= set(part.tensors) and "fc.1.weight" not in part.tensors:
            return Match(60, "two layers in fc, as in MoCo v2's projection")
        return Match(70, "the file's name") if "moco" in part.archive.path.name.lower() else None

    def named(self, part: Part) -> str:
        return "MoCo v2" if "fc.0.weight" in part.tensors else "MoCo v1"

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        if ledger.has("fc.weight"):
            return {"projection": linear(ledger, "fc.", width)}
        projection = mlp(ledger, names, "fc.", width, biases="all")
        return {} if projection is None else {"projection": projection}


FAMILIES.add(Moco.name, Moco())
