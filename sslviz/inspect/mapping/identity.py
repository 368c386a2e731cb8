"""What tells features apart without computing them: the model's weights, the images' pixels, and which features were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import nn

from sslviz.data.base import Array, ImageData
from sslviz.inspect.model import Model

FORMAT = 1
"""Raise it when the same model, images and plan give other features."""
CHUNK = 256
"""Images that are read at a time."""


def mark_of(model: Model, images: ImageData, index: Array, tokens: str, layer: int) -> str:
    """Equal for equal features, in any process and on any day. layer: counted from 0."""
    digest = blake2b(digest_size=16)
    digest.update(repr((FORMAT, model_key(model), tokens, layer, images.image_size)).encode())
    digest.update(index.tobytes())
    pixels = np.asarray(images.images)
    for start in range(0, len(index), CHUNK):
        digest.update(np.ascontiguousarray(pixels[index[start : start + CHUNK]]).data)
    return digest.hexdigest()


def model_key(model: Model) -> tuple[Any, ...]:
    """What decides a model's features: its file's hash, or its weights' where there is no file, and how they were read."""
    about, method = model.describe(), model.loaded.method
    weights = about.sha256 or _hash_of((model.network, *model.heads.values()))
    params = repr(getattr(method, "params", None))
    return (
        weights,
        about.family,
        about.network,
        about.heads,
        about.patch,
        about.image_size,
        about.mean,
        about.std,
        params,
    )


def _hash_of(modules: Iterable[nn.Module]) -> str:
    digest = blake2b(digest_size=16)
    for module in modules:
        for name, tensor in module.state_dict().items():
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
