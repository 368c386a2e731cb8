"""ResNets as torchvision and timm store them: with the classifier that they were trained with, or without."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import linear
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class TorchvisionResNet(ResNetFamily):
    """A ResNet whose `fc` classifies."""

    name = "torchvision_resnet"
    title = "torchvision"
    source = "pytorch/vision"

    def recognise(self, part: Part) -> Match | None:
        if not looks_like_resnet(part.tensors):
            return None
        if {"fc.weight", "fc.bias"} & set(part.tensors):
            return Match(80, "torchvision's names, and a classifier")
        return Match(15, "torchvision's names")

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        return {"logits": linear(ledger, "fc.", width)} if ledger.begins("fc.") else {}


FAMILIES.add(TorchvisionResNet.name, TorchvisionResNet())
