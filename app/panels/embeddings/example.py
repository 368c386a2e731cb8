"""Made-up answers for the panel alone and for its tests: nothing in them was computed by a network."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Answered, frozen
from sslviz.spec.inspection import DescribeModel, ModelRef
from sslviz.spec.mapping import (
    CLUSTER,
    KNN,
    OWN_PATCH,
    Coloured,
    ColourPoints,
    FeaturePlan,
    FindNeighbours,
    LayoutPlan,
    MapFeatures,
    Mapped,
    MappedRun,
    MapRun,
    MapScores,
    Neighbours,
)

Array = NDArray[Any]
CLASSES = ("disc", "square", "triangle", "ring", "star", "cross")
TOTAL, SIDE, GRID = 2_000, 48, (6, 6)
STEPS = (0, 40, 100, 220, 400)
DATA = DataConfig(source="shapes", image_size=64, dials={"preset": "plain", "count": 20_000})
MODEL = ModelRef("dino-small.pth")
DESCRIPTION = Description(
    source="dino-small.pth", family="DINO", network="teacher", networks=("teacher", "student"), kind="vit", backbone="ViT-S/16",
    parameters=21_665_664, depth=12, width=384, heads=6, patch=(16, 16), image_size=(224, 224), channels=3, class_token=True,
    registers=0, positions="learned table", mean=(0.5,) * 3, std=(0.2,) * 3, precision="float32", abilities=("attention",),
    matched=100.0, sha256="3f" * 32, bytes=686_000_000, format="torch zip", data=DATA,
)  # fmt: skip
NOISE = np.random.default_rng(0).normal(0, 1, (50_021, 2))
SCORES = MapScores(0.94, 0.41, 15, 2_000)
Question = MapFeatures | MapRun | ColourPoints | FindNeighbours | FetchImages | DescribeModel


def answer(request: Question, description: Description = DESCRIPTION) -> Answered:
    """What the worker would say."""
    payload: object
    match request:
        case MapFeatures():
            payload = mapped(request.features, request.layout, description)
        case MapRun():
            payload = mapped_run(request.features, request.layout, description)
        case ColourPoints():
            payload = coloured(request)
        case FindNeighbours():
            payload = neighbours(request)
        case FetchImages():
            payload = {"images": frozen(np.stack([picture(index) for index in request.indices]))}
        case DescribeModel():
            payload = description
    return Answered("", 0, request.request_id, payload)


def label_of(index: Array) -> Array:
    """The class of each image."""
    return (index * 7919 % 104_729) % len(CLASSES)


def images_of(plan: FeaturePlan) -> Array:
    """The images that a plan means, in order."""
    if plan.chosen:
        return np.array(plan.chosen)
    count = min(plan.images or TOTAL, TOTAL)
    return np.sort(np.random.default_rng(plan.seed).permutation(TOTAL)[:count])


def picture(index: int) -> Array:
    """A shape's stand-in: a coloured square on a grey ground, its hue by class."""
    rng = np.random.default_rng(index)
    hues = np.array([(214, 64, 52), (52, 120, 200), (60, 160, 90), (200, 150, 40), (150, 80, 170), (70, 170, 170)])
    pixels = np.full((SIDE, SIDE, 3), 128) + rng.normal(0, 12, (SIDE, SIDE, 1))
    top, left = rng.integers(6, 20, 2)
    pixels[top : top + 22, left : left + 22] = hues[label_of(np.array(index))] + rng.normal(0, 10, 3)
    return pixels.clip(0, 255).astype(np.uint8)


def _points(index: Array, patch: Array, spread: float, seed: int) -> Array:
    label = label_of(index)
    angle = 2 * np.pi * label / len(CLASSES) + seed
    middle = np.column_stack([np.cos(angle), np.sin(angle)])
    noise = NOISE[(index * 64 + patch + 1) % len(NOISE)]
    points: Array = (middle * 3 + noise * spread).astype(np.float32)
    return points


def _each(plan: FeaturePlan) -> tuple[Array, Array]:
    """Image and patch of each point."""
    images = images_of(plan)
    if plan.tokens != "patches":
        return images, np.full(len(images), OWN_PATCH, np.int32)
    patches = GRID[0] * GRID[1]
    return np.repeat(images, patches), np.tile(np.arange(patches, dtype=np.int32), len(images))


def mapped(plan: FeaturePlan, layout: LayoutPlan, description: Description = DESCRIPTION) -> Mapped:
    """Heaps by class, wider in PCA than in UMAP."""
    index, patch = _each(plan)
    pca = layout.method == "pca"
    kept = (0.31, 0.17) if pca else ()
    caption = f"{description.title}, sha256 {description.short_hash}, {plan.data.source} {plan.split}, layer {plan.layer}, {layout.method}"
    return Mapped(
        description, frozen(_points(index, patch, 1.1 if pca else 0.5, layout.seed)), frozen(index.astype(np.int64)), frozen(patch),
        frozen(label_of(index).astype(np.int64)), CLASSES, ("hue", "size"), GRID, SCORES, kept,
        TOTAL, 0, repr(plan), caption, (), 0.0 if pca else 3.1, step=100 if plan.model.run_id else -1,
    )  # fmt: skip


def mapped_run(plan: FeaturePlan, layout: LayoutPlan, description: Description = DESCRIPTION) -> MappedRun:
    """The heaps part from step to step."""
    index, patch = _each(plan)
    frames = np.stack([_points(index, patch, 2.4 - 0.4 * k, 0) for k in range(len(STEPS))])
    label = frozen(label_of(index).astype(np.int64))
    scores = tuple(dataclasses.replace(SCORES, trustworthiness=0.7 + 0.05 * k) for k in range(len(STEPS)))
    caption = f"{description.title}, {len(STEPS)} snapshots, {layout.method}"
    return MappedRun(STEPS, frozen(frames), frozen(index), frozen(patch), label, CLASSES, scores, caption, (), 6.0)


def coloured(request: ColourPoints) -> Coloured:
    """Groups, hits and misses, or a quantity."""
    index, _ = _each(request.features)
    rng, mark = np.random.default_rng(3), repr(request.features)
    if request.by == CLUSTER:
        names = tuple(f"group {k + 1}" for k in range(request.clusters))
        return Coloured(request.by, frozen((label_of(index) % request.clusters).astype(np.float32)), names,
                        f"k-means, {request.clusters} groups", "Groups that k-means finds in the features, seeded; the largest is group 1.", mark)  # fmt: skip
    if request.by == KNN:
        right = (rng.random(len(index)) < 0.8).astype(np.float32)
        return Coloured(
            request.by,
            frozen(right),
            ("wrong", "right"),
            f"kNN, k {request.k}",
            "Whether its neighbours vote for its class.",
            mark,
        )
    values = frozen(rng.gamma(2.0, 0.2, len(index)).astype(np.float32))
    return Coloured(request.by, values, (), request.by, "How hard the image is for the model's own task.", mark)


def neighbours(request: FindNeighbours) -> Neighbours:
    """Images of the same class, further and further."""
    index, patch = _each(request.features)
    same = np.flatnonzero(
        (label_of(index) == label_of(np.array(request.index))) & ~((index == request.index) & (patch == request.patch))
    )
    rows = same[: request.count]
    distance = np.linspace(0.02, 0.3, len(rows)).astype(np.float32)
    return Neighbours(frozen(index[rows].astype(np.int64)), frozen(patch[rows]), frozen(distance),
                      frozen(label_of(index[rows]).astype(np.int64)), repr(request.features))  # fmt: skip
