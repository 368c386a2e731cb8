"""Files that survive a crash: whole or not at all, and logs whose last good line is known."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from sslviz.training.errors import TrainingError


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; systems that cannot open folders (Windows) do so by themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, fsync, rename, fsync the folder: `path` holds the old content or the new one, never a part.

    Raises TrainingError with the remedy when the disk is full or the place cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise cannot_write(path, error) from error


class AppendLog:
    """A file that grows by whole lines. What could not be written stays in memory and is tried again with the next call.

    A failed write is rolled back, so that the file never keeps half a line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[bytes] = []
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise cannot_write(path, error) from error
        self._good = self._file.seek(0, os.SEEK_END)

    def append(self, content: bytes) -> None:
        """Add whole lines. Raises TrainingError when they cannot be written now; they are kept for the next call."""
        self._waiting.append(content)
        self.write_waiting()

    def write_waiting(self) -> None:
        """Write what is still in memory."""
        if not self._waiting:
            return
        content = b"".join(self._waiting)
        try:
            written = 0
            while written < len(content):
                written += self._file.write(content[written:]) or 0
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._good)
            raise cannot_write(self.path, error) from error
        self._good += len(content)
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[bytes, ...]:
        """Lines that are not in the file yet."""
        return tuple(self._waiting)

    def sync(self) -> None:
        """Make what was written durable."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close(self) -> None:
        """Close the file; the log cannot be used after it."""
        self._file.close()


def cannot_write(path: Path, error: OSError) -> TrainingError:
    """The sentence for a failed write: what happened to which file, and the remedy."""
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TrainingError(
            f"The disk is full: {path.name} could not be written in {folder}.",
            "Free some space there and let the run go on, or move the run to another folder.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return TrainingError(
            f"{folder} cannot be written to ({error.strerror}).",
            "Choose another folder for the run, or make this one writable.",
        )
    return TrainingError(
        f"{path.name} could not be written in {folder} ({error.strerror or error}).",
        "Check that the disk is connected and healthy, or choose another folder.",
    )
