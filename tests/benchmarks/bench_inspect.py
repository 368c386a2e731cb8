"""Looking into models: a large file opened, the attention of 3,601 tokens, and how long a user waits for a map.

What is compared runs in processes of its own, by turns, so that a peak of memory is of one thing and a busy moment hits both. Files
are made here with random weights in published shapes: what the numbers are changes no time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from figure import Figure, median, ratio

HERE = Path(__file__).resolve().parent
ROUNDS, QUICK_ROUNDS = 5, 1
Measured = dict[str, float]


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Opening, attention and waiting, in this order."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_opening(folder, rounds), *_attention(folder, rounds), *_waiting(folder, rounds)]


def _opening(folder: Path, rounds: int) -> list[Figure]:
    path = written(folder, "vit_base_16")
    ours, theirs = _by_turns(rounds, ("open", str(path)), ("load", str(path)))
    size = path.stat().st_size
    return [
        ratio("open and describe / load, sha256, finiteness", _of(ours, "s"), _of(theirs, "s"), target=1.3, better="lower",
              note=f"ViT-B/16, a file of {size / 1e6:.0f} MB; the other: torch.load(weights_only=True), a hash, isfinite of each tensor"),
        median("peak memory of opening / file", [peak / size for peak in _of(ours, "bytes")], "x", target=2.0, better="lower"),
    ]  # fmt: skip


def _attention(folder: Path, rounds: int) -> list[Figure]:
    path = str(written(folder, "vit_small_8"))
    ours, theirs, every = _by_turns(rounds, ("last", path), ("materialised", path), ("all", path))
    both = "ViT-S/8 at 480 × 480 px, 3,601 tokens; both give the class token's row of the last layer"
    return [
        ratio("last attention / all layers materialised, time", _of(ours, "s"), _of(theirs, "s"), target=0.9, better="lower", note=both),
        ratio("last attention / all layers materialised, memory", _of(ours, "bytes"), _of(theirs, "bytes"), target=0.6, better="lower"),
        ratio("maps of all 12 layers / of the last, time", _of(every, "s"), _of(ours, "s"), better="lower", note="in one pass"),
    ]  # fmt: skip


def _waiting(folder: Path, rounds: int) -> list[Figure]:
    small, large = written(folder, "vit_small_16"), written(folder, "mae_base_16")
    drops, shipped, base = _by_turns(rounds, ("drop", str(small)), ("rebuild", "mae-shapes"), ("rebuild", str(large)))
    return [
        median("from a dropped file to maps, ViT-S/16 at 224 px", _of(drops, "s"), "s", target=3.0, better="lower",
               note="opened, hashed, checked; the picture decoded; maps of the last layer; libraries are loaded, as in the worker"),
        median("a new query patch, ViT-S/16 at 224 px", [1000 * s for s in _of(drops, "query_s")], "ms", target=50.0, better="lower"),
        median("MAE's answer, the shipped model", [1000 * s for s in _of(shipped, "s")], "ms", target=100.0, better="lower"),
        median("MAE's answer, ViT-B/16 at 224 px", [1000 * s for s in _of(base, "s")], "ms", target=1000.0, better="lower"),
    ]  # fmt: skip


def written(folder: Path, shape: str) -> Path:
    path = folder / f"{shape}.pth"
    _child("write", str(path), shape)
    return path


def _by_turns(rounds: int, *tasks: tuple[str, str]) -> list[list[Measured]]:
    """Results of each task, run in turn; a first round, which warms the disk's cache, is left out."""
    results = [[_child(*task) for task in tasks] for _ in range(rounds + 1)]
    return [[row[k] for row in results[1:]] for k in range(len(tasks))]


def _child(*words: str) -> Measured:
    """One task in a process of its own."""
    command = [sys.executable, str(HERE / "inspect_tasks.py"), *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent.parent)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def _of(results: list[Measured], name: str) -> list[float]:
    return [result[name] for result in results]
