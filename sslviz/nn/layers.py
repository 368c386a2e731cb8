"""Features from any layer of an encoder: h, or a block of the backbone by the name it has in the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.feature_map import feature_map

H = "h"
"""The encoder's output."""


def layer_names(encoder: Encoder) -> tuple[str, ...]:
    """The blocks of the backbone in their order, such as "stem", "stages.0", "blocks.3"; "h" comes after them."""
    return tuple(_blocks(encoder.backbone))


def _blocks(backbone: nn.Module) -> Iterator[str]:
    for name, child in backbone.named_children():
        inner = [part for part in child.children() if any(True for _ in part.children())]
        if isinstance(child, nn.Sequential | nn.ModuleList) and inner:
            yield from (f"{name}.{k}" for k, _ in child.named_children())
        elif any(True for _ in child.parameters()):
            yield name


def require_layers(encoder: Encoder, names: Sequence[str]) -> None:
    """Raises NetworkError for a name that is neither "h" nor a part of the backbone."""
    parts = {name for name, _ in encoder.backbone.named_modules() if name}
    for name in names:
        if name != H and name not in parts:
            offered = ", ".join((*layer_names(encoder), H))
            raise NetworkError(f"The backbone has no layer called {name!r}.", f"There are: {offered}.", field="layers")


def layer_features(encoder: Encoder, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """One vector an image from each layer, float32. images (B, 3, H, W) -> name: (B, F).

    A feature map is averaged over its places; of a transformer's tokens the class token is taken, or their mean where there is none.
    """
    with _caught(encoder, names) as caught:
        h = encoder(images)
    prefix = prefix_tokens(encoder)
    pooled = {name: _pooled(_as_tensor(name, out), prefix) for name, out in caught.items()}
    return {name: (h if name == H else pooled[name]).float() for name in names}


def layer_maps(encoder: Encoder, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """The feature map of each layer that has one, float32. images (B, 3, H, W) -> name: (B, F, h, w). "h": the map before pooling.

    Class and register tokens are left out.
    """
    with _caught(encoder, names) as caught:
        encoder(images)
    shape = images.shape[-2] / images.shape[-1]
    maps = {name: _map(_as_tensor(name, out), prefix_tokens(encoder), shape) for name, out in caught.items()}
    if H in names:
        with suppress(NetworkError):  # a network without a map
            maps[H] = feature_map(encoder, images)
    return {name: places.float() for name, places in maps.items() if places is not None}


def prefix_tokens(encoder: Encoder) -> int:
    """Class and register tokens before the patches of a transformer; 0 for other networks."""
    return int(getattr(encoder.backbone, "num_prefix_tokens", 0))


@contextmanager
def _caught(encoder: Encoder, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """What the named parts give while the block runs. The hooks are gone afterwards, whatever happens."""
    require_layers(encoder, names)
    caught: dict[str, Any] = {}

    def catcher(name: str) -> Any:
        return lambda _module, _inputs, out: caught.__setitem__(name, out.clone() if isinstance(out, Tensor) else out)

    parts = dict(encoder.backbone.named_modules())
    hooks = [parts[name].register_forward_hook(catcher(name)) for name in names if name != H]
    try:
        yield caught
    finally:
        for hook in hooks:
            hook.remove()


def _as_tensor(name: str, out: Any) -> Tensor:
    if not isinstance(out, torch.Tensor) or out.ndim not in (2, 3, 4):
        raise NetworkError(f"The layer {name!r} gives no features of images.", "Choose a block.", field="layers")
    return out


def _pooled(out: Tensor, prefix: int) -> Tensor:
    if out.ndim == 4:  # (B, F, h, w)
        return out.mean((2, 3))
    if out.ndim == 3:  # (B, T, F)
        return out[:, 0] if prefix else out.mean(1)
    return out


def _map(out: Tensor, prefix: int, shape: float) -> Tensor | None:
    """(B, F, h, w) of a map or of tokens that fill a grid of the images' `shape` (height / width); None without places."""
    if out.ndim == 4:
        return out
    if out.ndim == 2:
        return None
    patches = out[:, prefix:] if out.shape[1] > prefix else out
    height = round((patches.shape[1] * shape) ** 0.5)
    if not height or patches.shape[1] % height:
        return None
    return patches.transpose(1, 2).reshape(len(patches), out.shape[2], height, -1)
