"""From one entry of the cache to the two splits that the other rooms see."""

from __future__ import annotations

from dataclasses import replace

from sslviz.data import cache
from sslviz.data.base import Array, ImageData
from sslviz.data.statistics import Triple, mean_std


def two_parts(data: ImageData, cut: int, *, train_first: bool) -> tuple[ImageData, ImageData]:
    """(train, val) as views of `data`, cut after `cut` images; nothing is copied. Mean and std are still those of `data`."""
    first, second = _part(data, slice(0, cut), "train"), _part(data, slice(cut, None), "val")
    if train_first:
        return first, second
    return replace(second, name=first.name), replace(first, name=second.name)


def _part(data: ImageData, rows: slice, name: str) -> ImageData:
    return replace(
        data,
        name=f"{data.name} {name}",
        images=data.images[rows],
        labels=None if data.labels is None else data.labels[rows],
        factors={key: values[rows] for key, values in data.factors.items()},
        masks=None if data.masks is None else data.masks[rows],
    )


def with_statistics(train: ImageData, val: ImageData, entry: cache.Entry | None) -> tuple[ImageData, ImageData]:
    """Both splits with mean and std of the training pixels, taken from beside `entry` where they were computed before."""
    name = f"stats-{len(train)}"
    mean, std = _known(cache.recall(entry, name)) if entry else (None, None)
    if mean is None or std is None:
        mean, std = mean_std(train.images)
        if entry:
            cache.remember(entry, name, [mean, std])
    return replace(train, mean=mean, std=std), replace(val, mean=mean, std=std)


def _known(kept: object) -> tuple[Triple, Triple] | tuple[None, None]:
    match kept:
        case [[float(r), float(g), float(b)], [float(s), float(t), float(u)]] if min(s, t, u) > 0:
            return (r, g, b), (s, t, u)
    return None, None


FACTOR = "factor-"
"""Factor arrays of an entry are called so, with their name."""


def factors_of(arrays: cache.Arrays) -> dict[str, Array]:
    """The factor arrays of an entry by factor name."""
    return {name.removeprefix(FACTOR): values for name, values in arrays.items() if name.startswith(FACTOR)}
