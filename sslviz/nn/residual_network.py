"""ResNets as they are published (He et al. 2016, arXiv:1512.03385), by torchvision's names and of any width, depth and stem.

One class covers basic blocks (18, 34), bottlenecks (50, 101, 152; stride on the 3x3 convolution), wide ones and ResNeXt. It is made
for weights that exist: nothing is initialised, and `sslviz.nn.resnet` holds the small networks that train live.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError


@dataclass(frozen=True, slots=True)
class Block:
    """One residual block. inner: channels of its 3x3 convolution; the basic block's are those of its output."""

    inputs: int
    inner: int
    outputs: int
    stride: int
    groups: int
    bottleneck: bool
    shortcut: bool  # a 1x1 convolution beside the block, where size or channels change


@dataclass(frozen=True, slots=True)
class ResNetPlan:
    """Everything about a ResNet that its tensors' values do not say."""

    channels: int
    stem: int  # channels
    kernel: int  # of the stem
    stride: int
    padding: int
    max_pool: bool
    stages: tuple[tuple[Block, ...], ...]
    stem_relu: bool = True

    @property
    def width(self) -> int:
        """Channels of the last feature map."""
        return self.stages[-1][-1].outputs


class BasicBlock(nn.Module):
    """relu(shortcut(x) + bn(conv3x3(relu(bn(conv3x3(x)))))), the first convolution with the stride."""

    def __init__(self, plan: Block) -> None:
        super().__init__()
        self.conv1 = _conv(plan.inputs, plan.inner, 3, plan.stride)
        self.bn1 = nn.BatchNorm2d(plan.inner)
        self.conv2 = _conv(plan.inner, plan.outputs, 3, groups=plan.groups)
        self.bn2 = nn.BatchNorm2d(plan.outputs)
        self.downsample = _shortcut(plan) if plan.shortcut else None

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, h, w) -> (B, outputs, h/stride, w/stride)
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class Bottleneck(nn.Module):
    """relu(shortcut(x) + conv1x1(conv3x3(conv1x1(x)))) with batch norm after each, the 3x3 with stride and groups."""

    def __init__(self, plan: Block) -> None:
        super().__init__()
        self.conv1 = _conv(plan.inputs, plan.inner, 1)
        self.bn1 = nn.BatchNorm2d(plan.inner)
        self.conv2 = _conv(plan.inner, plan.inner, 3, plan.stride, plan.groups)
        self.bn2 = nn.BatchNorm2d(plan.inner)
        self.conv3 = _conv(plan.inner, plan.outputs, 1)
        self.bn3 = nn.BatchNorm2d(plan.outputs)
        self.downsample = _shortcut(plan) if plan.shortcut else None

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, h, w) -> (B, outputs, h/stride, w/stride)
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResidualNetwork(nn.Module):
    """Stem, stages of blocks, and the mean over the last map. Images (B, C, H, W), normalised -> features (B, F)."""

    def __init__(self, plan: ResNetPlan) -> None:
        super().__init__()
        self.plan = plan
        self.num_features = plan.width
        self.conv1 = nn.Conv2d(plan.channels, plan.stem, plan.kernel, plan.stride, plan.padding, bias=False)
        self.bn1 = nn.BatchNorm2d(plan.stem)
        for number, blocks in enumerate(plan.stages, 1):
            made = (Bottleneck(block) if block.bottleneck else BasicBlock(block) for block in blocks)
            self.add_module(f"layer{number}", nn.Sequential(*made))

    @property
    def stages(self) -> int:
        """How many there are; each halves the map from the second on."""
        return len(self.plan.stages)

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """The output of stage `layer`, counted from 0 or from the end. (B, C, H, W) -> (B, F, h, w).

        Raises NetworkError for a stage that there is not; nothing after it is computed.
        """
        last = layer + self.stages if layer < 0 else layer
        if not 0 <= last < self.stages:
            raise NetworkError(
                f"There is no layer {layer}: this network has {self.stages} stages.",
                f"Choose 0 to {self.stages - 1}, or -1 for the last.",
            )
        x = self._stem(images)
        for number, stage in enumerate(self._stages()):
            x = stage(x)
            if number == last:
                break
        return x

    def pooled(self, images: Tensor) -> Tensor:
        """The mean of the last map over its area. (B, C, H, W) -> (B, F)."""
        return self.feature_map(images).mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:  # (B, C, H, W) -> (B, F)
        return self.pooled(images)

    def _stem(self, images: Tensor) -> Tensor:  # (B, C, H, W) -> (B, stem, h, w)
        x: Tensor = self.bn1(self.conv1(images))
        if self.plan.stem_relu:
            x = F.relu(x, inplace=True)
        return F.max_pool2d(x, 3, stride=2, padding=1) if self.plan.max_pool else x

    def _stages(self) -> Iterator[nn.Module]:
        return (self.get_submodule(f"layer{number}") for number in range(1, self.stages + 1))


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size at stride 1; without bias, because batch norm follows and would cancel it."""
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


def _shortcut(plan: Block) -> nn.Sequential:
    return nn.Sequential(_conv(plan.inputs, plan.outputs, 1, plan.stride), nn.BatchNorm2d(plan.outputs))
