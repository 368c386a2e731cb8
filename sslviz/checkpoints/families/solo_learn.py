"""solo-learn's Lightning checkpoints with a ResNet (da Costa et al. 2022, JMLR 23:56): any of its methods.

For 32 px images its stem pads by 2 where others pad by 1, so that its maps are larger by 2 px. `classifier` is the online probe.
"""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.framework_heads import solo_learn_heads
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet


class SoloLearn(ResNetFamily):
    """A ResNet with `projector`, `predictor`, `prototypes` or `head` by method, and an online `classifier`."""

    name = "solo_learn"
    title = "solo-learn"
    source = "vturrisi/solo-learn"
    small_padding = 2

    def recognise(self, part: Part) -> Match | None:
        if part.origin == "solo-learn" and looks_like_resnet(part.tensors):
            return Match(95, "a backbone and an online classifier")
        return None

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        return solo_learn_heads(ledger, names, width)


FAMILIES.add(SoloLearn.name, SoloLearn())
