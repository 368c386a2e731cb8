"""A small ResNet (He et al. 2016, arXiv:1512.03385) of free width, depth and stem, for 32 to 96 px images.

timm's ResNet fixes the stem at 64 channels and starts with a 4-fold reduction, made for 224 px: too wide and too coarse for a
teaching network that must train live on one core. Blocks are the paper's basic blocks: 3x3 convolutions without bias, batch norm,
a 1x1 projection where the shape changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn


class BasicBlock(nn.Module):
    """relu(shortcut(x) + bn(conv(relu(bn(conv(x)))))), the first convolution with `stride`."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _conv(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = _conv(outputs, outputs, 3, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, h, w) -> (B, outputs, h/stride, w/stride)
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(y.add_(self.shortcut(x)), inplace=True)


class ResNet(nn.Module):
    """Stem, stages of basic blocks that double the width and halve the map from the second on, and the mean over the map.

    width: channels of the stem and the first stage. stages: blocks of each stage. stem_stride: 2 quarters the work, 1 is the
    "CIFAR stem" of the papers. Output (B, num_features) with num_features = width * 2^(stages - 1).
    """

    def __init__(self, width: int, stages: Sequence[int], stem_stride: int) -> None:
        super().__init__()
        self.num_features = width * 2 ** (len(stages) - 1)
        self.stem = nn.Sequential(_conv(3, width, 3, stem_stride), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.stages = nn.Sequential()
        inputs = width
        for k, blocks in enumerate(stages):
            outputs = width * 2**k
            strides = [1 if k == 0 else 2, *[1] * (blocks - 1)]
            self.stages.append(
                nn.Sequential(*(BasicBlock(inputs if i == 0 else outputs, outputs, s) for i, s in enumerate(strides)))
            )
            inputs = outputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:  # (B, 3, H, W) -> (B, F)
        return self.forward_features(images).mean(dim=(2, 3))

    def forward_features(self, images: Tensor) -> Tensor:
        """The last feature map. (B, 3, H, W) -> (B, F, h, w)."""
        features: Tensor = self.stages(self.stem(images))
        return features


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Conv2d:
    """A convolution that keeps the size at stride 1; without bias, because batch norm follows and would cancel it."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
