"""CIFAR-10, CIFAR-100, STL-10 and Fashion-MNIST by torchvision: found where they lie, downloaded only when asked.

Files are read only after their checksums were verified; then they are kept in the cache, which needs neither torchvision nor the files.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import warnings
import zlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from PIL import Image

from sslviz.data import cache
from sslviz.data.assemble import two_parts, with_statistics
from sslviz.data.base import Array, ImageData, IsCancelled, Progress, Splits, stop_if
from sslviz.data.download import fetch, md5_of
from sslviz.data.errors import DataError
from sslviz.data.parallel import in_order
from sslviz.spec.catalogue import DataInfo
from sslviz.spec.config import DataConfig
from sslviz.spec.params import build, describe, switch
from sslviz.spec.places import data_folder

_VERSION = 1  # raise it when the same files make other arrays
_BATCH = 256
_PIECE = 1 << 20  # bytes that are unpacked at a time
_NOT_WHOLE = (
    RuntimeError,
    OSError,
    ValueError,
    AssertionError,
)  # how torchvision says that files are missing or damaged


@dataclass(frozen=True, slots=True)
class NoDials:
    """These sets have nothing to dial."""


@dataclass(frozen=True, slots=True)
class Stl10Dials:
    """Dials of STL-10."""

    unlabelled: bool = switch(False, label="unlabelled images", live=False, on="trains on the 100,000 unlabelled images too, what the set is made for",
                              off="only the 5,000 labelled images")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """One of torchvision's sets."""

    title: str
    torchvision_class: str
    folder: str  # below a root
    megabytes: int  # of the download
    note: str
    licence: str
    dials: type = NoDials


SETS: dict[str, Known] = {
    "cifar10": Known("CIFAR-10", "CIFAR10", "cifar-10-batches-py", 170, "60,000 photographs of 32 px in 10 classes (Krizhevsky 2009)",
                     "none stated; research use"),
    "cifar100": Known("CIFAR-100", "CIFAR100", "cifar-100-python", 169, "60,000 photographs of 32 px in 100 classes (Krizhevsky 2009)",
                      "none stated; research use"),
    "stl10": Known("STL-10", "STL10", "stl10_binary", 2640, "13,000 labelled and 100,000 unlabelled photographs of 96 px, 10 classes (Coates et al. 2011)",
                   "none stated; taken from ImageNet, research use", Stl10Dials),
    "fashion_mnist": Known("Fashion-MNIST", "FashionMNIST", "FashionMNIST", 31, "70,000 grey pictures of clothes, 28 px, 10 classes (Xiao et al. 2017)",
                           "MIT"),
}  # fmt: skip


def infos() -> tuple[DataInfo, ...]:
    """Their entries in the catalogue."""
    return tuple(
        DataInfo(
            name, one.title, f"{one.note}. Download: {one.megabytes:,} MB.", one.licence, True, describe(one.dials)
        )
        for name, one in SETS.items()
    )


def load(config: DataConfig, progress: Progress, cancelled: IsCancelled) -> Splits:
    """Official training images, official test images for validation. Raises DataError, SpecError, Cancelled."""
    name = config.source.strip()
    known = SETS[name]
    dials: object = build(known.dials, config.dials)
    unlabelled = isinstance(dials, Stl10Dials) and dials.unlabelled
    key = f"{name}-{config.image_size or 'own'}px{'-unlabelled' if unlabelled else ''}-v{_VERSION}"
    entry = cache.find(key) or _into_cache(key, known, unlabelled, config, progress, cancelled)
    class_names = tuple(entry.about["class_names"])
    data = ImageData(known.title, entry.arrays["images"], entry.arrays["labels"], class_names)
    train, val = with_statistics(*two_parts(data, entry.about["n_train"], train_first=True), entry)
    extra = " (100,000 of them without labels)" if unlabelled else ""
    note = f"{known.title}, {train.image_size[0]} × {train.image_size[1]} px: {len(train):,} training images{extra}; the official {len(val):,} test images are for validation."
    return Splits(train, val, note)


def _into_cache(
    key: str, known: Known, unlabelled: bool, config: DataConfig, progress: Progress, cancelled: IsCancelled
) -> cache.Entry:
    progress(0.0, f"looking for {known.title}")
    root = _find(known) or _obtain(known, config.download, progress, cancelled)
    with cache.write(key) as writer:
        n_train = 0
        for split in ("train", "unlabeled", "test") if unlabelled else ("train", "test"):
            stop_if(cancelled)
            progress(0.0, f"reading {known.title}")
            images, labels, class_names = _read(known, root, split)
            n_train += len(images) if split != "test" else 0
            with closing(_resized(images, config.image_size)) as batches:
                for batch in batches:
                    stop_if(cancelled)
                    writer.append(images=batch)
            writer.append(labels=labels)
        writer.about |= {"n_train": n_train, "class_names": class_names}
    return cache.require(key)


def _class(known: Known) -> Any:
    import torchvision.datasets  # seconds: only when its files are to be read

    warnings.filterwarnings("ignore", message=r"dtype\(\): align should be")  # numpy on CIFAR's pickles of 2009
    return getattr(torchvision.datasets, known.torchvision_class)


def _roots() -> tuple[Path, ...]:
    """Where such sets usually lie; the first is where downloads go."""
    home = Path.home()
    torch_home = Path(os.environ.get("TORCH_HOME") or home / ".cache" / "torch")
    return (data_folder(), Path("data"), Path(), home / "data", home / "datasets", torch_home / "datasets")


