"""Devices and threads: where a run computes, chosen by name or by what there is."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from sslviz.nn.errors import NetworkError


def device_names() -> tuple[str, ...]:
    """The devices of this machine, best first: "cuda" (with "cuda:0", "cuda:1" ... where there are several), "mps", "cpu"."""
    names: list[str] = []
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        names += ["cuda", *(f"cuda:{k}" for k in range(count) if count > 1)]
    if torch.backends.mps.is_available():
        names.append("mps")
    return (*names, "cpu")


def choose_device(name: str) -> torch.device:
    """The device called `name`; "auto" takes the best there is. Raises NetworkError for one that is not there."""
    available = device_names()
    wanted = available[0] if name == "auto" else name
    if wanted in available or (wanted == "cuda:0" and "cuda" in available):
        return torch.device(wanted)
    raise NetworkError(
        f"There is no device {name!r} on this machine.", f"There are: auto, {', '.join(available)}.", field="device"
    )


def intra_op_threads(requested: int) -> int:
    """How many threads one operation of torch may use: `requested`, or for 0 all usable cores.

    Cores that the process may not use, by affinity or by a container's quota, do not count.
    """
    usable = usable_cores()
    return usable if requested <= 0 else requested


def usable_cores() -> int:
    """The cores that this process may really keep busy."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(affinity, _quota(Path("/sys/fs/cgroup")) or affinity))


def _quota(root: Path) -> int | None:
    """Cores that a Linux container's CPU quota comes to, rounded up; None without a quota."""
    try:
        if (unified := root / "cpu.max").is_file():
            quota, period = unified.read_text().split()
        else:
            quota = (root / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (root / "cpu/cpu.cfs_period_us").read_text().strip()
        return None if quota in ("max", "-1") else max(1, -(-int(quota) // int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None  # no control group, or one written in a way that we do not know: then there is no quota to honour


_lock = threading.Lock()
_listeners: list[Callable[[str], None]] = []


@contextmanager
def report_fallbacks(tell: Callable[[str], None]) -> Iterator[None]:
    """Passes each distinct notice that an operation fell back to the CPU to `tell`, as a sentence; other warnings go their way.

    May be entered by several threads at a time: torch warns once a process and not once a run, so all of them are told.
    """
    told: set[str] = set()

    def listen(operation: str) -> None:
        if operation not in told:
            told.add(operation)
            tell(f"This device cannot compute {operation}; the CPU does it instead, which is slower.")

    with _lock:
        if not _listeners:
            _hook(warnings.showwarning)
        _listeners.append(listen)
    try:
        yield
    finally:
        with _lock:
            _listeners.remove(listen)
            if not _listeners:
                _unhook()


def _hook(previous: Callable[..., None]) -> None:
    def show(message: Warning | str, *where: object, **more: object) -> None:
        text = str(message)
        if not _listeners or "fall back" not in text or "CPU" not in text:
            previous(message, *where, **more)
            return
        for listen in tuple(_listeners):
            listen(_operation(text))

    show.previous = previous  # type: ignore[attr-defined] # functions carry attributes, which their type does not know
    warnings.showwarning = show


def _unhook() -> None:
    """Gives the warnings back, unless somebody else has taken them since."""
    previous = getattr(warnings.showwarning, "previous", None)
    if previous is not None:
        warnings.showwarning = previous


def _operation(text: str) -> str:
    """The operator named in torch's notice: "The operator 'aten::pdist' is not currently supported on the MPS backend ..."."""
    parts = text.split("'")
    return parts[1] if len(parts) > 2 else "an operation"
