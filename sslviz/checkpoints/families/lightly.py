"""lightly's Lightning checkpoints with a ResNet: `nn.Sequential` of a network's children, so that names are numbers.

torchvision's children are conv1, bn1, relu, max-pool, layer1 to 4 (0, 1, 4 to 7 have tensors). lightly's own small ResNet has no
modules for ReLU and pooling: its layers are 2 to 5, and as a Sequential it has no ReLU after the stem.
"""

from __future__ import annotations

from collections.abc import Mapping

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.framework_heads import lightly_heads
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.resnet_family import Heads, ResNetFamily
from sslviz.checkpoints.resnet_shapes import looks_like_resnet

TORCHVISION = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
OWN = {"0": "conv1", "1": "bn1", "2": "layer1", "3": "layer2", "4": "layer3", "5": "layer4"}
"""Child by its number, of torchvision's ResNet and of lightly's."""


class Lightly(ResNetFamily):
    """A ResNet with `projection_head.layers`, `prediction_head.layers`, `prototypes.heads` or DINO's head by method."""

    name = "lightly"
    title = "lightly"
    source = "lightly-ai/lightly"

    def recognise(self, part: Part) -> Match | None:
        canonical = {new: part.tensors[old] for old, new in self.spelt(part).items()}
        if not looks_like_resnet(canonical):
            return None
        if "0.weight" in part.tensors:
            return Match(95, "a ResNet whose layers are numbered")
        return Match(90, "heads by lightly's names") if part.origin == "lightly" else None

    def spelt(self, part: Part) -> Mapping[str, str]:
        children = OWN if _own(part) else TORCHVISION
        return {name: _canonical(name, children) for name in part.tensors}

    def stem_relu(self, part: Part) -> bool:
        return not _own(part)

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        return lightly_heads(ledger, names, width)


def _own(part: Part) -> bool:
    return "2.0.conv1.weight" in part.tensors


def _canonical(name: str, children: Mapping[str, str]) -> str:
    number, _, rest = name.partition(".")
    return f"{children[number]}.{rest.replace('shortcut.', 'downsample.')}" if number in children else name


FAMILIES.add(Lightly.name, Lightly())
