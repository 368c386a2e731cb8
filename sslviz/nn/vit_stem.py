"""From pixels to patch tokens: one convolution a patch, or the convolutional stem of MoCo v3."""

from __future__ import annotations

from torch import Tensor, nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.vit_plan import VitPlan


class PatchEmbed(nn.Module):
    """Images (B, C, H, W) -> tokens (B, rows · columns, D). Pixels beyond the last whole patch are left out."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self._patch, self._channels = plan.patch, plan.channels
        self.proj = _convolutions(plan) if plan.convolutional_stem else _one_convolution(plan)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, rows · columns, D), row by row."""
        rows, columns = self.grid_of(images)
        whole = images[..., : rows * self._patch[0], : columns * self._patch[1]]
        tokens: Tensor = self.proj(whole).flatten(2).transpose(1, 2)
        return tokens

    def grid_of(self, images: Tensor) -> tuple[int, int]:
        """(rows, columns) of whole patches. Raises NetworkError for images that this network cannot read."""
        channels, height, width = images.shape[-3:]
        if channels != self._channels:
            raise NetworkError(
                f"This network reads images of {self._channels} channels, not of {channels}.",
                "Convert the images first.",
            )
        rows, columns = height // self._patch[0], width // self._patch[1]
        if not rows or not columns:
            raise NetworkError(
                f"An image of {height} x {width} px is smaller than one patch of {self._patch[0]} x {self._patch[1]} px.",
                "Use a larger image size.",
                field="image_size",
            )
        return rows, columns


def _one_convolution(plan: VitPlan) -> nn.Module:
    return nn.Conv2d(plan.channels, plan.width, plan.patch, stride=plan.patch, bias=plan.patch_bias)


def _convolutions(plan: VitPlan) -> nn.Module:
    """Convolutions of stride 2, each with batch norm and ReLU, then one of 1 x 1 (Chen et al. 2021, arXiv:2104.02057)."""
    layers: list[nn.Module] = []
    before = plan.channels
    for width in plan.convolutional_stem:
        layers += [
            nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]
        before = width
    return nn.Sequential(*layers, nn.Conv2d(before, plan.width, 1, bias=plan.patch_bias))
