"""Keeping: writes images of a data set to a folder or a zip, a folder a class, and beside it a table of them.

Images are fetched a few at a time and written by a thread. Everything goes to a name beside the wanted one, which it gets at the end:
what is cancelled, or cannot be written, leaves nothing behind.
"""

from __future__ import annotations

import csv
import shutil
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal

from app.widgets.raster import image_of
from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import FetchImages

BATCH = 32
UNNAMED = "unlabelled"
_FORBIDDEN = '<>:"/\\|?*'


@dataclass(frozen=True, slots=True)
class Keepsake:
    """Which images: their numbers in a split of a data set, the name of each one's class ("" unknown), and lines for the table."""

    path: Path  # a folder that is not there yet or empty, or a file that ends in .zip
    data: DataConfig
    split: str
    images: tuple[int, ...]
    classes: tuple[str, ...]
    places: tuple[tuple[float, float], ...]  # of their points on the map

    @property
    def is_zip(self) -> bool:
        """Whether it becomes a zip."""
        return self.path.suffix.lower() == ".zip"

    @property
    def part(self) -> Path:
        """What it is called while it is written."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def table(self) -> Path:
        """The table beside it."""
        return self.path.with_name(f"{self.path.stem if self.is_zip else self.path.name}.csv")

    @property
    def table_part(self) -> Path:
        """What that is called while the images are not all there."""
        return self.table.with_name(f"{self.table.name}.part")

    def names(self) -> list[str]:
        """The file of each image, below the folder: a folder a class where there are classes."""
        folders = [_safe(name) for name in self.classes] if any(self.classes) else [""] * len(self.images)
        numbers = [f"{self.split}-{index:06d}.png" for index in self.images]
        return [f"{folder}/{name}" if folder else name for folder, name in zip(folders, numbers, strict=True)]


class Keeping(QObject):
    """One at a time. `advanced` carries the share that is written, `done` the Keepsake, `failed` a sentence; "" where it was cancelled."""

    requested = Signal(object)  # FetchImages
    advanced = Signal(float)
    done = Signal(object)
    failed = Signal(str)
    _written = Signal(int, str)  # images, what went wrong

    def __init__(self, next_id: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._next_id = next_id
        self._what: Keepsake | None = None
        self._at = self._number = 0
        self._given_up = False
        self._thread: threading.Thread | None = None
        self._written.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether something is being written."""
        return self._what is not None

    def start(self, what: Keepsake) -> None:
        """Write it. `failed` at once where something is in the way."""
        if self.is_busy:
            self.failed.emit("Other images are being written. Wait until they are, or cancel that.")
            return
        try:
            _prepare(what)
        except OSError as error:
            self.failed.emit(_sentence(error, what.path))
            return
        self._what, self._at, self._given_up = what, 0, False
        self._fetch()

    def cancel(self) -> None:
        """Stop; nothing of it stays."""
        if self._what is not None:
            self._given_up = True
            if self._number:  # nothing is being written just now
                self._number = 0
                self._end("")

    def _fetch(self) -> None:
        what = self._what
        if what is None:
            return
        self._number = self._next_id()
        batch = what.images[self._at : self._at + BATCH]
        split = "train" if what.split == "train" else "val"
        self.requested.emit(FetchImages(self._number, what.data, batch, split))  # type: ignore[arg-type]  # one of the two

    def take(self, request_id: int, pictures: NDArray[Any] | None, problem: str = "") -> bool:
        """Whether an answer belongs to this; pictures None: it was refused with `problem`."""
        what = self._what
        if request_id != self._number or what is None:
            return False
        self._number = 0
        if pictures is None:
            self._end(problem)
        else:
            names = what.names()[self._at : self._at + len(pictures)]
            self._thread = threading.Thread(
                target=self._write, args=(what, names, pictures), name="write images", daemon=True
            )
            self._thread.start()
        return True

    def _write(self, what: Keepsake, names: Sequence[str], pictures: NDArray[Any]) -> None:
        """In a thread of its own."""
        problem = ""
        try:
            _write(what, names, pictures)
        except OSError as error:
            problem = _sentence(error, what.path)
        self._written.emit(len(names), problem)

    def _go_on(self, count: int, problem: str) -> None:
        what = self._what
        if what is None:
            return
        self._at += count
        if problem or self._given_up:
            self._end(problem)
        elif self._at < len(what.images):
            self.advanced.emit(self._at / len(what.images))
            self._fetch()
        else:
            self._finish(what)

    def _finish(self, what: Keepsake) -> None:
        try:
            _write_table(what)
            if what.path.is_dir():
                what.path.rmdir()  # it is empty, that was looked at
            what.part.replace(what.path)
            what.table_part.replace(what.table)
        except OSError as error:
            self._end(_sentence(error, what.path))
            return
        self._what = None
        self.done.emit(what)

    def _end(self, problem: str) -> None:
        what, self._what = self._what, None
        if what is not None:
            for path in (what.part, what.table_part):
                _remove(path)
        self.failed.emit(problem)


def _prepare(what: Keepsake) -> None:
    if what.path.is_dir() and (what.is_zip or any(what.path.iterdir())):
        raise OSError(f"{what.path} is there already and is not empty")
    _remove(what.part)
    if what.is_zip:
        zipfile.ZipFile(what.part, "w").close()
    else:
        what.part.mkdir(parents=True)


def _write(what: Keepsake, names: Sequence[str], pictures: NDArray[Any]) -> None:
    encoded = [_as_png(picture) for picture in pictures]
    if what.is_zip:
        with zipfile.ZipFile(what.part, "a", zipfile.ZIP_STORED) as archive:
            for name, data in zip(names, encoded, strict=True):
                archive.writestr(name, data)
        return
    for name, data in zip(names, encoded, strict=True):
        target = what.part / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)


def _write_table(what: Keepsake) -> None:
    with what.table_part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "split", "class", "x", "y", "file"])
        lines = zip(what.images, what.classes, what.places, what.names(), strict=True)
        writer.writerows([index, what.split, name, repr(x), repr(y), path] for index, name, (x, y), path in lines)


def _as_png(picture: NDArray[Any]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image_of(picture).save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt wants a name
    return bytes(buffer.data().data())


def _safe(name: str) -> str:
    """A class's name as a folder's."""
    plain = "".join("_" if sign in _FORBIDDEN or ord(sign) < 32 else sign for sign in name).strip(" .")
    return plain or UNNAMED


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sentence(error: OSError, path: Path) -> str:
    why = error.strerror or str(error)
    return (
        f"{path} could not be written: {why}. Choose another name, or another folder with room that you may write to."
    )
