"""What a map's figure has to say of itself: which model, which images, which features, and how they were laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sslviz.spec.description import Description
from sslviz.spec.mapping import FeaturePlan, LayoutName, LayoutPlan, Tokens
from sslviz.spec.params import describe
from sslviz.spec.quantities import said

TITLES: Mapping[LayoutName, str] = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}

SETTINGS: Mapping[LayoutName, tuple[str, ...]] = {
    "pca": (),
    "umap": ("metric", "neighbours", "min_dist", "epochs"),
    "tsne": ("metric", "perplexity", "epochs"),
}
"""What each layout looks at, beside the seed."""

SAID: Mapping[Tokens, str] = {
    "pooled": "pooled features h", "projected": "projections z", "class": "class tokens", "patch_mean": "means of patch tokens",
    "patches": "patch tokens",
}  # fmt: skip


def map_caption(
    about: Description, features: FeaturePlan, layout: LayoutPlan, shown: int, total: int, step: int = -1
) -> str:
    """One line. shown, total: images on the map and in their split; step: of a live run."""
    half = "training" if features.split == "train" else "validation"
    seeds = f"seed {features.seed}" if features.seed == layout.seed else f"seeds {features.seed} and {layout.seed}"
    images = f"{Path(features.data.source).name}, {shown:,} of {total:,} {half} images"
    return _joined(*_model(about, step), images, _layer(about, features), layout_said(layout), seeds)


def similarity_caption(
    about: Description, features: FeaturePlan, count: int, step: int = -1, *, twice: bool = False
) -> str:
    """The same of a matrix of `count` images. twice: of two views of each."""
    half = "training" if features.split == "train" else "validation"
    views = f", two views each by the run's recipe, seed {features.seed}" if twice else ""
    images = f"{Path(features.data.source).name}, {count:,} {half} images{views}"
    return _joined(*_model(about, step), images, _layer(about, features), "cosine of each pair")


def run_caption(
    about: Description, features: FeaturePlan, layout: LayoutPlan, shown: int, total: int, steps: Sequence[int]
) -> str:
    """The same of the maps of a run after each of `steps`; about: the last of its models."""
    alone = replace(about, sha256="")
    span = f"{len(steps)} snapshots, steps {steps[0]:,} to {steps[-1]:,}" if len(steps) > 1 else f"step {steps[0]:,}"
    return _joined(map_caption(alone, features, layout, shown, total), span)


def _model(about: Description, step: int) -> tuple[str, ...]:
    hashed = f"sha256 {about.short_hash}" if about.sha256 else ""
    return about.title, hashed, f"after {step:,} step{'s' * (step != 1)}" if step >= 0 else ""


def _layer(about: Description, features: FeaturePlan) -> str:
    return f"{SAID[features.tokens]}, layer {features.layer % max(about.depth, 1) + 1} of {about.depth}"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def layout_said(layout: LayoutPlan) -> str:
    """The method with the settings that it looks at: "UMAP (distance cosine, neighbours 15, least distance 0.1)"."""
    labels = {info.name: info.label for info in describe(LayoutPlan)}
    words = [
        f"{labels[name]} {said(getattr(layout, name))}"
        for name in SETTINGS[layout.method]
        if name != "epochs" or layout.epochs
    ]
    return TITLES[layout.method] + (f" ({', '.join(words)})" if words else "")
