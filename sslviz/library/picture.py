"""picture.png: what a model is, at a glance. Heads over scenes, what was painted into hidden patches, or who its neighbours are."""

from __future__ import annotations

import copy
import io

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from PIL import Image
from torch import Tensor

from sslviz.data.base import Array
from sslviz.evaluate import Subject
from sslviz.evaluate.images import CHUNK, resized
from sslviz.inspect.attention import class_attention
from sslviz.inspect.errors import InspectError
from sslviz.inspect.own.model import model_of
from sslviz.library.errors import LibraryError
from sslviz.library.measuring import looked_at
from sslviz.methods.mae import MAE
from sslviz.metrics.attention import jaccard, mass_mask, to_pixels
from sslviz.nn.sizes import patch_size

NAME = "picture.png"
SIDE = 192
"""px."""
LARGEST = 30_000
"""Bytes."""
GAP = (40, 40, 44)
RATIO = 0.75
"""Of patches that are hidden."""
MASS = 0.8
"""Of a map's attention, that covers what it points at."""
BRIGHT = 0.98
"""Places beyond this quantile of a map are all as bright: one patch does not outshine the rest."""
ROWS = 4
"""Queries of a strip of neighbours, with three neighbours each."""
AMONG = 2_000
"""Held-out images that neighbours are looked for among."""
_HEAT = np.array([(0, 0, 4), (66, 10, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164)], np.float64)
"""The colours of attention from none to most, as the window's: matplotlib's inferno at even distances."""


@torch.inference_mode()
def picture_of(subject: Subject, *, collapsed: bool = False) -> bytes:
    """A PNG of SIDE px square. collapsed: its neighbours tell more than its maps, whatever its network is."""
    if isinstance(subject.method, MAE) and not collapsed:
        return _png(_painted(subject))
    if not collapsed:
        try:
            return _png(_heads(subject))
        except InspectError:
            pass  # no attention to look at
    return _png(_neighbours(subject))


def _heads(subject: Subject) -> Array:
    """Two held-out scenes, each beside the map of a head. Raises InspectError for networks without attention."""
    images = _held_out(subject, 2 * ROWS)
    encoder = looked_at(subject.method)
    (maps,) = class_attention(encoder, images)  # (n, heads, rows, columns)
    patch = patch_size(encoder.backbone)[0]
    wide = to_pixels(maps, patch)  # (n, heads, H, W)
    scores = _how_telling(subject, maps, wide)  # (n, heads)
    best, head = scores.max(1)
    order = [int(k) for k in best.argsort(descending=True)[:2]]
    tiles = [tile for k in order for tile in (_pixels(images[k]), _heat(wide[k, head[k]]))]
    return _grid(tiles, 2)


def _how_telling(subject: Subject, maps: Tensor, wide: Tensor) -> Tensor:
    """Of each head on each picture (n, heads): how well it covers the objects where masks are known, else how far it is from even."""
    masks = subject.splits.val.masks
    if masks is None:
        flat = maps.flatten(2)
        return flat.std(-1) / flat.mean(-1).clamp_min(1e-12)
    truth = torch.from_numpy(np.array(masks[: len(maps)])).flatten(1).bool()[:, None].to(maps.device)
    found = mass_mask(maps.flatten(2), MASS).reshape(maps.shape)
    return jaccard(to_pixels(found, wide.shape[-1] // maps.shape[-1]).flatten(2), truth)


def _painted(subject: Subject) -> Array:
    """Three held-out images: what was visible, what was painted, the original."""
    images = _at_size(_held_out(subject, 3), subject.size)
    model = model_of(copy.deepcopy(subject.method), subject.config)
    found = model.reconstruct(images, ratio=RATIO, seed=0)
    shown = zip(images, model.show(found.masked), model.show(found.pasted), strict=True)
    return _grid(
        [tile for image, masked, pasted in shown for tile in (_pixels(masked), _pixels(pasted), _pixels(image))], 3
    )


def _neighbours(subject: Subject) -> Array:
    """Held-out images of different classes, and to the right of each those that the features say are most alike."""
    images = _held_out(subject, AMONG)
    encoder = looked_at(subject.method)
    h = F.normalize(
        torch.cat([encoder(_at_size(chunk, subject.size)).float() for chunk in torch.split(images, CHUNK)]), dim=1
    )
    tiles: list[Array] = []
    for query in _of_different_classes(subject, len(images)):
        near = (h @ h[query]).index_fill(0, torch.tensor([query], device=h.device), -torch.inf).topk(ROWS - 1).indices
        tiles += [_framed(_pixels(images[query])), *(_pixels(images[int(k)]) for k in near)]
    return _grid(tiles, ROWS)


def _of_different_classes(subject: Subject, count: int) -> list[int]:
    """The first images of as many classes as there are rows; just the first ones where they have no labels."""
    labels = subject.splits.val.labels
    if labels is None:
        return list(range(ROWS))
    _, first = np.unique(np.asarray(labels[:count]), return_index=True)
    wanted = [int(k) for k in np.sort(first)[:ROWS]]
    return [*wanted, *(k for k in range(count) if k not in wanted)][:ROWS]


def _held_out(subject: Subject, count: int) -> Tensor:
    """The first held-out images, (n, 3, H, W) uint8 on the subject's device."""
    return torch.from_numpy(np.array(subject.splits.val.images[:count])).to(subject.device)


def _at_size(images: Tensor, size: tuple[int, int]) -> Tensor:
    return images if images.shape[-2:] == size else resized(images, size)


def _pixels(image: Tensor) -> Array:
    """(3, H, W) uint8, or floats in [0, 1] -> (H, W, 3) uint8."""
    values = image if image.dtype == torch.uint8 else (image.clamp(0, 1) * 255).round().to(torch.uint8)
    found: Array = values.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()
    return found


def _heat(values: Tensor) -> Array:
    """A map (H, W) from its least to about its most, in colours, (H, W, 3) uint8."""
    v = values.double().cpu().numpy()
    top = max(float(np.quantile(v, BRIGHT)) - float(v.min()), 1e-12)
    share = ((v - v.min()) / top).clip(0, 1)
    at = np.linspace(0, 1, len(_HEAT))
    return np.stack([np.interp(share, at, channel) for channel in _HEAT.T], axis=-1).round().astype(np.uint8)


def _framed(tile: Array) -> Array:
    """A query stands out by a white edge."""
    framed = tile.copy()
    edge = max(1, tile.shape[0] // 24)
    framed[:edge], framed[-edge:], framed[:, :edge], framed[:, -edge:] = 255, 255, 255, 255
    return framed


def _grid(tiles: list[Array], columns: int) -> Array:
    """Tiles in rows with narrow gaps, enlarged to fill the picture."""
    side = SIDE // columns - columns + 1  # gaps of `columns` px
    board = np.full((SIDE, SIDE, 3), GAP, np.uint8)
    for k, tile in enumerate(tiles):
        top, left = (place * (side + columns) for place in divmod(k, columns))
        enlarged = Image.fromarray(tile).resize((side, side), Image.Resampling.BICUBIC)
        board[top : top + side, left : left + side] = np.asarray(enlarged)
    return board


def _png(picture: Array) -> bytes:
    """With as many colours as fit."""
    for colours in (256, 128, 64, 32, 16):
        out = io.BytesIO()
        Image.fromarray(picture).quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            return out.getvalue()
    raise LibraryError("The model's picture is too large.", "Choose data with plainer images.")
