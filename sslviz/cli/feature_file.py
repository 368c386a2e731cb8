"""FeatureFile: rows that arrive batch by batch and end in one .npz. What has arrived survives Ctrl-C, a crash and a full disk.

Until all rows are there they lie beside the file, in `NAME.npz.part`: one raw file a kind, to which whole batches are appended, and
state.json, which says how many rows count. Files are cut to that when the work goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array
from sslviz.spec.quantities import size_text

SETTINGS = "settings"
"""The array of a finished file that says how it was made, as JSON."""
_SAVE_EVERY_S = 2.0
_CHUNK = 8 << 20  # bytes copied at a time

Settings = Mapping[str, Any]


@dataclass
class _State:
    """How far it is: `seen` images were looked at, of which `rows` could be read."""

    settings: dict[str, Any]
    seen: int = 0
    rows: int = 0
    skipped: list[list[Any]] = field(default_factory=list)  # [number, reason]


class FeatureFile:
    """One file that is being made. `shapes`: of one row of each kind, float32 all."""

    def __init__(self, out: Path, settings: Settings, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Goes on where the same settings were interrupted; begins anew where they are others."""
        self.out = out
        self._folder = out.with_name(f"{out.name}.part")
        self._shapes = dict(shapes)
        self._state = self._left(settings)
        self._files: dict[str, BinaryIO] = {}
        self._saved_at = time.monotonic()

    def _left(self, settings: Settings) -> _State:
        """What an interrupted run with these settings has left."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            state = _State(**json.loads((self._folder / "state.json").read_text(encoding="utf-8")))
            sizes = {name: (self._folder / f"{name}.raw").stat().st_size for name in self._shapes}
            enough = all(sizes[name] >= state.rows * self._row_bytes(name) for name in self._shapes)
            if state.settings == _plain(settings) and enough:
                return state
        return _State(_plain(settings))

    @property
    def seen(self) -> int:
        """Images that need not be looked at again."""
        return self._state.seen

    @property
    def skipped(self) -> Sequence[tuple[int, str]]:
        """Numbers of images that could not be read, and why."""
        return [(int(number), str(reason)) for number, reason in self._state.skipped]

    def require_room(self, count: int) -> None:
        """Raises SpecError where the disk has no room for `count` rows, which are copied once at the end."""
        missing = count - self._state.rows
        need = (missing + count) * sum(map(self._row_bytes, self._shapes))
        free = shutil.disk_usage(self.out.parent).free
        if need > free:
            raise SpecError(
                f"The features of {count:,} images need {size_text(need)} of disk, and {self.out.parent} has {size_text(free)} free.",
                "Ask for fewer kinds of tokens (pooled is the smallest), or write to another disk.",
            )

    def append(self, rows: Mapping[str, Array], seen: int, skipped: Sequence[tuple[int, str]] = ()) -> None:
        """Rows of the next `seen` images, without those that were skipped; {} where all were."""
        self._open()
        if rows:
            for name, file in self._files.items():
                file.write(np.ascontiguousarray(rows[name], np.float32).data)
            self._state.rows += len(next(iter(rows.values())))
        self._state.seen += seen
        self._state.skipped += [list(pair) for pair in skipped]
        if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self.save()

    def _open(self) -> None:
        if self._files:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._shapes:
            file = (self._folder / f"{name}.raw").open("ab" if self._state.rows else "wb")
            file.truncate(self._state.rows * self._row_bytes(name))
            self._files[name] = file

    def _row_bytes(self, name: str) -> int:
        return 4 * int(np.prod(self._shapes[name], dtype=np.int64))

    def save(self) -> None:
        """Make what has arrived durable."""
        if not self._files:
            return
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        beside = self._folder / "state.json.part"
        beside.write_text(json.dumps(asdict(self._state)), encoding="utf-8")
        beside.replace(self._folder / "state.json")
        self._saved_at = time.monotonic()

    def close(self) -> None:
        """Save, and let go of the files."""
        self.save()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def finish(self, beside: Mapping[str, Array]) -> None:
        """Pack everything into the file, with the arrays `beside` it, and remove what it was made from."""
        self._open()
        self.close()
        packed = self._folder / "packed.npz"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, shape in self._shapes.items():
                self._pack(archive, name, (self._state.rows, *shape))
            for name, array in {**beside, SETTINGS: np.array(json.dumps(self._state.settings))}.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
        packed.replace(self.out)
        shutil.rmtree(self._folder)

    def _pack(self, archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> None:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        with (
            archive.open(f"{name}.npy", "w", force_zip64=True) as member,
            (self._folder / f"{name}.raw").open("rb") as raw,
        ):
            np.lib.format.write_array_header_2_0(member, header)
            shutil.copyfileobj(raw, member, _CHUNK)


def is_finished(out: Path, settings: Settings) -> bool:
    """Whether `out` holds exactly this already. Raises SpecError where it is a file that was not made here."""
    if not out.exists():
        return False
    try:
        with np.load(out, allow_pickle=False) as file:
            made: Any = json.loads(str(file[SETTINGS]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise SpecError(
            f"{out} exists and holds no features that this command has made.", "Choose another name, or remove it."
        ) from error
    return bool(made == _plain(settings))


def _plain(settings: Settings) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(dict(settings)))
    return plain
