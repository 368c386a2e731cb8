"""What a convolutional network has to offer to be looked into, whoever built it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Convolutional(Protocol):
    """A network whose features lie on a map over the image, stage by stage."""

    @property
    def stages(self) -> int:
        """How many maps there are."""

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """Normalised images (B, C, H, W) -> the map after stage `layer` (B, D, h, w)."""

    def pooled(self, images: Tensor) -> Tensor:
        """Normalised images (B, C, H, W) -> (B, F), what the family uses as the image's feature."""