def _find(known: Known) -> Path | None:
    """The root below which the set lies whole, its checksums verified."""
    for root in _roots():
        if (root / known.folder).is_dir():
            try:
                _open(known, root, "test")
            except _NOT_WHOLE:
                continue
            return root
    return None


def _open(known: Known, root: Path, split: str) -> Any:
    cls = _class(known)
    return cls(str(root), split=split) if known.torchvision_class == "STL10" else cls(str(root), train=split == "train")


def _open_or_explain(known: Known, root: Path, split: str) -> Any:
    try:
        return _open(known, root, split)
    except _NOT_WHOLE as error:
        raise DataError(
            f"{known.title} in {root} is not whole: {error}.", f"Remove {root / known.folder} and download it again."
        ) from error


def _read(known: Known, root: Path, split: str) -> tuple[Array, Array, tuple[str, ...]]:
    """Images (N, 3, H, W) uint8, labels (N,) int64 with -1 for none, class names."""
    dataset = _open_or_explain(known, root, split)
    images = np.asarray(dataset.data)
    if known.torchvision_class == "FashionMNIST":
        images = np.broadcast_to(images[:, None], (len(images), 3, *images.shape[1:]))
    elif known.torchvision_class != "STL10":
        images = images.transpose(0, 3, 1, 2)
    labels = np.asarray(dataset.labels if known.torchvision_class == "STL10" else dataset.targets).astype(np.int64)
    return images, labels, tuple(dataset.classes)


def _resized(images: Array, size: int) -> Generator[Array, None, None]:
    """Batches of images as squares of `size` pixels; 0 leaves them as they are."""
    pieces = (images[k : k + _BATCH] for k in range(0, len(images), _BATCH))
    if size in (0, images.shape[-1]):
        yield from map(np.ascontiguousarray, pieces)
        return
    with closing(in_order(partial(_resize, size), pieces)) as batches:
        yield from batches


def _resize(size: int, batch: Array) -> Array:
    pictures = (Image.fromarray(np.ascontiguousarray(one.transpose(1, 2, 0))) for one in batch)
    return np.stack(
        [np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC)).transpose(2, 0, 1) for picture in pictures]
    )


@dataclass(frozen=True, slots=True)
class _Archive:
    """One file to download: where from, its MD5, and where below a root it belongs."""

    addresses: tuple[str, ...]
    path: str
    md5: str


def _archives(known: Known) -> tuple[_Archive, ...]:
    cls = _class(known)
    if known.torchvision_class == "FashionMNIST":
        return tuple(
            _Archive(tuple(f"{mirror}{name}" for mirror in cls.mirrors), f"{known.folder}/raw/{name}", md5)
            for name, md5 in cls.resources
        )
    return (_Archive((cls.url,), cls.filename, cls.tgz_md5),)


def _obtain(known: Known, download: bool, progress: Progress, cancelled: IsCancelled) -> Path:
    """Unpack the set below the first root, from archives that lie about or, where `download`, from the network."""
    root = _roots()[0]
    located = [(archive, _located(archive)) for archive in _archives(known)]
    if not download and any(place is None for _, place in located):
        raise DataError(
            f"{known.title} is not on this machine.",
            f"Download it ({known.megabytes:,} MB): --download on the command line, the download switch in the window; "
            f"or put its folder {known.folder} into {root}.",
        )
    for archive, place in located:
        if place is None:
            fetch(archive.addresses, root / archive.path, archive.md5, progress, cancelled)
        progress(1.0, f"unpacking {Path(archive.path).name}")
        _unpack(place or root / archive.path, (root / archive.path).parent, cancelled)
    _open_or_explain(known, root, "test")
    return root


def _located(archive: _Archive) -> Path | None:
    """The archive where it lies already, its checksum verified."""
    return next((root / archive.path for root in _roots() if md5_of(root / archive.path) == archive.md5), None)


def _unpack(archive: Path, folder: Path, cancelled: IsCancelled) -> None:
    """Unpack into `folder`: all of it takes its names at the end, or nothing does. Raises DataError, Cancelled."""
    part = folder / f".{archive.name}.{os.getpid()}.part"
    try:
        part.mkdir(parents=True, exist_ok=True)
        with closing(_packed(archive)) as files:
            for name, packed in files:
                with packed, _inside(part, name).open("wb") as file:
                    while piece := packed.read(_PIECE):
                        stop_if(cancelled)
                        file.write(piece)
        for done in part.iterdir():
            _put(done, folder / done.name)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{archive.name} cannot be unpacked into {folder}: {why}.",
                        "Free some space, or set SSLVIZ_DATA to another folder.") from error  # fmt: skip
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _packed(archive: Path) -> Generator[tuple[str, IO[bytes]], None, None]:
    """The files in a tar or gzip by their names in it."""
    if not archive.name.endswith(".tar.gz"):
        with gzip.open(archive) as file:
            yield archive.stem, cast(IO[bytes], file)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            packed = tar.extractfile(member) if member.isfile() else None  # folders are made, links are left out
            if packed:
                yield member.name, packed


def _inside(part: Path, name: str) -> Path:
    """Where a file of an archive goes. tarfile's own filter is newer than the Python of Debian 12."""
    place = (part / name).resolve()
    if not place.is_relative_to(part.resolve()):
        raise tarfile.TarError(f"{name!r} leads outside of it")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _put(done: Path, place: Path) -> None:
    """Move a file or folder to its place; what lies there was found not to be whole."""
    if place.is_dir():
        shutil.rmtree(place)
    done.replace(place)
