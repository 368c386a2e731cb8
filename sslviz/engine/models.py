"""Opened models: each is read once and shared by every view, until memory is needed or its file changes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from sslviz.engine.kept import Kept, never
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelRef

if TYPE_CHECKING:
    from torch import nn

    from sslviz.inspect.model import Model

SHARE = 0.25
"""Of this computer's memory, for models that are kept open."""
RANDOM_SEED = 0
_LOGS = frozenset({".csv", ".jsonl", ".lock", ".log", ".md", ".part"})
_SCORES = "evaluation.json"
"""Files of a folder that may change without changing its model."""

Advance = Callable[[float, str], None]
Open = Callable[[ModelRef, Advance, Callable[[], bool]], "Model"]
Stamp = tuple[tuple[str, int, int], ...]
"""(file, time of its last change in ns, bytes)."""
Mark = tuple[ModelRef, Stamp]


def _silent(fraction: float, text: str) -> None:
    """Nobody watches."""


class OpenedModels:
    """Thread-safe. Two views that want the same model read it once."""

    def __init__(self, read: Open | None = None, budget: float = 0.0) -> None:
        self._read = read or open_reference
        self._kept: Kept[Mark, Model] = Kept(budget or SHARE * psutil.virtual_memory().total, weight_of)

    def mark(self, ref: ModelRef) -> Mark:
        """Equal for references that lead to the same weights; another one once the file has changed."""
        return dataclasses.replace(ref, download=False), stamp_of(_place_of(ref))

    def holds(self, ref: ModelRef) -> bool:
        """Whether `get` would return at once."""
        return self._kept.holds(self.mark(ref))

    def get(self, ref: ModelRef, advance: Advance, cancelled: Callable[[], bool] = never) -> Model:
        """The model, opened where it is not. Raises CheckpointError and its like, Cancelled."""

        def make() -> Model:
            if ref.random:
                plain = dataclasses.replace(ref, random=False)
                return untrained(ref, lambda: self.get(plain, advance, cancelled))
            return self._read(ref, advance, cancelled)

        return self._kept.get(self.mark(ref), make, cancelled)


def untrained(ref: ModelRef, trained: Callable[[], Model]) -> Model:
    """The model with random weights: `trained` drawn anew, or, of a name of timm whose weights are not here, timm's own network.

    Raises CheckpointError and its like, Cancelled.
    """
    from sslviz.checkpoints.base import Wishes
    from sslviz.checkpoints.errors import CheckpointError
    from sslviz.inspect.model import Model

    try:
        return trained().with_random_weights(RANDOM_SEED)
    except CheckpointError:
        if not ref.source.startswith("timm:"):
            raise
    from sslviz.inspect.hub import untrained_named

    return Model(untrained_named(ref.source, Wishes(ref.heads, ref.image_size), RANDOM_SEED))


def open_reference(ref: ModelRef, advance: Advance = _silent, cancelled: Callable[[], bool] = never) -> Model:
    """The model that a reference leads to, opened anew. Raises CheckpointError and its like, Cancelled."""
    from sslviz.inspect.open import open_model

    name = Path(ref.source).name or ref.source
    advance(float("nan"), f"opening {name}")
    if ref.random:
        plain = dataclasses.replace(ref, random=False)
        return untrained(ref, lambda: open_reference(plain, advance, cancelled))
    return open_model(
        ref.source, network=ref.network, heads=ref.heads, image_size=ref.image_size, decoder_heads=ref.decoder_heads,
        device="auto", snapshot=ref.snapshot, download=ref.download, progress=lambda share: advance(share, f"opening {name}"), cancelled=cancelled,
    )  # fmt: skip


def weight_of(model: Model) -> float:
    """Bytes of all its parameters and buffers."""
    loaded = model.loaded
    parts: list[nn.Module | None] = [loaded.network, loaded.decoder, loaded.text, loaded.method, *loaded.heads.values()]
    tensors = (t for part in parts if part for t in (*part.parameters(), *part.buffers()))
    return float(sum(tensor.numel() * tensor.element_size() for tensor in tensors))


def _place_of(ref: ModelRef) -> str:
    """The file or folder whose change changes the model: of a snapshot its own file, whatever its run still writes beside it."""
    if ref.snapshot == LAST or not Path(ref.source).expanduser().is_dir():
        return ref.source
    from sslviz.training.snapshots import snapshot_path

    return str(snapshot_path(Path(ref.source).expanduser(), ref.snapshot))


def stamp_of(source: str) -> Stamp:
    """What tells whether the files of a source have changed; () of names."""
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            return tuple(sorted(_stamps(path)))
        return (_stamp(path.name, path.stat()),)
    except OSError:  # a name, or a file that is gone: opening it says so
        return ()


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file() and entry.name != _SCORES and Path(entry.name).suffix.lower() not in _LOGS:
                yield _stamp(entry.name, entry.stat())


def _stamp(name: str, stat: os.stat_result) -> tuple[str, int, int]:
    return name, stat.st_mtime_ns, stat.st_size
