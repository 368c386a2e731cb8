"""From an answer to what the widgets draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.widgets.map_tile import MapTile
from sslviz.spec.inspection import Attend, Attended

OUTLIER = 4.0
"""Patches so many times longer than the median one are spoken of."""


@dataclass(frozen=True, slots=True)
class Maps:
    """What a mosaic is given."""

    rows: list[list[MapTile]]
    names: tuple[str, ...] = ()
    unit: str = ""
    percent: bool = False
    queried: bool = True  # whether the query's patch is marked


@dataclass(frozen=True, slots=True)
class Lines:
    """What a plot is given: values (S, N) over x (N,)."""

    values: NDArray[Any]
    x: NDArray[Any]
    series: tuple[str, ...] = ()


def layers_of(request: Attend, depth: int) -> list[int]:
    """The layers that were asked for, counted from 0."""
    return [layer % depth if depth else layer for layer in request.layers]


def heads(answer: Attended, request: Attend, control: Attended | None) -> Maps:
    """One tile a head and their mean, a row a layer; `control`: the same with random weights."""
    maps = answer.arrays["maps"]
    names = tuple(f"layer {layer + 1}" for layer in layers_of(request, answer.description.depth))
    best = best_head(answer)
    rows = []
    for at, layer in enumerate(maps):
        tiles = [MapTile(f"head {k + 1}", head, _of(answer, "kept", at, k), score(answer, control, at, k), (at, k) == best)
                 for k, head in enumerate(layer)]  # fmt: skip
        rows.append([*tiles, MapTile("mean", layer.mean(0))])
    return Maps(rows, names, "of what is read", percent=True)


def _of(answer: Attended, name: str, layer: int, head: int) -> Any:
    values = answer.arrays.get(name)
    return values[layer, head] if values is not None and values.ndim >= 2 and len(values) > layer else None


def best_head(answer: Attended, measure: str = "jaccard") -> tuple[int, int] | None:
    """Layer and head whose attention meets the objects best by "jaccard" or "auroc"; None without a mask."""
    values = answer.arrays.get(measure)
    if values is None or not np.isfinite(values).any():
        return None
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return int(row), int(column)


def score(answer: Attended, control: Attended | None, layer: int, head: int) -> tuple[str, ...]:
    """How well a head finds the objects, beside the same head with random weights; long to short, nothing without a mask."""
    iou, area = _of(answer, "jaccard", layer, head), _of(answer, "auroc", layer, head)
    if iou is None or not np.isfinite(iou):
        return ()
    chance = _of(control, "jaccard", layer, head) if control else None
    if control is None or chance is None or not np.isfinite(chance):
        return f"IoU {iou:.2f}, AUROC {area:.2f}", f"IoU {iou:.2f}", f"{iou:.2f}"
    by_chance = _of(control, "auroc", layer, head)
    return (f"IoU {iou:.2f}, AUROC {area:.2f} (random {chance:.2f}, {by_chance:.2f})", f"IoU {iou:.2f} (random {chance:.2f})",
            f"{iou:.2f} (random {chance:.2f})", f"{iou:.2f} ({chance:.2f})", f"{iou:.2f}")  # fmt: skip


def one_map(answer: Attended, name: str) -> Maps:
    """Rollout, similarity, occlusion."""
    unit = {"rollout": "", "similarity": "cosine", "occlusion": "1 − cosine:"}[name]
    return Maps([[MapTile("", answer.arrays[name])]], unit=unit, percent=name == "rollout", queried=name != "occlusion")


def pca(answer: Attended, border: float, *, foreground: bool) -> Maps:
    """Components as colours, an outline where the first one is above `border`; with `foreground` the rest is grey."""
    colours = np.array(answer.arrays["pca"])
    first = answer.arrays.get("pca_first")
    kept = first > border if first is not None else answer.arrays.get("pca_kept")
    if foreground and kept is not None:
        colours[~kept] = 128
    return Maps([[MapTile("", colours, kept)]])


def norms(answer: Attended, request: Attend) -> Maps:
    """The lengths of the patches after the chosen layers."""
    all_layers = answer.arrays["norms"][:, answer.description.prefix :]
    chosen = [layer for layer in layers_of(request, len(all_layers)) if layer < len(all_layers)]
    tiles = [MapTile(f"layer {layer + 1}", all_layers[layer].reshape(answer.grid)) for layer in chosen]
    return Maps([tiles], queried=False)


NORM_SERIES = ("patches: middle", "patches: longest", "class token", "registers: mean")


def norm_lines(answer: Attended) -> Lines:
    """Lines over the layers, of the kinds of tokens that the network has."""
    found, description = answer.arrays["norms"], answer.description
    patches, first = found[:, description.prefix :], int(description.class_token)
    lines = {NORM_SERIES[0]: np.median(patches, 1), NORM_SERIES[1]: patches.max(1)}
    if description.class_token:
        lines[NORM_SERIES[2]] = found[:, 0]
    if description.registers:
        lines[NORM_SERIES[3]] = found[:, first : description.prefix].mean(1)
    return Lines(np.stack(list(lines.values())), np.arange(1, len(found) + 1), tuple(lines))


MASKING_SERIES = ("most attended first", "at random")


def masking_lines(answer: Attended) -> Lines:
    """The class feature's cosine with itself, over the share of the patches that is grey, in percent."""
    moved = np.stack([answer.arrays["moved"], answer.arrays["moved_random"]])
    return Lines(moved, np.linspace(0, 100, moved.shape[1]))


