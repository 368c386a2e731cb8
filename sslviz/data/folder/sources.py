"""Where the files are: a directory, or a zip that is read in place and never extracted."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Protocol

from sslviz.data.base import IsCancelled, stop_if
from sslviz.data.errors import DataError
from sslviz.data.folder.decode import Unreadable
from sslviz.data.folder.listing import Listing, arrange, is_image, is_junk, shown

_MOST_FILE_BYTES = 512 << 20  # of one image in a zip, unpacked
_BOMB_BYTES, _BOMB_RATIO = 1 << 30, 200  # a zip that unpacks to more than both is refused
_MOST_DEPTH = 64  # folders below each other
_END, _END64, _MEMBER, _FIRST = b"PK\x05\x06", b"PK\x06\x06", b"PK\x01\x02", b"PK\x03\x04"


class Source(Protocol):
    """Files by name."""

    def key(self) -> str:
        """Hash of what the content hangs on: names, sizes, and times or checksums."""

    def listing(self) -> Listing:
        """The images, with what their folders say."""

    def read(self, name: str) -> BinaryIO | Path:
        """One file, as a decoder takes it. Raises Unreadable."""

    def close(self) -> None:
        """Let go of the files."""


def open_source(path: Path, cancelled: IsCancelled) -> Source:
    """The directory or zip at `path`. Raises DataError where it is neither."""
    try:
        if path.is_dir():
            return Directory(path, cancelled)
        if zipfile.is_zipfile(path):
            return Zip(path)
        with path.open("rb") as file:
            start = file.read(4)
    except PermissionError as error:
        raise DataError(f"{shown(path)} may not be read: permission denied.",
                        "Change its permissions, or choose another folder or zip.") from error  # fmt: skip
    except OSError as error:
        raise DataError(f"{shown(path)} cannot be read: {error.strerror or error}.",
                        "Check the disk, or choose another folder or zip.") from error  # fmt: skip
    raise _unsuited(path, start)


def _unsuited(path: Path, start: bytes) -> DataError:
    """Why the file at `path`, which begins with `start`, is no data set."""
    if start == _FIRST or path.suffix.lower() == ".zip":
        return DataError(f"{shown(path)} is not a whole zip.", "Copy or download it again.")
    if is_image(path.name):
        return DataError(f"{shown(path)} is a single image; a run needs a folder or a zip of images.",
                         f"Choose its folder, {shown(path.absolute().parent)}.")  # fmt: skip
    return DataError(f"{shown(path)} is neither a folder nor a zip.", "Choose a folder of images, or a zip of one.")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    modified: int


class Directory:
    """Every file below a folder. Links are followed, but not in circles."""

    def __init__(self, root: Path, cancelled: IsCancelled) -> None:
        self._root = root
        self._skipped: list[str] = []
        self._files = sorted(self._walk(root, "", (), cancelled), key=lambda file: file.name)

    def _walk(
        self, folder: Path, prefix: str, above: tuple[tuple[int, int], ...], cancelled: IsCancelled
    ) -> Generator[_File, None, None]:
        stop_if(cancelled)
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            return
        if len(above) > _MOST_DEPTH:
            self._skipped.append(f"{shown(prefix)}: more than {_MOST_DEPTH} folders below each other")
            return
        with os.scandir(folder) as items:
            inside = [item for item in items if not is_junk(item.name)]
        for item in inside:
            name = prefix + item.name
            try:
                if item.is_dir():
                    yield from self._walk(Path(item.path), f"{name}/", (*above, here), cancelled)
                elif item.is_file():  # not a pipe or a device
                    status = item.stat()
                    yield _File(name, status.st_size, status.st_mtime_ns)
            except OSError as error:
                self._skipped.append(f"{shown(name)}: {(error.strerror or str(error)).lower()}")

    def key(self) -> str:
        return _digest(repr([(file.name, file.size, file.modified) for file in self._files]).encode())

    def listing(self) -> Listing:
        return arrange((file.name for file in self._files), self._skipped)

    def read(self, name: str) -> Path:
        return self._root / name

    def close(self) -> None:
        """Nothing is held open."""


class Zip:
    """The members of a zip, read in place. Names that point outside, links, and encrypted or bloated members are left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}

    def _opened(self) -> zipfile.ZipFile:
        if self._zip is None:
            try:
                self._zip = zipfile.ZipFile(self._path)
            except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
                raise DataError(f"{shown(self._path)} is a damaged zip: {error}.",
                                "Copy or download it again, or unpack it with another program.") from error  # fmt: skip
        return self._zip

    def key(self) -> str:
        contents = _directory_bytes(self._path)
        return _digest(contents or repr([(m.filename, m.file_size, m.CRC) for m in self._opened().infolist()]).encode())

    def listing(self) -> Listing:
        members = {m.filename.replace("\\", "/"): m for m in self._opened().infolist() if not m.is_dir()}
        members = {name: m for name, m in members.items() if not any(map(is_junk, _folders_and_name(name)))}
        self._refuse_bomb(members)
        objections = {name: _objection(name, member) for name, member in members.items()}
        self._members = {name: member for name, member in members.items() if not objections[name]}
        if members and all(m.flag_bits & 1 for m in members.values()):
            raise DataError(f"{shown(self._path)} is encrypted.", "Unpack it with its password and choose the folder.")
        skipped = [f"{shown(name)}: {why}" for name, why in objections.items() if why and is_image(name)]
        return arrange(self._members, skipped)

    def _refuse_bomb(self, members: dict[str, zipfile.ZipInfo]) -> None:
        unpacked = sum(m.file_size for m in members.values())
        if unpacked > max(_BOMB_BYTES, _BOMB_RATIO * self._path.stat().st_size):
            raise DataError(
                f"{shown(self._path)} would unpack to {unpacked / 1e9:,.0f} GB, over {_BOMB_RATIO} times its size: it looks like a zip bomb.",
                "If you trust it, unpack it yourself and choose the folder.",
            )

    def read(self, name: str) -> BinaryIO:
        try:
            with self._opened().open(self._members[name]) as member:
                return io.BytesIO(member.read(_MOST_FILE_BYTES))
        except (
            Exception
        ) as error:  # a broken archive makes zipfile and zlib raise anything; the file is listed with its reason
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise Unreadable(f"damaged in the zip: {reason}") from error

    def close(self) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()


