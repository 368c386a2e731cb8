"""What can be chosen for a map: names for people, what each parameter does, and which of them matter now. Headless."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from sslviz.spec.description import Description
from sslviz.spec.mapping import CLUSTER, KNN, LABEL, LOSS, STEP, LayoutName, LayoutPlan, Tokens
from sslviz.spec.params import ParamInfo, Scalar, describe

TOKENS: Mapping[str, Tokens] = {
    "image (h)": "pooled", "projected (z)": "projected", "class token": "class", "mean of patches": "patch_mean",
    "patches": "patches",
}  # fmt: skip
METHODS: Mapping[str, LayoutName] = {"PCA": "pca", "UMAP": "umap", "t-SNE": "tsne"}
SPLITS = {"held-out": "val", "training": "train"}
PICTURE = "picture"
"""Which picture a patch is from: known without asking."""
COLOURS = {"label": LABEL, "k-means group": CLUSTER, "loss": LOSS, "kNN right or wrong": KNN, "snapshot": STEP}
"""Names of what points are coloured by; of a factor it is the factor's own."""
HERE = (LABEL, PICTURE, STEP)
"""Colours that need no question."""

PATCHES = 6
"""Pictures whose patches are laid out, unless the user says otherwise."""

_LAYOUT = {info.name: info for info in describe(LayoutPlan)}
OF_METHOD: Mapping[LayoutName, tuple[str, ...]] = {
    "pca": (), "umap": ("metric", "neighbours", "min_dist", "epochs", "seed"), "tsne": ("metric", "perplexity", "epochs", "seed"),
}  # fmt: skip
"""The parameters that each layout has."""

_OWN = (
    ParamInfo("split", "choice", "held-out", "part", choices=tuple(SPLITS),
              up="held-out images say more of new ones; training images are those that the model has seen"),
    ParamInfo("images", "int", 2_000, "images", lo=0, hi=10_000_000, up="a fuller picture, slower", down="0: all of them"),
    ParamInfo("pictures", "int", PATCHES, "pictures", lo=1, hi=32, up="more patches, slower"),
    ParamInfo("sample_seed", "int", 0, "drawn by seed", lo=0, hi=2**31 - 1, up="other images of the same classes"),
    ParamInfo("tokens", "choice", "image (h)", "features", choices=tuple(TOKENS),
              up="h: what is kept of the whole image. z: what the loss sees. Patches: each place of a few pictures by itself."),
    ParamInfo("layer", "int", 1, "after layer", lo=1, hi=1, up="nearer to the task", down="nearer to the pixels"),
    ParamInfo("method", "choice", "UMAP", "layout", choices=tuple(METHODS),
              up="PCA is there at once; UMAP and t-SNE keep neighbourhoods and take seconds to minutes"),
    ParamInfo("colour", "choice", "label", "colour by", choices=tuple(COLOURS), up="colours never move a point"),
    ParamInfo("clusters", "int", 10, "groups", lo=2, hi=100, symbol="k", up="finer groups"),
    ParamInfo("k", "int", 20, "voting neighbours", lo=1, hi=1_000, symbol="k", up="a steadier vote, blind to small groups"),
    ParamInfo("every", "int", 0, "anew every", lo=0, hi=3_600, unit="s", up="costs the training less", down="0: when you ask for it"),
)  # fmt: skip
INFOS: Mapping[str, ParamInfo] = {
    info.name: info for info in (*_OWN, *(_LAYOUT[name] for name in _LAYOUT if name != "method"))
}
"""Every parameter of the view by name."""


def defaults() -> dict[str, Scalar]:
    """The values that the view starts with."""
    return {name: info.default for name, info in INFOS.items()}


SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Images": ("split", "images", "pictures", "sample_seed"), "Features": ("tokens", "layer"),
    "Map": ("method", *(name for name in _LAYOUT if name != "method")), "Colours": ("colour", "clusters", "k"),
    "While it trains": ("every",),
}  # fmt: skip
"""Every parameter, in the order of the form."""


def shown(values: Mapping[str, Scalar], description: Description | None) -> frozenset[str]:
    """The parameters that matter now: a projection has no layers, PCA nothing to choose."""
    more = {CLUSTER: ("clusters",), KNN: ("k",)}.get(by(values), ())
    layered = values["tokens"] != "projected (z)" and description is not None and description.depth > 1
    return frozenset((
        "split", "pictures" if values["tokens"] == "patches" else "images", "sample_seed", "tokens", *(("layer",) if layered else ()),
        *map_params(values), "colour", *more, "every",
    ))  # fmt: skip


def map_params(values: Mapping[str, Scalar]) -> tuple[str, ...]:
    """How they are laid out."""
    return ("method", *OF_METHOD[METHODS[str(values["method"])]])


def by(values: Mapping[str, Scalar]) -> str:
    """What colours mean, in the words of a request: a factor is called by its own name."""
    word = str(values["colour"])
    return COLOURS.get(word, word)


def info_for(
    name: str, values: Mapping[str, Scalar], description: Description | None, factors: tuple[str, ...]
) -> ParamInfo:
    """A parameter as it is for this model and this data."""
    info = INFOS[name]
    if name == "layer" and description is not None:
        return dataclasses.replace(info, hi=max(description.depth, 1), default=max(description.depth, 1))
    if name == "tokens":
        return dataclasses.replace(info, choices=tokens_of(description))
    if name == "colour":
        own = (PICTURE,) if values["tokens"] == "patches" else ()
        return dataclasses.replace(info, choices=(*own, *COLOURS, *(f for f in factors if f not in COLOURS)))
    return info


def tokens_of(description: Description | None) -> tuple[str, ...]:
    """Features that such a network can have; whether there is a projection is known once it is asked for."""
    lacks = () if description is None or description.class_token else ("class token",)
    return tuple(word for word in TOKENS if word not in lacks)


def effects(values: Mapping[str, Scalar]) -> str:
    """A line for each parameter of the layout: what raising and lowering it do."""
    lines = []
    for name in map_params(values)[1:]:
        info = INFOS[name]
        ways = [f"more: {info.up}" if info.up and info.kind != "choice" else info.up, _less(info)]
        if said := "; ".join(way for way in ways if way):
            lines.append(f"{info.label} – {said}.")
    return "\n".join(lines)


def _less(info: ParamInfo) -> str:
    return info.down if not info.down or info.down[0].isdigit() else f"less: {info.down}"
