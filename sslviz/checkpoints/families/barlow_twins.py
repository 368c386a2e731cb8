"""Barlow Twins (Zbontar et al. 2021, arXiv:2103.03230): a bare ResNet as published, with projector while it trains."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import mlp
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class BarlowTwins(ResNetFamily):
    """A ResNet without `fc`; `projector`, and `bn` which standardises what the loss sees."""

    name = "barlow_twins"
    title = "Barlow Twins"
    source = "facebookresearch/barlowtwins"

    def recognise(self, part: Part) -> Match | None:
        tensors = part.tensors
        if not looks_like_resnet(tensors) or "fc.weight" in tensors:
            return None
        if "projector.0.weight" in tensors and "bn.running_mean" in tensors:
            return Match(90, "a projector, and a batch norm after it")
        if "barlow" in str(part.archive.path).lower():
            return Match(65, "the file's name")
        bare = all(name.startswith(("conv1.", "bn1.", "layer")) for name in tensors)
        return Match(25, "a ResNet without classifier, as published") if bare else None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        projection = mlp(ledger, names, "projector.", width)
        return {} if projection is None else {"projection": projection}


FAMILIES.add(BarlowTwins.name, BarlowTwins())
