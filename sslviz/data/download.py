"""One file from the network to the disk: streamed, with progress and cancel, checksum verified before it takes its name."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sslviz.data.base import IsCancelled, Progress, stop_if
from sslviz.data.errors import DataError

_CHUNK = 1 << 18
_TIMEOUT = 30.0  # seconds without a byte


def md5_of(path: Path) -> str:
    """The MD5 of a file, as torchvision's tables hold it; "" where the file cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return ""


def fetch(addresses: Sequence[str], target: Path, md5: str, progress: Progress, cancelled: IsCancelled) -> None:
    """Download to `target` from the first address that works. Raises DataError and Cancelled; no part of a file is left behind."""
    part = target.with_name(target.name + ".part")
    problems = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for address in addresses:
            try:
                found = _stream(address, part, progress, cancelled)
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
                problems.append(str(getattr(error, "reason", "") or str(error) or type(error).__name__))
                continue
            if found == md5:
                part.replace(target)
                return
            problems.append("the file that came has another checksum")
    except OSError as error:
        raise DataError(f"{target.name} cannot be saved in {target.parent}: {error.strerror or error}.",
                        "Free some space, or set SSLVIZ_DATA to another folder.") from error  # fmt: skip
    finally:
        with contextlib.suppress(OSError):  # it is not there, or its folder is not
            part.unlink()
    raise DataError(f"{target.name} could not be downloaded: {'; '.join(problems)}.",
                    f"Check the network and try again, or put the file into {target.parent} yourself.")  # fmt: skip


def _stream(address: str, part: Path, progress: Progress, cancelled: IsCancelled) -> str:
    """Write what `address` sends to `part`; its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer, part.open("wb") as file:  # noqa: S310 - addresses are torchvision's constants
        total, done = int(answer.headers.get("Content-Length") or 0), 0
        name = part.name.removesuffix(".part")
        while chunk := _next(answer):
            stop_if(cancelled)
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress(done / total if total else 0.0, f"downloading {name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")
    if total and done < total:
        raise ConnectionError("the connection was lost")
    return digest.hexdigest()


def _next(answer: BinaryIO) -> bytes:
    return answer.read(_CHUNK)
