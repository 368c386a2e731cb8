"""Feature map: the last features of any backbone that still know where in the image they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError


def feature_map(encoder: Encoder, images: Tensor) -> Tensor:
    """The encoder's last spatial features, with their gradient. (B, 3, H, W) in [0, 1] or uint8 -> (B, C, h, w).

    Convolutional networks give the map that they take the mean of; transformers their patch tokens as a grid, row by row,
    without class and register tokens. C may differ from `num_features` where a network's head adds or changes features.
    Raises NetworkError for a size that the backbone does not take and for one whose features are no single grid.
    """
    features = encoder.run(_forward_features(encoder), images)
    if not isinstance(features, Tensor) or features.ndim not in (3, 4):
        raise _no_grid(encoder)
    if features.ndim == 4:
        last = "NHWC" in str(getattr(encoder.backbone, "output_fmt", ""))
        return features.permute(0, 3, 1, 2) if last else features
    return _grid(features, images.shape[-2] / images.shape[-1], encoder)


def _grid(tokens: Tensor, aspect: float, encoder: Encoder) -> Tensor:
    """(B, N, C), of an image whose height is `aspect` times its width -> (B, C, h, w)."""
    prefix = getattr(encoder.backbone, "num_prefix_tokens", None)
    for k in range(MOST_PREFIX_TOKENS) if prefix is None else (prefix,):  # some of timm's networks do not say
        n = tokens.shape[1] - k
        h = max(round(math.sqrt(max(n, 1) * aspect)), 1)
        if n > 0 and n % h == 0 and math.isclose(h * h, n * aspect):
            return tokens[:, k:].transpose(1, 2).reshape(len(tokens), -1, h, n // h)
    raise _no_grid(encoder)


def _forward_features(encoder: Encoder) -> Callable[[Tensor], object]:
    try:
        return cast(Callable[[Tensor], object], encoder.backbone.forward_features)
    except AttributeError:
        raise _no_grid(encoder) from None


def _no_grid(encoder: Encoder) -> NetworkError:
    return NetworkError(
        f"The features of {type(encoder.backbone).__name__} cannot be laid out as one grid over the image.",
        "Choose a ResNet or a ViT for methods that need a feature map.",
    )


MOST_PREFIX_TOKENS = 3
"""Networks that do not say how many tokens stand before the patches have at most two: class and distillation."""


@torch.no_grad()
def map_shape(encoder: Encoder, size: tuple[int, int]) -> tuple[int, int, int]:
    """(C, h, w) of the feature map of images of `size` (H, W); the encoder is left as it is. Raises NetworkError as `feature_map`."""
    modes = [(part, part.training) for part in encoder.modules()]
    encoder.eval()  # so that batch norm neither counts this image nor wants a second one
    try:
        return tuple(feature_map(encoder, encoder.mean.new_zeros(1, 3, *size)).shape[1:])  # type: ignore[return-value] # of three
    finally:
        for part, training in modes:
            part.training = training


def pool_by_mean(encoder: Encoder) -> None:
    """From now on h is the mean of the feature map: for losses on the map, which train a transformer's class token hardly at all.

    Networks that pool otherwise than by a class token stay as they are.
    """
    backbone: Any = encoder.backbone
    if getattr(backbone, "global_pool", None) == "token":
        backbone.global_pool = "avg"
