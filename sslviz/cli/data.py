"""Say what a data set is: images, size, classes, how it was split, what was skipped. Loads it into the cache if need be."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sslviz.cli.configure import data_source, read_change
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import DataConfig
from sslviz.spec.quantities import counted
from sslviz.spec.settings import default_config, with_setting

if TYPE_CHECKING:
    from sslviz.data import ImageData, Splits

EXAMPLES = """examples:
  sslviz data shapes --set objects=3
  sslviz data photos.zip --image-size 64
  sslviz data cifar10 --download"""

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz data`."""
    parser.add_argument("source", metavar="NAME|PATH", help="a data set's name, or a folder or zip of images")
    add_data_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that loads images takes."""
    parser.add_argument("--image-size", metavar="N", help="resize the images to N px (0: their own size)")
    parser.add_argument("--download", action="store_true", help="allow the data set to be downloaded")
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="a dial of the data set")


def data_config(source: str, arguments: argparse.Namespace) -> DataConfig:
    """The data that the command line names; raises SpecError."""
    catalogue = shipped_catalogue()
    config = default_config(catalogue, catalogue.methods[0].name, data=data_source(source, catalogue))
    size = [f"image_size={arguments.image_size}"] if arguments.image_size else []
    for change in map(read_change, (*size, *(arguments.settings or ()))):
        config = with_setting(config, catalogue, f"data.{change.name.removeprefix('data.')}", change.value)
    return dataclasses.replace(config.data, download=arguments.download)


def progress_line(*, quiet: bool = False) -> Callable[[float, str], None]:
    """Progress on one line of the terminal; silent where stderr is no terminal."""
    visible = sys.stderr.isatty() and not quiet

    def tell(fraction: float, text: str) -> None:
        if not visible:
            return
        share = f"{fraction:4.0%} " if fraction == fraction else ""
        sys.stderr.write(f"\r\x1b[K{share}{text}" if fraction < 1 else "\r\x1b[K")
        sys.stderr.flush()

    return tell


def run(arguments: argparse.Namespace) -> int:
    """Load and describe."""
    config = data_config(arguments.source, arguments)
    from sslviz.data import load_data

    splits = load_data(config, progress=progress_line(quiet=arguments.json))
    if arguments.json:
        print(json.dumps(as_plain(config, splits), indent=2, ensure_ascii=False))
    else:
        print(as_text(config, splits))
    return 0


def _counts(data: ImageData) -> list[int]:
    if data.labels is None or not data.class_names:
        return []
    counts: list[int] = np.bincount(data.labels[data.labels >= 0], minlength=len(data.class_names)).tolist()
    return counts


def as_plain(config: DataConfig, splits: Splits) -> dict[str, Any]:
    """Everything that `sslviz data --json` prints."""
    return {
        "source": config.source,
        "note": splits.note,
        "height": splits.train.image_size[0],
        "width": splits.train.image_size[1],
        "train": len(splits.train),
        "val": len(splits.val),
        "classes": list(splits.train.class_names),
        "train_by_class": _counts(splits.train),
        "val_by_class": _counts(splits.val),
        "factors": {name: list(values) for name, values in splits.train.factor_names.items()},
        "masks": splits.train.masks is not None,
        "mean": list(splits.train.mean),
        "std": list(splits.train.std),
        "skipped_count": splits.skipped_count,
        "skipped": list(splits.skipped),
    }


def as_text(config: DataConfig, splits: Splits) -> str:
    """The same as lines."""
    train = splits.train
    height, width = train.image_size
    lines = [
        f"{config.source}: {len(train):,} images to train on, {len(splits.val):,} to measure on, {width} x {height} px",
        splits.note,
        "mean " + " ".join(f"{v:.3f}" for v in train.mean) + "   std " + " ".join(f"{v:.3f}" for v in train.std),
    ]
    pairs = list(zip(train.class_names, _counts(train), strict=False))
    if pairs:
        lines.append(f"{len(pairs)} classes: " + ", ".join(f"{n} {count:,}" for n, count in pairs[:SHOWN])
                     + (f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""))  # fmt: skip
    lines += [f"{name}: {', '.join(values)}" for name, values in train.factor_names.items()]
    if train.masks is not None:
        lines.append("every image has a mask of its objects")
    if splits.skipped_count:
        lines.append(
            f"{counted(splits.skipped_count, 'file')} {'was' if splits.skipped_count == 1 else 'were'} skipped:"
        )
        lines += [f"  {line}" for line in splits.skipped[:SHOWN]]
        lines += [f"  and {splits.skipped_count - SHOWN:,} more"] if splits.skipped_count > SHOWN else []
    return "\n".join(line for line in lines if line)
