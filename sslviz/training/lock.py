"""One writer a run folder: a lock file with the owner's pid and start time, so that a dead owner's lock is recognised."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path

import psutil

from sslviz.training.atomic import cannot_write
from sslviz.training.errors import TrainingError

NAME = "run.lock"
_CLOCK_SLACK_S = 10.0  # start times move when the system's clock is set
_UNFINISHED_S = 10.0  # a lock without readable text this young is one that is just being written


class FolderLock:
    """Held from construction until `release`. Raises TrainingError where a live process holds the folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._text = json.dumps(
            {
                "pid": os.getpid(),
                "started": _start_time(os.getpid()),
                "host": socket.gethostname(),
                "at": time.time_ns(),
            }
        )
        if not self._create():
            self._take_over()

    def _create(self) -> bool:
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        except OSError as error:
            raise cannot_write(self.path, error) from error
        try:
            os.write(handle, self._text.encode())
        except OSError as error:
            self.path.unlink(missing_ok=True)
            raise cannot_write(self.path, error) from error
        finally:
            os.close(handle)
        return True

    def _take_over(self) -> None:
        """Replace a lock whose owner is gone; whoever renames it away first wins."""
        if owner := owner_of(self.path.parent):
            raise held(self.path.parent, owner)
        aside = self.path.with_name(f".{NAME}.{os.getpid()}.{time.time_ns()}.stale")
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(aside)
            aside.unlink(missing_ok=True)
        if not self._create():
            raise held(self.path.parent, "another process")

    def release(self) -> None:
        """Give the folder free; a lock that somebody else put there meanwhile is left alone."""
        with contextlib.suppress(OSError):
            if self.path.read_text(encoding="utf-8") == self._text:
                self.path.unlink()


def owner_of(folder: Path) -> str:
    """Who holds the run folder, in words, or "" when nobody does (no lock, or that of a process that is gone)."""
    path = folder / NAME
    try:
        text, age = path.read_text(encoding="utf-8"), time.time() - path.stat().st_mtime
    except (OSError, UnicodeDecodeError):
        return ""
    try:
        lock = json.loads(text)
        pid, started, host = int(lock["pid"]), float(lock["started"]), str(lock["host"])
    except (ValueError, KeyError, TypeError):
        return "a process that is just starting" if age < _UNFINISHED_S else ""
    if host != socket.gethostname():
        return f"process {pid} on {host}"
    return f"process {pid}" if abs(_start_time(pid) - started) < _CLOCK_SLACK_S else ""


def _start_time(pid: int) -> float:
    """When the process began, NaN (near to nothing) when there is none: a pid alone is given out again."""
    try:
        process = psutil.Process(pid)
        return float("nan") if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return float("nan")


def held(folder: Path, owner: str) -> TrainingError:
    """The sentence for a folder that `owner` writes."""
    return TrainingError(
        f"{folder} is in use: {owner} writes this run.",
        f"Stop that run first. If its machine is gone, delete the file {NAME} in the folder.",
    )
