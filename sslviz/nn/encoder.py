"""Encoder: a backbone that normalises its input itself, so that everybody hands it plain pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.sizes import check_patch, patch_size


class Encoder(nn.Module):
    """Images in [0, 1] -> (image - mean) / std -> backbone -> features h.

    backbone: maps (B, 3, H, W) to (B, F) and has `num_features`. mean, std: of each channel of the data, in [0, 1]; they are
    buffers, so a checkpoint keeps them with the weights. Convolutional networks run in channels_last (a fifth to a third
    faster on a CPU), transformers as they are.
    """

    mean: Tensor  # (3, 1, 1)
    std: Tensor  # (3, 1, 1)

    def __init__(self, backbone: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.memory_format = torch.channels_last if is_convolutional(backbone) else torch.contiguous_format
        self._patch = patch_size(backbone)
        self.backbone = backbone.to(memory_format=self.memory_format)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32)[:, None, None])
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32)[:, None, None].clamp_min(MIN_STD))

    @property
    def num_features(self) -> int:
        """F, the width of h."""
        return cast(int, self.backbone.num_features)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W), floats in [0, 1] or uint8 -> h (B, F). Raises NetworkError for a size that the backbone cannot take."""
        return cast(Tensor, self.run(self.backbone, images))

    def run(self, network: Callable[[Tensor], object], images: Tensor) -> object:
        """What `network`, the backbone or a part of it, makes of the normalised images (B, 3, H, W). Raises NetworkError as `forward`."""
        height, width = images.shape[-2:]
        for side, patch in zip((height, width), self._patch, strict=True):
            check_patch("This backbone", side, patch)
        try:
            return network(self.normalise(images))
        except (AssertionError, RuntimeError) as error:  # how timm's networks say that they are for one size only
            if isinstance(error, RuntimeError) and "size of tensor" not in str(error):
                raise
            raise NetworkError(
                f"This backbone does not take images of {width} x {height} px: {error}.",
                "Give every view the size that it was built for, or choose a convolutional backbone.",
            ) from error

    def normalise(self, images: Tensor) -> Tensor:
        """What the backbone sees. (B, 3, H, W) -> (B, 3, H, W) in the network's memory format."""
        unit = images.float().div(255) if images.dtype == torch.uint8 else images
        unit = unit.contiguous(memory_format=self.memory_format)
        scale = self.std.reciprocal()
        return torch.addcmul(-self.mean * scale, unit, scale)  # one pass over the batch instead of two

    def denormalise(self, seen: Tensor) -> Tensor:
        """The inverse of `normalise`: what the backbone sees (B, 3, H, W) -> images, in [0, 1] where they were."""
        return torch.addcmul(self.mean, seen, self.std)


MIN_STD = 1e-3
"""A channel that never changes (all-black data) is left alone instead of being divided by zero."""


def is_convolutional(network: nn.Module) -> bool:
    """Whether a network is mostly convolutions; a transformer has one at most, which cuts the patches."""
    return sum(isinstance(module, nn.Conv2d) for module in network.modules()) > 1
