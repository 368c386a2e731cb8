"""From a feature map back to an image: what a context encoder has behind its encoder."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn


class ChannelwiseLinear(nn.Module):
    """Each channel's map through a fully connected layer of its own (Pathak et al. 2016, Sec. 3.1): (B, C, h, w) -> the same.

    It carries what one place knows to all others, which convolutions cannot, with C·(hw)² weights instead of (C·hw)².
    """

    def __init__(self, channels: int, grid: tuple[int, int]) -> None:
        super().__init__()
        places = grid[0] * grid[1]
        bound = 1 / math.sqrt(places)
        self.weight = nn.Parameter(torch.empty(channels, places, places).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(channels, places))

    def forward(self, x: Tensor) -> Tensor:
        flat = torch.einsum("bcp,cpq->bcq", x.flatten(2), self.weight.to(x.dtype))
        return (flat + self.bias.to(x.dtype)).view_as(x)


class MapDecoder(nn.Module):
    """A feature map (B, C, h, w) of an image -> one value a pixel and output: (B, outputs, H, W).

    A 1x1 convolution to `width` channels, then doublings (nearest neighbour, 3x3 convolution, batch norm, ReLU) that halve the
    channels down to LEAST_WIDTH, and a 3x3 convolution. channelwise: begins with a `ChannelwiseLinear`.
    """

    def __init__(
        self, channels: int, grid: tuple[int, int], size: tuple[int, int], width: int, *, outputs: int = 3, channelwise: bool
    ) -> None:  # fmt: skip
        super().__init__()
        self._size = size
        first: list[nn.Module] = [ChannelwiseLinear(channels, grid), nn.ReLU(inplace=True)] if channelwise else []
        self.first = nn.Sequential(*first, *_convolution(channels, width, 1))
        self.doublings = nn.Sequential()
        for _ in range(max(0, round(math.log2(max(size[0] / grid[0], size[1] / grid[1]))))):
            narrower = max(width // 2, min(width, LEAST_WIDTH))
            self.doublings.append(nn.Sequential(nn.Upsample(scale_factor=2), *_convolution(width, narrower, 3)))
            width = narrower
        self.last = nn.Conv2d(width, outputs, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        x = self.doublings(self.first(features))
        if x.shape[-2:] != self._size:  # patches of 14 px make no power of two
            x = F.interpolate(x, self._size, mode="bilinear", align_corners=False)
        pixels: Tensor = self.last(x)
        return pixels


def _convolution(inputs: int, outputs: int, kernel: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


LEAST_WIDTH = 16
"""Channels that the decoder keeps at full size."""
