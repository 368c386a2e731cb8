"""A small vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929), built by timm."""

from __future__ import annotations

from torch import nn

from sslviz.nn.sizes import check_patch


def small_vit(width: int, depth: int, heads: int, image_size: int) -> nn.Module:
    """A ViT with a class token, whose output is that token: (B, 3, H, W) -> (B, width).

    Position embeddings are interpolated for other sizes than `image_size`, so crops of several sizes go through one network.
    Raises NetworkError where the patch does not divide `image_size`.
    """
    from timm.models import VisionTransformer  # a second of imports, spared whoever trains a ResNet

    patch = patch_for(image_size)
    check_patch("This ViT", image_size, patch)
    network: nn.Module = VisionTransformer(
        img_size=image_size, patch_size=patch, embed_dim=width, depth=depth, num_heads=heads,
        num_classes=0, dynamic_img_size=True,
    )  # fmt: skip
    return network


def patch_for(image_size: int) -> int:
    """The largest of 4, 8, 16, 32 that leaves 8 patches a side (4 below 32 px): 64 to 225 tokens at any size to 480 px."""
    return max((p for p in (4, 8, 16, 32) if image_size // p >= 8), default=4)
