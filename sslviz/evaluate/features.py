"""Features of many images from several layers in one pass each. Kept on the CPU: probes are small."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.evaluate.checks import Z
from sslviz.evaluate.images import Pool, Watch
from sslviz.nn.encoder import Encoder
from sslviz.nn.layers import H, layer_features, layer_maps
from sslviz.training.measure import raw_pixels

PIXEL_LAYER = "pixels"
SMALL_PIXELS, SMALL_SIDE = "pixels 16 × 16", 16
"""What linear probes get of the pixels: 768 numbers instead of 3,072."""
Project = Callable[[Tensor], Tensor]
Features = Mapping[str, Tensor]


def network_features(
    encoder: Encoder, project: Project | None, pool: Pool, layers: Sequence[str], watch: Watch
) -> Features:
    """Layer -> (n, F) float32. Layers that the network does not have (z without a projector) are left out."""
    own = [name for name in layers if name != Z]
    with_z = Z in layers and project is not None
    parts: dict[str, list[Tensor]] = {}
    with torch.inference_mode():
        for images in pool.chunks(watch):
            found = layer_features(encoder, images, [*own, *([H] if with_z and H not in own else [])])
            if with_z and project is not None:
                found[Z] = project(found[H]).float()
            for name in layers:
                if name in found:
                    parts.setdefault(name, []).append(found[name].cpu())
    return {name: torch.cat(chunks).clone() for name, chunks in parts.items()}


def pixel_features(encoder: Encoder, pool: Pool, watch: Watch) -> Features:
    """Normalised pixels, averaged to at most 32 x 32 as the run's own baseline has them, and to at most 16 x 16."""
    parts: dict[str, list[Tensor]] = {PIXEL_LAYER: [], SMALL_PIXELS: []}
    with torch.inference_mode():
        for images in pool.chunks(watch):
            x = encoder.normalise(images)
            small = F.adaptive_avg_pool2d(x, SMALL_SIDE) if max(x.shape[2:]) > SMALL_SIDE else x
            parts[PIXEL_LAYER].append(raw_pixels(x).cpu())
            parts[SMALL_PIXELS].append(small.flatten(1).cpu())
    return {name: torch.cat(chunks).clone() for name, chunks in parts.items()}


def network_maps(encoder: Encoder, pool: Pool, layers: Sequence[str], watch: Watch) -> Features:
    """Layer -> (n, F, h, w) float32 of the layers that have places."""
    parts: dict[str, list[Tensor]] = {}
    with torch.inference_mode():
        for images in pool.chunks(watch):
            for name, places in layer_maps(encoder, images, [name for name in layers if name != Z]).items():
                parts.setdefault(name, []).append(places.cpu())
    return {name: torch.cat(chunks).clone() for name, chunks in parts.items()}


def pixel_maps(encoder: Encoder, pool: Pool, grid: tuple[int, int], watch: Watch) -> Features:
    """The pixels of each patch of a grid as its features: (n, 3 p q, h, w)."""
    parts = []
    with torch.inference_mode():
        for images in pool.chunks(watch):
            x = encoder.normalise(images)
            p, q = max(1, x.shape[2] // grid[0]), max(1, x.shape[3] // grid[1])
            whole = x[:, :, : p * grid[0], : q * grid[1]].contiguous()
            patches = F.unfold(whole, (p, q), stride=(p, q))  # (n, 3 p q, h w)
            parts.append(patches.reshape(*patches.shape[:2], *grid).cpu())
    return {PIXEL_LAYER: torch.cat(parts).clone()}
