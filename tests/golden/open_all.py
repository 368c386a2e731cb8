"""Opens one path after another in a process of its own with little memory; says of each, as a line of JSON, what became of it.

Usage: python -m tests.golden.open_all PATH...
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from pathlib import Path

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part

ROOM = 400_000_000
"""Bytes of address space beyond what the libraries take. The largest hostile file has 27 kB."""


def outcome(path: Path) -> dict[str, object]:
    """kind: "loaded", "refused" or "broken"; with message and hint, seconds, and growth of the peak memory in bytes."""
    before, began = _peak(), time.perf_counter()
    said: dict[str, object] = {"path": str(path)}
    try:
        loaded = load(read_part(path), Wishes())
        said |= {"kind": "loaded", "title": loaded.description.title}
    except CheckpointError as error:
        said |= {"kind": "refused", "message": error.message, "hint": error.hint}
    except Exception:  # noqa: BLE001 # whatever else comes out is what the tests look for
        said |= {"kind": "broken", "message": traceback.format_exc()}
    return {**said, "seconds": time.perf_counter() - began, "growth": _peak() - before}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _limit_memory() -> None:
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, taken + ROOM))


if __name__ == "__main__":
    if sys.platform == "linux":
        _limit_memory()
    for name in sys.argv[1:]:
        print(json.dumps(outcome(Path(name))), flush=True)
