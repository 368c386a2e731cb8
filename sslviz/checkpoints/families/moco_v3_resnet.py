"""MoCo v3 with a ResNet (Chen et al. 2021, arXiv:2104.02057): base and momentum encoder, `fc` the projector, and a predictor."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import chain, mlp, width_of
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class MocoV3ResNet(ResNetFamily):
    """A ResNet whose `fc` is an MLP with batch norm."""

    name = "moco_v3_resnet"
    title = "MoCo v3"
    source = "facebookresearch/moco-v3"

    def recognise(self, part: Part) -> Match | None:
        if not looks_like_resnet(part.tensors):
            return None
        if part.origin == "moco_v3":
            return Match(95, "a base and a momentum encoder")
        if {"fc.0.weight", "fc.1.running_mean", "fc.3.weight"} <= set(part.tensors):
            return Match(60, "an MLP with batch norm in fc")
        return None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        projection = mlp(ledger, names, "fc.", width)
        if projection is None:
            return {}
        heads: Heads = {"projection": projection}
        predictor = mlp(ledger, names, "predictor.", width_of(projection, width))
        if predictor is not None:
            heads["prediction"] = chain(projection, predictor)
        return heads


FAMILIES.add(MocoV3ResNet.name, MocoV3ResNet())
