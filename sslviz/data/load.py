"""`load_data`: from the name or path in a DataConfig to training and validation images."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from sslviz.data import folder, torchvision_sets
from sslviz.data.base import IsCancelled, Progress, Splits, never, silent, stop_if
from sslviz.data.errors import DataError
from sslviz.data.folder.listing import shown
from sslviz.data.shapes import dataset as shapes
from sslviz.spec.catalogue import DataInfo
from sslviz.spec.config import DataConfig
from sslviz.spec.params import check, describe

_LEAST_SIZE = 8
"""Pixels; below it the smallest backbone has nothing left to look at."""

_SETS: dict[str, Callable[[DataConfig, Progress, IsCancelled], Splits]] = {
    "shapes": shapes.load,
    **dict.fromkeys(torchvision_sets.SETS, torchvision_sets.load),
}


def data_infos() -> tuple[DataInfo, ...]:
    """Every data set by name, with its dials; "folder" stands for any path."""
    return (shapes.INFO, *torchvision_sets.infos(), folder.INFO)


def load_data(config: DataConfig, *, progress: Progress = silent, cancelled: IsCancelled = never) -> Splits:
    """The images that `config` names, ready to train on. Decoded and generated images come from the cache where they are in it.

    `progress(fraction, text)` is called now and then, `cancelled()` asked as often. Raises DataError with cause and remedy,
    SpecError for dials or numbers out of range, Cancelled.
    """
    for info in describe(type(config)):
        check(info, getattr(config, info.name))
    if 0 < config.image_size < _LEAST_SIZE:
        raise DataError(
            f"Images of {config.image_size} px are too small to train on.",
            f"Choose 0 (own size) or at least {_LEAST_SIZE} px.",
        )
    stop_if(cancelled)
    source = config.source.strip()
    if source in _SETS:
        return _SETS[source](config, progress, cancelled)
    path = Path(source).expanduser()
    if not source or not _exists(path):
        raise _unknown(source)
    return folder.load(path, config, progress, cancelled)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError as error:
        raise DataError(
            f"{shown(path)} may not be looked at: permission denied.",
            "Change the permissions of the folders above it, or choose another.",
        ) from error
    except (OSError, ValueError):  # a name too long, a null byte
        return False


def _unknown(source: str) -> DataError:
    near = difflib.get_close_matches(source.lower(), _SETS, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return DataError(f"There is no data set and no folder or zip called {shown(source)}.",
                     f"{hint}Data sets: {', '.join(_SETS)}; or give the path of a folder or zip of images.")  # fmt: skip
