"""VICReg (Bardes et al. 2022, arXiv:2105.04906): a bare ResNet as published, with projector (its "expander") while it trains.

The bare files have the same names as those of Barlow Twins, and compute the same.
"""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import mlp
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class VicReg(ResNetFamily):
    """A ResNet without `fc`, and `projector`."""

    name = "vicreg"
    title = "VICReg"
    source = "facebookresearch/vicreg"

    def recognise(self, part: Part) -> Match | None:
        tensors = part.tensors
        if not looks_like_resnet(tensors) or "fc.weight" in tensors:
            return None
        if "projector.0.weight" in tensors and "bn.running_mean" not in tensors:
            return Match(85, "a projector, and no batch norm after it")
        if "vicreg" in str(part.archive.path).lower():
            return Match(65, "the file's name")
        bare = all(name.startswith(("conv1.", "bn1.", "layer")) for name in tensors)
        return Match(25, "a ResNet without classifier, as published") if bare else None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        projection = mlp(ledger, names, "projector.", width, biases="all but the last")
        return {} if projection is None else {"projection": projection}


FAMILIES.add(VicReg.name, VicReg())
