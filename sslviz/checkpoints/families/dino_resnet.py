"""DINO with a ResNet (Caron et al. 2021, arXiv:2104.14294): student and teacher with DINO's head, or the bare backbone."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import dino_head
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class DinoResNet(ResNetFamily):
    """A ResNet with `head.mlp` and `head.last_layer`."""

    name = "dino_resnet"
    title = "DINO"
    source = "facebookresearch/dino"

    def recognise(self, part: Part) -> Match | None:
        if not looks_like_resnet(part.tensors):
            return None
        if any(name.startswith("head.last_layer.") for name in part.tensors):
            return Match(90, "a head with a weight-normed last layer")
        return Match(70, "the file's name") if "dino" in part.archive.path.name.lower() else None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        head = dino_head(ledger, names, "head.", width)
        return {} if head is None else {"projection": head}


FAMILIES.add(DinoResNet.name, DinoResNet())
