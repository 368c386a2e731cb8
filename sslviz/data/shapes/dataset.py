"""The procedural set as a data set: generated on all cores, kept in the cache under its dials, split by image number."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from contextlib import closing
from functools import partial
from hashlib import blake2b

import numpy as np
import psutil

from sslviz.data import cache
from sslviz.data.assemble import FACTOR, factors_of, two_parts, with_statistics
from sslviz.data.base import Array, ImageData, IsCancelled, Progress, Splits, never, silent, stop_if
from sslviz.data.errors import DataError
from sslviz.data.parallel import in_order
from sslviz.data.shapes import dials as d
from sslviz.data.shapes.mark import stamp
from sslviz.data.shapes.render import render
from sslviz.data.shapes.scenes import draw_scenes, factor_names, factors
from sslviz.data.split import cut
from sslviz.spec.catalogue import DataInfo
from sslviz.spec.config import DataConfig
from sslviz.spec.params import describe

_VERSION = 1  # raise it when the same dials make other pixels
_BATCH = 128  # images that one thread paints at a time: fits the caches of most processors
_PREFIX = "shapes-"
_KEEP_BYTES = 2_000_000_000  # generated sets on disk, the latest used; decoded images are never dropped so

INFO = DataInfo(
    name="shapes",
    title="Shapes (procedural)",
    note="Simple objects on textured backgrounds, made on this machine from a seed; every factor and mask is known. "
    "Runs start at 32 px, which trains several steps a second; its own size is 64 px (preset lesson: 32 px).",
    licence="made by this program: no restrictions",
    downloads=False,
    params=describe(d.Dials),
    live_size=32,
    factors=tuple(factor_names(d.Dials())),
)


def load(config: DataConfig, progress: Progress = silent, cancelled: IsCancelled = never) -> Splits:
    """Training and validation images of the procedural set. Raises SpecError for dials that do not fit, DataError, Cancelled."""
    dials = d.chosen(config.dials)
    size = config.image_size or d.PRESETS[dials.preset].image_size
    name = _PREFIX + _key(dials, size, config.seed)
    trouble = ""
    entry = cache.find(name)
    if entry is None:
        try:
            entry = _generate_into_cache(name, dials, size, config.seed, progress, cancelled)
        except DataError as error:
            if dials.count * size * size * 4 > psutil.virtual_memory().available // 2:
                raise
            trouble = f" Not kept for the next start: {error.message}"
    arrays = entry.arrays if entry else _in_memory(dials, size, config.seed, progress, cancelled)
    n_val = cut(dials.count, config.val_fraction)
    data = _as_data(arrays, dials)
    train, val = with_statistics(*two_parts(data, dials.count - n_val, train_first=True), entry)
    note = (
        f"{dials.count:,} procedural images of {size} × {size} px, preset {dials.preset} ({d.PRESETS[dials.preset].title}), seed {config.seed}; "
        f"the last {n_val:,} are for validation.{trouble}"
    )
    return Splits(train, val, note)


def generate(dials: d.Dials, size: int, seed: int, images: Array) -> dict[str, Array]:
    """Arrays of the images with these numbers (n,) int64: "images", "masks", and a factor array each. An image depends on its number alone."""
    scenes = draw_scenes(dials, seed, images)
    pictures, masks = render(scenes, dials, size)
    known = factors(scenes, dials)
    if dials.mark != "none":
        stamp(pictures, images if dials.mark == "identity" else known[d.class_label(dials)], seed)
    return {"images": pictures, "masks": masks} | {FACTOR + name: values for name, values in known.items()}


def _batches(
    dials: d.Dials, size: int, seed: int, progress: Progress, cancelled: IsCancelled
) -> Generator[dict[str, Array], None, None]:
    numbers = (np.arange(k, min(k + _BATCH, dials.count)) for k in range(0, dials.count, _BATCH))
    done = 0
    with closing(in_order(partial(generate, dials, size, seed), numbers)) as made:
        for batch in made:
            stop_if(cancelled)
            yield batch
            done += len(batch["images"])
            progress(done / dials.count, f"painting {done:,} of {dials.count:,} images")


def _generate_into_cache(
    name: str, dials: d.Dials, size: int, seed: int, progress: Progress, cancelled: IsCancelled
) -> cache.Entry:
    need = dials.count * size * size * 4
    cache.forget_oldest(_PREFIX, max(_KEEP_BYTES - need, 0))
    with cache.write(name, need) as writer, closing(_batches(dials, size, seed, progress, cancelled)) as batches:
        for batch in batches:
            writer.append(**batch)
        writer.about |= {"dials": dataclasses.asdict(dials), "size": size, "seed": seed}
    return cache.require(name)


def _in_memory(dials: d.Dials, size: int, seed: int, progress: Progress, cancelled: IsCancelled) -> dict[str, Array]:
    with closing(_batches(dials, size, seed, progress, cancelled)) as batches:
        made = list(batches)
    return {name: np.concatenate([batch[name] for batch in made]) for name in made[0]}


def _as_data(arrays: cache.Arrays, dials: d.Dials) -> ImageData:
    known, names = factors_of(arrays), factor_names(dials)
    return ImageData(
        name="shapes",
        images=arrays["images"],
        labels=known[d.class_label(dials)],
        class_names=names[d.class_label(dials)],
        factors=known,
        factor_names=names,
        masks=arrays["masks"],
    )


def _key(dials: d.Dials, size: int, seed: int) -> str:
    return blake2b(repr((_VERSION, dials, size, seed)).encode(), digest_size=10).hexdigest()