def sentence(mode: str, answer: Attended, request: Attend, control: Attended | None) -> str:
    """What is to be seen, in words and numbers; "" where only the picture tells."""
    say = {"heads": _say_heads, "norms": _say_norms, "masking": _say_masking, "layers": _say_layers}.get(mode)
    return say(answer, request, control) if say else ""


MEASURES = {"jaccard": "IoU", "auroc": "AUROC"}


def _say_heads(answer: Attended, request: Attend, control: Attended | None) -> str:
    layers = layers_of(request, answer.description.depth)
    found, chance = [], []
    for measure, name in MEASURES.items():
        best = best_head(answer, measure)
        if best is None:
            return ""
        where = f"layer {layers[best[0]] + 1}, " if len(layers) > 1 else ""
        found.append(f"{name} {answer.arrays[measure][best]:.2f} ({where}head {best[1] + 1})")
        rival = best_head(control, measure) if control else None
        chance += [f"{control.arrays[measure][rival]:.2f}"] if control and rival else []
    beside = f"; random weights at best {' and '.join(chance)}" if chance else ""
    return f"Best for the objects: {', '.join(found)}{beside}."


def _say_norms(answer: Attended, request: Attend, control: Attended | None) -> str:
    del request, control
    lines = norm_lines(answer).values
    ratio = lines[1] / np.maximum(lines[0], 1e-12)
    worst = int(np.nanargmax(ratio))
    words = f"After layer {worst + 1} the longest patch is {ratio[worst]:.1f} times as long as the middle one"
    if ratio[worst] < OUTLIER:
        return words + ": no outliers."
    registers = answer.description.registers
    return words + (", in spite of its registers." if registers else ": outliers, which registers would take in.")


def _say_masking(answer: Attended, request: Attend, control: Attended | None) -> str:
    del request, control
    lines = masking_lines(answer)
    half = int(np.abs(lines.x - 50).argmin())
    top, chance = lines.values[:, half]
    return f"{lines.x[half]:.0f} % of the patches grey: cosine {top:.2f} without the most attended, {chance:.2f} without others."


def _say_layers(answer: Attended, request: Attend, control: Attended | None) -> str:
    del request, control
    entropy, distance = answer.arrays["entropy"], answer.arrays["distance"]
    patches = answer.grid[0] * answer.grid[1]
    return (f"Entropy {entropy.min():.1f} to {entropy.max():.1f} nats, of {np.log(max(patches, 1)):.1f} for looking everywhere alike; "
            f"distance {distance.min():.0f} to {distance.max():.0f} px.")  # fmt: skip


def lacking(mode: str, answer: Attended, names: Sequence[str]) -> str:
    """Why there is nothing to draw: the answer's own words; "" where everything is there."""
    if all(name in answer.arrays for name in names):
        return ""
    return " ".join(answer.notes) or f"This model has nothing to show here ({mode})."


NEEDS = {"heads": ("maps",), "layers": ("entropy", "distance"), "rollout": ("rollout",), "pca": ("pca",),
         "similarity": ("similarity",), "norms": ("norms",), "masking": ("moved", "moved_random"), "occlusion": ("occlusion",)}  # fmt: skip
"""The arrays that a mode draws."""
