"""CLIP's ResNet (Radford et al. 2021, arXiv:2103.00020, Sec. 2.4), as OpenAI published it.

It departs from the usual one in three ways: a stem of three convolutions, strides that average before they drop
("anti-aliased": an average pool before each convolution that would have had one), and attention in place of the mean at the end.
Names of its tensors are the authors': conv1 ... bn3, layer1 ... layer4, attnpool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError

EXPANSION = 4
REDUCTION = 32
"""Pixels of the image, a side, for each place of the last feature map."""


@dataclass(frozen=True, slots=True)
class ClipResNetPlan:
    """The shape of a `ClipResNet`. width: of the first stage's bottlenecks. blocks: of each stage. outputs: of the pooled feature."""

    width: int
    blocks: tuple[int, int, int, int]
    heads: int
    outputs: int
    image_size: int  # px a side that the attention pool's positions are for

    @property
    def map_width(self) -> int:
        """Channels of the last feature map."""
        return 8 * EXPANSION * self.width


class ClipResNet(nn.Module):
    """Normalised images (B, 3, H, W) -> pooled and projected features (B, outputs)."""

    stages = 4

    def __init__(self, plan: ClipResNetPlan) -> None:
        super().__init__()
        self.plan, self.num_features = plan, plan.outputs
        half = plan.width // 2
        self.conv1, self.bn1 = _conv(3, half, 3, stride=2), nn.BatchNorm2d(half)
        self.conv2, self.bn2 = _conv(half, half, 3), nn.BatchNorm2d(half)
        self.conv3, self.bn3 = _conv(half, plan.width, 3), nn.BatchNorm2d(plan.width)
        inputs = plan.width
        for k, blocks in enumerate(plan.blocks):
            width = plan.width * 2**k
            self.add_module(f"layer{k + 1}", _stage(inputs, width, blocks, stride=1 if k == 0 else 2))
            inputs = width * EXPANSION
        self.attnpool = AttentionPool(plan)

    def feature_map(self, images: Tensor, layer: int = -1) -> Tensor:
        """The map after a stage, 0 to 3, negative from the end: (B, 3, H, W) -> (B, C, h, w). Raises NetworkError for other layers."""
        if not -self.stages <= layer < self.stages:
            raise NetworkError(f"This network has {self.stages} stages, and no {layer}.", "Choose 0 to 3.")
        x = F.relu(self.bn1(self.conv1(images)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.avg_pool2d(F.relu(self.bn3(self.conv3(x))), 2)  # (B, width, H/4, W/4)
        for k in range(layer % self.stages + 1):
            x = self.get_submodule(f"layer{k + 1}")(x)
        return x

    def pooled(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, outputs). Raises NetworkError for another size than the positions are for."""
        size = self.plan.image_size
        if images.shape[-2:] != (size, size):
            raise NetworkError(
                f"CLIP's attention pool has positions for {size} x {size} px, and this picture is"
                f" {images.shape[-1]} x {images.shape[-2]} px.",
                f"Choose {size} px, or look at the feature maps, which take any size.",
            )
        features: Tensor = self.attnpool(self.feature_map(images))
        return features

    def forward(self, images: Tensor) -> Tensor:
        """`pooled`."""
        return self.pooled(images)


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions, with the stride as an average pool between the last two."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = width * EXPANSION
        self.conv1, self.bn1 = _conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = _conv(width, width, 3), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = _conv(width, outputs, 1), nn.BatchNorm2d(outputs)
        self._stride = stride
        same = stride == 1 and inputs == outputs
        self.downsample = None if same else nn.Sequential(_conv(inputs, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, h, w) -> (B, 4 width, h/stride, w/stride)
        y = F.relu(self.bn1(self.conv1(x)))
        y = self._dropped(F.relu(self.bn2(self.conv2(y))))
        y = self.bn3(self.conv3(y))
        shortcut = x if self.downsample is None else self.downsample(self._dropped(x))
        return F.relu(y + shortcut)

    def _dropped(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, self._stride) if self._stride > 1 else x


class AttentionPool(nn.Module):
    """The mean of the map asks every place of it, once: (B, C, h, w) -> (B, outputs)."""

    def __init__(self, plan: ClipResNetPlan) -> None:
        super().__init__()
        width, places = plan.map_width, (plan.image_size // REDUCTION) ** 2
        self._heads = plan.heads
        self.positional_embedding = nn.Parameter(torch.empty(1 + places, width))
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj = nn.Linear(width, plan.outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Raises nothing: the caller has seen to it that the map has as many places as there are positions."""
        x = features.flatten(2).transpose(1, 2)  # (B, hw, C)
        x = torch.cat([x.mean(1, keepdim=True), x], dim=1) + self.positional_embedding
        q, k, v = (self._split(layer(y)) for layer, y in ((self.q_proj, x[:, :1]), (self.k_proj, x), (self.v_proj, x)))
        seen = F.scaled_dot_product_attention(q, k, v)  # (B, heads, 1, d)
        pooled: Tensor = self.c_proj(seen.flatten(1))
        return pooled

    def _split(self, x: Tensor) -> Tensor:  # (B, n, C) -> (B, heads, n, d)
        return x.view(*x.shape[:2], self._heads, -1).transpose(1, 2)


def _stage(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    rest: Sequence[Bottleneck] = [Bottleneck(width * EXPANSION, width, 1) for _ in range(blocks - 1)]
    return nn.Sequential(Bottleneck(inputs, width, stride), *rest)


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


def clip_resnet_of(plan: ClipResNetPlan, state: Mapping[str, Tensor]) -> ClipResNet:
    """The network with the weights of `state`, in evaluation mode, float32 and without gradient.

    Raises RuntimeError where a tensor is missing or does not fit.
    """
    with torch.device("meta"):
        network = ClipResNet(plan)
    network.load_state_dict(dict(state), assign=True)
    return network.float().eval().requires_grad_(False)
