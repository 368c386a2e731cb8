"""SimCLR as in the University of Amsterdam's deep learning tutorial 17: `convnet` a ResNet whose `fc` projects, pixels from -1 to 1."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.heads import linear, mlp
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import HALVES
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class UvaTutorial(ResNetFamily):
    """A ResNet with a projection of two layers in `fc`."""

    name = "uva_tutorial"
    title = "SimCLR (UvA tutorial 17)"
    source = "phlippe/uvadlc_notebooks"
    normalisation = HALVES

    def recognise(self, part: Part) -> Match | None:
        if part.origin == "uva_tutorial" and looks_like_resnet(part.tensors):
            return Match(95, "a network by the name of convnet")
        return None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        if ledger.has("fc.weight"):
            return {"projection": linear(ledger, "fc.", width)}
        projection = mlp(ledger, names, "fc.", width, biases="all")
        return {} if projection is None else {"projection": projection}


FAMILIES.add(UvaTutorial.name, UvaTutorial())
