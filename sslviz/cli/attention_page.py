"""What `Attended` holds, as one page: the picture, each head's map and their mean, what a share of the mass covers, and what else was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sslviz.cli.cells import Cell, Strip, heat, masked, matrix, page, picture
from sslviz.cli.palette import Palette
from sslviz.spec.events import Array
from sslviz.spec.inspection import Attended

CAUTION = "Each map from 0 to its own largest value. What a model attends to is not why it decides."


def attention_page(
    looks: Sequence[tuple[str, Attended]], layers: Sequence[int], share: float, head: int, palette: Palette
) -> Figure:
    """(name of the picture, what was seen) of one model. head: the one to show, -1 for all."""
    strips = [strip for name, seen in looks for strip in _strips(name, seen, layers, share, head, palette)]
    captions = list(dict.fromkeys(seen.caption for _, seen in looks))
    notes = list(dict.fromkeys(note for _, seen in looks for note in seen.notes))
    return page(looks[0][1].description.title, strips, "\n".join([*captions, *notes, CAUTION]), palette)


def _strips(
    name: str, seen: Attended, layers: Sequence[int], share: float, head: int, palette: Palette
) -> Iterator[Strip]:
    arrays, pixels = seen.arrays, seen.arrays["picture"]
    aspect, colour = pixels.shape[0] / pixels.shape[1], palette.series[1]
    truth = [masked("mask of the data", pixels, arrays["truth"] > 0, palette.good)] if "truth" in arrays else []
    first = (picture("picture", pixels), *truth)
    if "maps" not in arrays:
        yield Strip((*first, *_others(seen)), name, aspect)
        return
    for k, layer in enumerate(layers):
        maps, kept, mean = arrays["maps"][k], arrays["kept"][k], arrays["maps"][k].mean(0)
        chosen = range(len(maps)) if head < 0 else [head]
        label = f"{name}, layer {layer + 1} of {seen.description.depth}"
        yield Strip(
            (*first, heat("mean of heads", mean), *(heat(f"head {h + 1}", maps[h]) for h in chosen)), label, aspect
        )
        about = f"{share:.0%} of the mass"
        covers = [masked("mean", pixels, holds(mean, share), colour)]
        covers += [masked(_score(f"head {h + 1}", seen, k, h), pixels, kept[h], colour) for h in chosen]
        yield Strip(tuple(covers), f"{name}, layer {layer + 1}: {about}", aspect)
    if others := tuple(_others(seen)):
        yield Strip(others, name, aspect)


def _score(title: str, seen: Attended, layer: int, head: int) -> str:
    scores = seen.arrays.get("jaccard")
    if scores is None or np.isnan(scores[layer, head]):
        return title
    return f"{title}, IoU {scores[layer, head]:.2f}"


def holds(values: Array, share: float) -> Array:
    """The fewest places of a map (h, w) that hold `share` of its mass."""
    import torch

    from sslviz.metrics.attention import mass_mask

    kept: Array = mass_mask(torch.from_numpy(np.array(values)).flatten(), share).numpy().reshape(values.shape)
    return kept


def _others(seen: Attended) -> Iterator[Cell]:
    arrays = seen.arrays
    if "rollout" in arrays:
        yield heat("rollout", arrays["rollout"])
    if "pca" in arrays:
        yield picture("PCA of patch features", arrays["pca"])
        yield masked("first component above 0", arrays["picture"], arrays["pca_kept"], "white")
    if "similarity" in arrays:
        yield heat("cosine with the query", np.maximum(arrays["similarity"], 0), 1.0)
    if "occlusion" in arrays:
        yield heat("occlusion: 1 − cosine", arrays["occlusion"])
    if "entropy" in arrays:
        yield matrix("entropy, nats", arrays["entropy"], "layer, first on top", "head")
        yield matrix("mean distance, px", arrays["distance"], "layer, first on top", "head")
    if "norms" in arrays:
        patches = (
            arrays["norms"][-1, seen.description.prefix :].reshape(seen.grid)
            if seen.description.kind == "vit"
            else arrays["norms"][-1]
        )
        yield heat("token norms, last layer", np.atleast_2d(patches))
    if "moved" in arrays:
        yield Cell("masking test: cosine", lambda axes: _curves(axes, seen), framed=True)


def _curves(axes: Axes, seen: Attended) -> None:
    moved, chance = seen.arrays["moved"], seen.arrays["moved_random"]
    share = np.linspace(0, 1, len(moved))
    axes.plot(share, moved, lw=1.2, label="most attended")
    axes.plot(share, chance, lw=1.2, ls="--", label="random")
    axes.tick_params(labelsize=6, length=2, pad=1)
    axes.set_xlabel("share of patches hidden", size=6, labelpad=1)
    axes.legend(fontsize=6, frameon=False)
