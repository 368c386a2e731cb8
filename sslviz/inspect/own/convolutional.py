"""Any backbone of ours that is no plain vision transformer, as maps over the image: our ResNets, and timm's networks stage by stage."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn

from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.feature_map import feature_map
from sslviz.nn.resnet import ResNet


class Maps(nn.Module):
    """A backbone whose features lie on maps. Normalised images (B, 3, H, W) -> features (B, F)."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.backbone = encoder.backbone
        self.num_features = encoder.num_features
        self._format = encoder.memory_format

    @property
    def stages(self) -> int:
        """How many maps there are."""
        return 1

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """The map after stage `layer`: (B, 3, H, W) -> (B, C, h, w). Raises NetworkError for features that are no single grid."""
        self._index(layer)
        return feature_map(_unit(self.backbone), images)

    def pooled(self, images: Tensor) -> Tensor:
        """The feature that the method trains: (B, 3, H, W) -> (B, F)."""
        features: Tensor = self.backbone(images.contiguous(memory_format=self._format))
        return features

    def forward(self, images: Tensor) -> Tensor:
        """`pooled`."""
        return self.pooled(images)

    def _index(self, layer: int) -> int:
        if not -self.stages <= layer < self.stages:
            raise NetworkError(
                f"There is no layer {layer}: this network has {self.stages} stage{'s' if self.stages > 1 else ''}.",
                f"Choose 0 to {self.stages - 1}, or -1 for the last.",
            )
        return layer % self.stages


class OwnMaps(Maps):
    """Our ResNets: a map after each stage of blocks."""

    @property
    def stages(self) -> int:
        """Stages of blocks."""
        return len(self._own.stages)

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """As `Maps.feature_map`."""
        last = self._index(layer)
        x: Tensor = self._own.stem(images.contiguous(memory_format=self._format))
        for stage in list(self._own.stages)[: last + 1]:
            x = stage(x)
        return x

    @property
    def _own(self) -> ResNet:
        return cast(ResNet, self.backbone)


class TimmMaps(Maps):
    """Networks of timm that give their maps one by one."""

    @property
    def stages(self) -> int:
        """Maps that timm knows of."""
        return len(cast(Any, self.backbone).feature_info)

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """As `Maps.feature_map`."""
        last = self._index(layer)
        x = images.contiguous(memory_format=self._format)
        (places,) = cast(Any, self.backbone).forward_intermediates(
            x, indices=[last], output_fmt="NCHW", intermediates_only=True, stop_early=True
        )
        return cast(Tensor, places)


def as_maps(encoder: Encoder) -> Maps:
    """The maps of an encoder's backbone, in as many stages as it can be looked into."""
    backbone = encoder.backbone
    if isinstance(backbone, ResNet):
        return OwnMaps(encoder)
    if hasattr(backbone, "forward_intermediates") and len(getattr(backbone, "feature_info", ())):
        return TimmMaps(encoder)
    return Maps(encoder)


def _unit(backbone: nn.Module) -> Encoder:
    """The backbone for images that are normalised already."""
    return Encoder(backbone, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).to(next(backbone.parameters()).device)
