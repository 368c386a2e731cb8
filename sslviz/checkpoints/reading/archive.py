"""read_archive: a file or folder of any origin to an `Archive`, without running anything of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from sslviz.checkpoints.base import Archive
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.contents import require_weights
from sslviz.checkpoints.reading.damage import reading
from sslviz.checkpoints.reading.hf_folder import Folder, look_into, owner_of
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.safetensors_file import read_safetensors
from sslviz.checkpoints.reading.sniffing import kind_of
from sslviz.checkpoints.reading.soundness import require_sound
from sslviz.checkpoints.reading.torch_legacy import read_pickled
from sslviz.checkpoints.reading.torch_zip import read_torch_zip


def read_archive(path: Path) -> Archive:
    """What lies in a file or folder. Its tensors are views of the files, which are mapped, not read.

    Never runs code of a file, opens nothing outside a folder, and takes little time and memory whatever the file claims.
    Raises CheckpointError with what is wrong and what to do, and nothing else.
    """
    path = Path(path).expanduser()
    with reading(path):
        if not path.exists():
            raise CheckpointError("There is no such file or folder.", "Check the name.")
        if path.is_dir():
            return _read_folder(path)
        folder = owner_of(path)
        return _read_file(path) if folder is None else _read_folder(folder, path.name)


def _read_file(path: Path) -> Archive:
    tree, form, metadata, size = _tree(path)
    _check(tree, path, size)
    return Archive(path=path, format=form, tree=tree, files=(path,), metadata=metadata)


def _tree(path: Path) -> tuple[Any, str, dict[str, str], int]:
    """The objects of one file, its format, its metadata and its size in bytes."""
    with reading(path):
        file = MappedFile.open(path)
        kind = kind_of(file, path.name.lower())
        if kind == "safetensors":
            tensors, metadata = read_safetensors(file)
            return tensors, "safetensors", metadata, file.size
        if kind == "zip":
            return read_torch_zip(file, path), "torch zip", {}, file.size
        if kind == "pickle":
            tree, form = read_pickled(file)
            return tree, form, {}, file.size
        raise CheckpointError(
            "This is a JSON file of settings, not a checkpoint of a network.",
            "Choose the file of weights, or the folder in which both lie.",
        )


def _check(tree: Any, path: Path, size: int) -> None:
    with reading(path):
        require_sound(tree, size)
        require_weights(tree, path)


def _read_folder(path: Path, wanted: str = "") -> Archive:
    folder = look_into(path, wanted)
    if not folder.expected:
        return _with_one_file(path, folder)
    tree: dict[str, Tensor] = {}
    metadata: dict[str, str] = {}
    size = 0
    for shard in folder.weights:
        found, _, notes, length = _tree(shard)
        _check(found, shard, length)
        _add(tree, found, shard)
        metadata |= notes
        size += length
    _require_complete(tree, folder)
    shards = f"{len(folder.weights)} shard{'s' if len(folder.weights) > 1 else ''}"
    return Archive(
        path, f"Hugging Face folder, {shards}", tree, folder.weights, folder.config, folder.preprocessor, metadata
    )


def _with_one_file(path: Path, folder: Folder) -> Archive:
    (weights,) = folder.weights
    tree, form, metadata, size = _tree(weights)
    _check(tree, weights, size)
    title = f"Hugging Face folder, {form}" if folder.config else f"folder, {form}"
    return Archive(path, title, tree, (weights,), folder.config, folder.preprocessor, metadata)


def _add(tree: dict[str, Tensor], found: Any, shard: Path) -> None:
    """Put the tensors of a shard with the others. Raises CheckpointError for names that are no tensors or there already."""
    with reading(shard):
        for name, tensor in found.items():
            if not isinstance(name, str) or not isinstance(tensor, Tensor):
                raise CheckpointError("A shard holds something other than tensors by name.", "Fetch the folder again.")
            if name in tree:
                raise CheckpointError(f"{name[:120]!r} lies in two shards.", "Fetch the folder again.")
            tree[name] = tensor


def _require_complete(tree: dict[str, Tensor], folder: Folder) -> None:
    missing = [name for name in folder.expected if name not in tree]
    if missing:
        shown = ", ".join(repr(name[:80]) for name in missing[:3])
        raise CheckpointError(
            f"The index lists {len(missing):,} tensors that no shard holds: {shown}.",
            "Download the whole folder again, with all of its files.",
        )
