"""LayoutStore: layouts on disk, by the features, the plan and the versions that they were made of. Losing one costs only time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np

from sslviz.inspect.layouts.aligned import RunLayout
from sslviz.inspect.layouts.layout import Layout
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan
from sslviz.spec.places import layouts_folder

FORMAT = 1
"""Of the files, and of what the code of this room makes of the same features: raise it where either changes."""
KEEP_BYTES = 256 << 20
"""At most so much is kept: about 500 layouts of 60,000 points."""
DAMAGED = "A layout that was kept on disk is damaged or of another version; it was computed anew."
_PART = ".part"
_LIBRARIES = {"pca": ("numpy", "scipy"), "umap": ("umap-learn", "pynndescent", "numba"), "tsne": ("scikit-learn",)}


_UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, MemoryError, OverflowError, RuntimeError, struct.error, zlib.error, BadZipFile,
    msgspec.MsgspecError,
)  # fmt: skip
"""What a zip file of arrays raises where bits of it are others."""


class _About(msgspec.Struct, frozen=True):
    """What is said of the points."""

    format: int
    key: str
    kept: tuple[float, ...] = ()
    repeated: int = 0
    notes: tuple[str, ...] = ()


class LayoutStore:
    """Thread-safe, and shared by processes: files are written beside their place and renamed. A disk that refuses is no error."""

    def __init__(self, folder: Path | None = None, keep_bytes: int = KEEP_BYTES) -> None:
        self._folder = folder or layouts_folder()
        self._keep_bytes = keep_bytes

    def find(self, mark: str, plan: LayoutPlan, count: int) -> tuple[Layout | None, str]:
        """The layout of `count` points with the features `mark`, or None; and a sentence where there is one that cannot be used."""
        about, points, note = self._read(key_of(mark, plan), (count, 2))
        if about is None or points is None:
            return None, note
        return Layout(points, about.kept, about.repeated, about.notes, stored=True), ""

    def keep(self, mark: str, plan: LayoutPlan, layout: Layout) -> None:
        """For `find`."""
        key = key_of(mark, plan)
        self._write(_About(FORMAT, key, layout.kept, layout.repeated, layout.notes), layout.points)

    def find_run(self, marks: Sequence[str], plan: LayoutPlan, count: int) -> tuple[RunLayout | None, str]:
        """The layouts of a run whose snapshots have the features `marks`, `count` points each, as in `find`."""
        about, points, note = self._read(key_of(marks, plan), (len(marks), count, 2))
        if about is None or points is None:
            return None, note
        return RunLayout(points, about.notes, stored=True), ""

    def keep_run(self, marks: Sequence[str], plan: LayoutPlan, layout: RunLayout) -> None:
        """For `find_run`."""
        self._write(_About(FORMAT, key_of(marks, plan), notes=layout.notes), layout.points)

    def _read(self, key: str, shape: tuple[int, ...]) -> tuple[_About | None, Array | None, str]:
        path = self._folder / f"{key}.npz"
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                about = msgspec.json.decode(file["about"].tobytes(), type=_About)
                points = file["points"]
        except FileNotFoundError:
            return None, None, ""
        except _UNREADABLE:
            return None, None, DAMAGED
        whole = points.shape == shape and points.dtype == np.float32 and bool(np.isfinite(points).all())
        if not whole or about.format != FORMAT or about.key != key:
            return None, None, DAMAGED
        with contextlib.suppress(OSError):  # a cache that may only be read is a cache still
            os.utime(path)  # last use: the order in which layouts go
        return about, points, ""

    def _write(self, about: _About, points: Array) -> None:
        place = self._folder / f"{about.key}.npz"
        part = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}{_PART}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, about=np.frombuffer(msgspec.json.encode(about), np.uint8), points=points)
            part.replace(place)
            self._forget_oldest(place)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _forget_oldest(self, newest: Path) -> None:
        """Least recently used first, what processes that ended early left half-written among them; never what was just written."""
        found = sorted(((stat.st_mtime, stat.st_size, path) for path, stat in self._files()), reverse=True)
        total = 0
        for _, size, path in found:
            total += size
            if total > self._keep_bytes and path != newest:
                path.unlink(missing_ok=True)

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        files = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):  # it goes while we look
                files.append((path, path.stat()))
        return files


def key_of(marks: str | Sequence[str], plan: LayoutPlan) -> str:
    """A name for what features, or a run's, become by `plan` with the libraries of now. Settings that its method lacks do not count.

    Raises ValueError for features without a mark: they would be taken for others.
    """
    if not (marks and all(marks)):
        raise ValueError("features without a mark cannot be told from others")
    versions = [f"{name} {version(name)}" for name in _LIBRARIES[plan.method]]
    said = msgspec.json.encode((FORMAT, marks, plain(plan), versions))
    return hashlib.sha256(said).hexdigest()[:40]


def plain(plan: LayoutPlan) -> LayoutPlan:
    """`plan` with every setting that its method does not look at as it comes."""
    default = LayoutPlan(plan.method)
    if plan.method == "pca":
        return default
    if plan.method == "umap":
        return replace(plan, perplexity=default.perplexity)
    return replace(plan, neighbours=default.neighbours, min_dist=default.min_dist)
