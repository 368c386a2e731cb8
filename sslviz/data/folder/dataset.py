"""A folder or a zip of images: decoded once, in parallel, into the cache, in an order in which every split is contiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.data import cache
from sslviz.data.assemble import two_parts, with_statistics
from sslviz.data.base import ImageData, IsCancelled, Progress, Splits, require_enough, stop_if
from sslviz.data.errors import DataError
from sslviz.data.folder.decode import Unreadable, be_quiet, decode, measure
from sslviz.data.folder.listing import Found, Listing, shown
from sslviz.data.folder.plan import Plan, plan
from sslviz.data.folder.sources import Source, open_source
from sslviz.data.parallel import in_order
from sslviz.data.split import cut
from sslviz.spec.catalogue import DataInfo
from sslviz.spec.config import DataConfig
from sslviz.spec.params import build, describe, param
from sslviz.spec.quantities import counted

_VERSION = 1  # raise it when the same files make other pixels
_BATCH = 64  # images that one thread decodes at a time
_PROBES = 200  # images whose size is looked at before a common one is settled on
_LARGEST_OWN, _USUAL = 96, 64  # pixels
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Dials:
    """Dials of a folder or zip."""

    limit: int = param(
        0, lo=0, hi=10_000_000, label="images at most", live=False, down="0: all; otherwise a fair share of every class"
    )


INFO = DataInfo(
    name="folder",
    title="A folder or zip of images",
    note="JPEG, PNG, WebP, BMP or TIFF, in class folders or flat; folders called train, val and test are splits. "
    "Decoded once; own size where all images are equal squares up to 96 px, else 64 px.",
    licence="yours",
    downloads=False,
    params=describe(Dials),
)


def load(path: Path, config: DataConfig, progress: Progress, cancelled: IsCancelled) -> Splits:
    """Training and validation images of the folder or zip at `path`. Raises DataError, SpecError, Cancelled."""
    dials = build(Dials, config.dials)
    with closing(open_source(path, cancelled)) as source:
        name = f"folder-{_key(source, config, dials)}"
        entry = cache.find(name) or _decode_all(name, path, source, config, dials, progress, cancelled)
    return _splits(path, entry, config)


def _key(source: Source, config: DataConfig, dials: Dials) -> str:
    return blake2b(
        repr((_VERSION, source.key(), config.image_size, config.seed, dials)).encode(), digest_size=12
    ).hexdigest()


def _decode_all(
    name: str, path: Path, source: Source, config: DataConfig, dials: Dials, progress: Progress, cancelled: IsCancelled
) -> cache.Entry:
    """Decode everything into a new entry; unreadable files are left out and listed."""
    progress(0.0, f"looking through {shown(path.name)}")
    be_quiet()
    listing = source.listing()
    _require_images(path, listing)
    chosen = plan(listing, config.seed, dials.limit)
    size, why = _size(source, chosen.found, config.image_size)
    skipped, kept, changed, done = list(listing.skipped), Counter[str](), 0, 0
    with cache.write(name, len(chosen.found) * 3 * size * size) as writer:
        for batch in _decoded(source, chosen, size, cancelled):
            if batch.labels:
                writer.append(images=np.stack(batch.images), labels=np.array(batch.labels, np.int64))
            skipped += batch.skipped
            kept.update(batch.splits)
            changed += batch.changed
            done += batch.total
            progress(done / len(chosen.found), f"decoding {done:,} of {len(chosen.found):,} images")
        count, skipped = kept.total(), sorted(skipped)
        _require_readable(path, count, skipped)
        writer.about |= {
            "class_names": chosen.class_names, "validation": chosen.validation, "size_note": why, "changed": changed,
            "n_train": kept["train"] if chosen.validation else 0, "remarks": chosen.remarks,
            "left_aside": sum(one.split == "test" for one in listing.found) if chosen.validation == "val" else 0,
            "had_splits": sorted({one.split for one in listing.found} - {""}),
            "skipped": skipped[:_MOST_LISTED], "skipped_count": len(skipped),
        }  # fmt: skip
    return cache.require(name)


@dataclass
class _Batch:
    """What one thread made of one piece of the plan."""

    total: int
    images: list[Any]
    labels: list[int]
    splits: list[str]
    skipped: list[str]
    changed: int = 0


def _decoded(source: Source, chosen: Plan, size: int, cancelled: IsCancelled) -> Generator[_Batch, None, None]:
    starts = range(0, len(chosen.found), _BATCH)
    with closing(in_order(partial(_decode_batch, source, chosen, size, cancelled), starts)) as batches:
        yield from batches


def _decode_batch(source: Source, chosen: Plan, size: int, cancelled: IsCancelled, start: int) -> _Batch:
    piece = slice(start, start + _BATCH)
    batch = _Batch(len(chosen.found[piece]), [], [], [], [])
    for one, label in zip(chosen.found[piece], chosen.labels[piece], strict=True):
        stop_if(cancelled)
        try:
            image, changed = decode(source.read(one.name), size)
        except Unreadable as reason:
            batch.skipped.append(f"{shown(one.name)}: {reason}")
            continue
        batch.images.append(image)
        batch.labels.append(label)
        batch.splits.append(one.split)
        batch.changed += changed
    return batch


def _size(source: Source, found: Sequence[Found], asked: int) -> tuple[int, str]:
    """The side of the square that images become, and why, in words."""
    if asked:
        return asked, "as asked"
    seen = set()
    for k in np.unique(np.linspace(0, len(found) - 1, min(_PROBES, len(found))).astype(int)):
        try:
            seen.add(measure(source.read(found[k].name)))
        except Unreadable:
            continue  # decoding meets it again, and lists it
    sides = [side for size in seen for side in size]
    if len(seen) == 1 and max(sides) <= _LARGEST_OWN and min(sides) >= 8:
        return min(sides), "their own size" if min(sides) == max(sides) else "their own short side"
    return _USUAL, "their sizes differ" if len(seen) > 1 else "chosen for images of this size"


def _require_images(path: Path, listing: Listing) -> None:
    if listing.found:
        return
    if listing.skipped:
        _require_readable(path, 0, listing.skipped)
    if listing.others[".zip"]:
        raise DataError(f"{shown(path)} holds zips but no image.", "Unpack it once and choose one of the zips inside.")
    if listing.others:
        kinds = ", ".join(kind for kind, _ in listing.others.most_common(3))
        raise DataError(f"{shown(path)} holds {counted(listing.others.total(), 'file')} ({kinds}) but no image.",
                        "Choose a folder or zip with JPEG, PNG, WebP, BMP or TIFF files.")  # fmt: skip
    raise DataError(f"{shown(path)} is empty.", "Choose a folder or zip with JPEG, PNG, WebP, BMP or TIFF files.")


def _require_readable(path: Path, count: int, skipped: Sequence[str]) -> None:
    if count == 0 and skipped:
        one = len(skipped) == 1
        what = (
            f"The only image in {shown(path)} cannot"
            if one
            else f"None of the {len(skipped):,} images in {shown(path)} can"
        )
        raise DataError(f"{what} be used{':' if one else '; the first is'} {skipped[0]}.",
                        "Repair or convert the images (JPEG or PNG in RGB always works), or choose another folder or zip.")  # fmt: skip
    require_enough(count, shown(path))


def _splits(path: Path, entry: cache.Entry, config: DataConfig) -> Splits:
    about, images, labels = entry.about, entry.arrays["images"], entry.arrays["labels"]
    class_names = tuple(about["class_names"])
    data = ImageData(shown(path.stem or path), images, labels if class_names else None, class_names)
    n_train = about["n_train"]
    own = bool(about["validation"]) and 2 <= n_train < len(images)
    n_val = len(images) - n_train if own else cut(len(images), config.val_fraction)
    train, val = two_parts(data, n_train if own else n_val, train_first=own)
    train, val = with_statistics(train, val, entry)
    note = _note(path, about, train, val, own, config.seed)
    return Splits(train, val, note, tuple(about["skipped"]), about["skipped_count"])


def _note(path: Path, about: Any, train: ImageData, val: ImageData, own: bool, seed: int) -> str:
    height, width = train.image_size
    classes = f" in {len(train.class_names)} classes" if train.class_names else ", no classes"
    resized = f"; {about['changed']:,} were resized (short side) and cropped to the middle" if about["changed"] else ""
    return ". ".join([
        f"{shown(path.name)}: {len(train) + len(val):,} images{classes}, {width} × {height} px ({about['size_note']}{resized})",
        _split_note(about, len(train), len(val), own, seed),
        *(remark for remark in about["remarks"]),
        *([f"{counted(about['skipped_count'], 'file')} could not be used"] if about["skipped_count"] else []),
    ]) + "."  # fmt: skip


def _split_note(about: Any, n_train: int, n_val: int, own: bool, seed: int) -> str:
    share = f"{n_train:,} for training, {n_val:,} for validation"
    drawn = f"drawn with seed {seed}{', from every class alike' if about['class_names'] else ''}"
    if own and about["validation"] == "test":
        return f"Split by folder: {share} (there is no val folder, so test serves)"
    if own:
        aside = f"; the {about['left_aside']:,} of test are left aside" if about["left_aside"] else ""
        return f"Split by folder: {share}{aside}"
    if "train" in about["had_splits"]:
        return f"Nothing to validate on lies beside train, so it was split here: {share}, {drawn}"
    why = "no train folder, so all were pooled" if about["had_splits"] else "no split folders"
    return f"Split here ({why}): {share}, {drawn}"
