"""Made-up answers for the panel alone and for its tests: nothing in them was computed by a network."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.description import Assumption, Description
from sslviz.spec.events import Answered, Array, frozen
from sslviz.spec.inspection import Attend, Attended, Fit, ListModels, MeasureMemory, MemoryNeed, ModelLine, ModelRef

Floats = NDArray[np.float64]
DEPTH, HEADS, SIDE = 12, 6, 224

DESCRIPTION = Description(
    source="dino-small.pth", family="DINO", network="teacher", networks=("teacher", "student"), kind="vit", backbone="ViT-S/16",
    parameters=21_665_664, depth=DEPTH, width=384, heads=HEADS, patch=(16, 16), image_size=(224, 224), channels=3, class_token=True,
    registers=0, positions="learned table, 14 × 14; other sizes: bicubic with DINO's offset of 0.1", mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225), precision="float32", abilities=("attention",), matched=100.0,
    inferred=("12 blocks, 384 wide: from blocks.*.norm1.weight.",),
    assumed=(Assumption("heads", "6", "64 numbers a head, as in every published DINO.", ("3", "6", "12")),),
    unused=("head.mlp.0.weight",), sha256="3f" * 32, bytes=686_000_000, format="torch zip",
)  # fmt: skip
WITH_REGISTERS = dataclasses.replace(DESCRIPTION, family="DINOv2", network="", networks=(), registers=4, patch=(14, 14))
CONVOLUTIONAL = dataclasses.replace(
    DESCRIPTION, family="MoCo v2", network="", networks=(), kind="cnn", backbone="ResNet-50", patch=(32, 32), class_token=False,
    heads=0, depth=4, abilities=(), assumed=(), positions="",
)  # fmt: skip


def answer(request: Attend | MeasureMemory | ListModels, description: Description = DESCRIPTION) -> Answered:
    """What the worker would say."""
    if isinstance(request, MeasureMemory):
        tokens = request.size[0] * request.size[1] // 256
        need = MemoryNeed(
            tokens * 120_000,
            8 * 2**30,
            tokens,
            f"{tokens} tokens need about {tokens * 0.12:.0f} MB of 8 GB that are free.",
        )
        return Answered("", 0, request.request_id, need)
    if isinstance(request, ListModels):
        lines = (ModelLine("dino-shapes", "DINO, small ViT on plain shapes", "Ships with the program.", True),)
        return Answered("", 0, request.request_id, lines)
    return Answered("", 0, request.request_id, attended(request, description))


def attended(request: Attend, description: Description = DESCRIPTION) -> Attended:
    """Two discs on a ground; heads that find them, or noise for random weights."""
    size = request.picture.size if min(request.picture.size) else (SIDE, SIDE)
    patch = description.patch
    grid = (size[0] // patch[0], size[1] // patch[1])
    whole, frame = _whole(request.picture.fit)
    truth = _objects(grid[0] * patch[0], grid[1] * patch[1])
    picture = _painted(truth)
    arrays: dict[str, Array] = {"picture": picture, "whole": whole, "frame": frame, "truth": truth}
    for want in request.wants:
        if want in ("pca", "similarity", "occlusion") or description.kind == "vit":
            arrays |= _MAKERS[want](request, description, grid)
    model = "random weights" if request.model.random else description.title
    caption = f"{model}, sha256 {description.short_hash}, {size[1]} × {size[0]} px, layers {request.layers}, query {request.query}"
    notes = () if description.kind == "vit" else ("A convolutional network has no attention.",)
    return Attended(
        description, grid, patch, {name: frozen(value) for name, value in arrays.items()}, caption, notes, 0.02
    )


def _objects(height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    y, x = y / height, x / width
    first, second = np.hypot(y - 0.35, x - 0.32) < 0.2, (abs(y - 0.66) < 0.16) & (abs(x - 0.68) < 0.16)
    objects: NDArray[np.uint8] = (first * 1 + second * 2).astype(np.uint8)
    return objects


def _painted(objects: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colours = np.array([(120, 128, 116), (196, 62, 52), (48, 96, 190)])
    noise = np.random.default_rng(0).normal(0, 9, (*objects.shape, 1))
    return (colours[objects] + noise).clip(0, 255).astype(np.uint8)


def _whole(fit: Fit) -> tuple[NDArray[np.uint8], Floats]:
    """A picture half as wide again as high."""
    objects = np.pad(_objects(240, 240), ((0, 0), (60, 60)))
    frame = {"crop": (0.0, 1 / 6, 1.0, 5 / 6), "pad": (-0.25, 0.0, 1.25, 1.0), "resize": (0.0, 0.0, 1.0, 1.0)}[fit]
    return _painted(objects), np.array(frame)


def _share(grid: tuple[int, int]) -> NDArray[np.uint8]:
    return _objects(grid[0], grid[1])


def _rng(request: Attend) -> np.random.Generator:
    return np.random.default_rng(7 if request.model.random else 3)


def _maps(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    objects, rng = _share(grid), _rng(request)
    layers, heads = len(request.layers), description.heads
    logits = rng.normal(0, 0.25, (layers, heads, *grid))
    if not request.model.random:
        likes = rng.uniform(-0.5, 3.0, (layers, heads, 3))
        likes[..., 0] = 0.0
        logits += likes[..., objects]
    if request.query >= 0:
        y, x = np.mgrid[: grid[0], : grid[1]]
        row, column = divmod(request.query, grid[1])
        logits += 2.5 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8)
    maps = np.exp(logits)
    maps /= maps.sum((2, 3), keepdims=True) * 1.15
    kept = _kept(maps, request.share)
    inside = objects > 0
    jaccard = (kept & inside).sum((2, 3)) / np.maximum((kept | inside).sum((2, 3)), 1)
    found = {"maps": maps.astype(np.float32), "kept": kept, "jaccard": jaccard, "auroc": 0.5 + jaccard / 2}
    return {**found, "prefix": np.full((layers, heads, description.prefix), 0.15 / max(description.prefix, 1))}


def _kept(maps: Floats, share: float) -> NDArray[np.bool_]:
    flat = maps.reshape(*maps.shape[:2], -1)
    order = np.argsort(-flat, -1)
    mass = np.cumsum(np.take_along_axis(flat, order, -1), -1) / flat.sum(-1, keepdims=True)
    kept = np.zeros(flat.shape, bool)
    np.put_along_axis(kept, order, mass <= share, -1)
    return kept.reshape(maps.shape)


def _overview(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    rng, depth = _rng(request), np.linspace(0, 1, description.depth)[:, None]
    spread = rng.random((description.depth, description.heads))
    return {"entropy": 2.0 + 2.5 * spread + (1 - depth), "distance": 20 + 90 * depth * spread + 6 * grid[0] * spread}


def _rollout(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    values = _maps(request, description, grid)["maps"].mean((0, 1))
    return {"rollout": values / values.sum()}


def _pca(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    del description
    objects, rng = _share(grid), _rng(request)
    colours = np.array([(40, 60, 140), (220, 120, 60), (90, 200, 90)])[objects] + rng.normal(0, 14, (*grid, 3))
    first = np.where(objects > 0, 1.0, -0.8) + rng.normal(0, 0.2, grid)
    return {"pca": colours.clip(0, 255).astype(np.uint8), "pca_first": first, "pca_kept": first > 0}


def _similarity(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    del description
    objects = _share(grid)
    row, column = divmod(max(request.query, 0), grid[1])
    same = objects == objects[min(row, grid[0] - 1), column]
    return {"similarity": np.where(same, 0.85, 0.2) + _rng(request).normal(0, 0.05, grid)}


def _norms(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    rng, count = _rng(request), grid[0] * grid[1]
    lengths = (
        10
        + np.arange(description.depth)[:, None] * 2.0
        + rng.normal(0, 1, (description.depth, description.prefix + count))
    )
    if not description.registers:
        lengths[description.depth // 2 :, description.prefix + rng.integers(0, count, 5)] *= 6
    return {"norms": lengths}


def _masking(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    del description, grid
    share = np.linspace(0, 1, 11)
    return {
        "moved": 1 - 0.9 * share ** (0.5 if not request.model.random else 1.0),
        "moved_random": 1 - 0.8 * share**1.2,
    }


def _occlusion(request: Attend, description: Description, grid: tuple[int, int]) -> dict[str, Array]:
    del description
    rows, columns = max(grid[0] // 2, 2), max(grid[1] // 2, 2)
    return {"occlusion": (_objects(rows, columns) > 0) * 0.3 + _rng(request).random((rows, columns)) * 0.05}


_MAKERS = {"maps": _maps, "overview": _overview, "rollout": _rollout, "pca": _pca, "similarity": _similarity, "norms": _norms,
           "masks": _masking, "occlusion": _occlusion}  # fmt: skip
MODEL = ModelRef("dino-small.pth")