def _objection(name: str, member: zipfile.ZipInfo) -> str:
    """Why a member is left out, or nothing."""
    parts = name.split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        return "its name points outside the zip; pack it again with plain names"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not an image"
    if member.flag_bits & 1:
        return "is encrypted; unpack the zip with its password"
    if member.file_size > _MOST_FILE_BYTES:
        return f"unpacks to {member.file_size / 1e6:,.0f} MB; at most {_MOST_FILE_BYTES / 1e6:.0f} MB are read"
    return ""


def _folders_and_name(name: str) -> list[str]:
    """The parts of a member's name in which junk shows; ".." is dealt with elsewhere."""
    return [part for part in name.split("/") if part not in (".", "..")]


def _directory_bytes(path: Path) -> bytes:
    """The zip's own table of contents (names, sizes, CRC-32s) as it lies at the file's end; empty where it is not where it says.

    Reading it whole takes milliseconds where parsing 55,000 members takes half a second.
    """
    with path.open("rb") as file:
        total = file.seek(0, io.SEEK_END)
        tail_at = max(total - 66_000, 0)  # the end record with its longest comment
        file.seek(tail_at)
        tail = file.read()
        end = tail.rfind(_END)
        if end < 0 or len(tail) < end + 22:
            return b""
        size = int.from_bytes(tail[end + 12 : end + 16], "little")
        stop = tail_at + end
        if size == 0xFFFFFFFF and (end64 := tail.rfind(_END64, 0, end)) >= 0:
            size = int.from_bytes(tail[end64 + 40 : end64 + 48], "little")
            stop = tail_at + end64
        elif (end64 := tail.rfind(_END64, 0, end)) >= 0 and end - end64 == 76:
            stop = tail_at + end64  # a zip64 record that only the number of members needs
        if not 46 <= size <= stop:
            return b""
        file.seek(stop - size)
        contents = file.read(size)
    return contents if contents.startswith(_MEMBER) else b""


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
