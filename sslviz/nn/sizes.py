"""Do the patches fit into the image?"""

from __future__ import annotations

from torch import nn

from sslviz.nn.errors import NetworkError


def check_patch(who: str, image_size: int, patch: int) -> None:
    """Raises NetworkError where `patch` (pixels) does not divide `image_size` (pixels), and names the nearest sizes that fit."""
    if image_size % patch == 0 and image_size >= patch:
        return
    below = image_size // patch * patch
    fitting = " or ".join(f"{size}" for size in (below, below + patch) if size >= patch)
    raise NetworkError(
        f"{who} cuts images into patches of {patch} x {patch} px, which do not fill {image_size} px.",
        f"Choose an image size of {fitting} px, or a convolutional backbone.",
        field="data.image_size",
    )


def patch_size(network: nn.Module) -> tuple[int, int]:
    """Height and width in pixels of the patches that a network of timm cuts images into; (1, 1) where it cuts none."""
    match getattr(getattr(network, "patch_embed", None), "patch_size", None):
        case (int(height), int(width)):
            return height, width
        case int(side):
            return side, side
    return 1, 1
