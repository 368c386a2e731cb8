"""Folders as the Hugging Face Hub lays them out: configuration, and weights in one file or in shards that an index lists.

Nothing outside the folder is opened, except what the Hub's own cache links to; code that lies in it is never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.json_files import read_json

MOST_SHARDS = 1_000
SINGLE = (
    "model.safetensors",
    "pytorch_model.bin",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.bin",
)
"""Names of weights in one file, those that no code can hide in first."""
INDEXED = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_SHARD = re.compile(r".+-\d{5}-of-\d{5}\.(safetensors|bin)")
_ENDINGS = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".pth.tar", ".pkl")
_WHOLE = "Download the whole folder again, with all of its files."


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in a folder, and which names the index expects in its shards (none without an index)."""

    weights: tuple[Path, ...]
    config: dict[str, Any]
    preprocessor: dict[str, Any]
    expected: dict[str, str]  # tensor -> shard


def look_into(folder: Path, wanted: str = "") -> Folder:
    """The configuration of a folder and its weights, or those of its files that is called `wanted`. Raises CheckpointError."""
    config = _configuration(folder, "config.json")
    if "auto_map" in config:
        raise CheckpointError(
            f"{folder.name}: The network of this folder is code that lies beside its weights, and no code of a model is run.",
            "If it is an ordinary network, remove `auto_map` from a copy of its config.json and open that.",
        )
    preprocessor = _configuration(folder, "preprocessor_config.json")
    for name in (wanted, *SINGLE):
        if name in SINGLE and _exists(folder / name):
            return Folder((inside(folder, name),), config, preprocessor, {})
    for name in INDEXED:
        if _exists(folder / name):
            expected = _weight_map(read_json(inside(folder, name)))
            shards = tuple(inside(folder, shard) for shard in dict.fromkeys(expected.values()))
            return Folder(shards, config, preprocessor, expected)
    return Folder((_only_weights(folder, bool(config)),), config, preprocessor, {})


def owner_of(file: Path) -> Path | None:
    """The folder that a file is to be opened with: for one shard of many, an index or a configuration. None: the file alone."""
    if file.name in (*INDEXED, "config.json"):
        return file.parent
    indexed = any(_exists(file.parent / name) for name in INDEXED)
    if _SHARD.fullmatch(file.name):
        if not indexed:
            raise CheckpointError(
                f"{file.name}: This is one of several shards, and the index that lists them is missing.", _WHOLE
            )
        return file.parent
    return file.parent if file.name in SINGLE and _exists(file.parent / "config.json") else None


def inside(folder: Path, name: str) -> Path:
    """A file of the folder by its plain name. Raises CheckpointError where the name or a link leads out of it."""
    if not name or name != Path(name).name or set(name) & set("/\\:\0") or name in (".", ".."):
        raise CheckpointError(
            f"{folder.name}: The folder refers to {name[:120]!r}, which does not lie in it.",
            "No file outside the folder is opened: fetch it again from where you trust it.",
        )
    path = folder / name
    try:
        real = path.resolve(strict=True)
        allowed = [folder.resolve(strict=True), *_hub_cache(folder)]
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"{folder.name}: {name[:120]!r} is missing.", _WHOLE) from error
    if not any(real.is_relative_to(place) for place in allowed):
        raise CheckpointError(
            f"{folder.name}: {name[:120]!r} is a link to a file outside the folder.",
            "Put the file itself in its place, if you trust who made the folder.",
        )
    return path


def _hub_cache(folder: Path) -> list[Path]:
    """Where the Hub's cache keeps the files that its snapshots (models--NAME/snapshots/REVISION) link to."""
    real = folder.resolve(strict=True)
    repository = real.parent.parent
    cached = real.parent.name == "snapshots" and repository.name.startswith("models--")
    return [repository / "blobs"] if cached and not (repository / "blobs").is_symlink() else []


def _configuration(folder: Path, name: str) -> dict[str, Any]:
    return read_json(inside(folder, name)) if _exists(folder / name) else {}


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _weight_map(index: dict[str, Any]) -> dict[str, str]:
    found = index.get("weight_map")
    if not isinstance(found, dict) or not found or not all(isinstance(shard, str) for shard in found.values()):
        raise CheckpointError("The index of the folder does not say which tensor lies in which shard.", _WHOLE)
    if len(set(found.values())) > MOST_SHARDS:
        raise CheckpointError(f"The index of the folder names more than {MOST_SHARDS:,} shards.", _WHOLE)
    return found


def _only_weights(folder: Path, configured: bool) -> Path:
    """The one file of weights in a folder that is laid out otherwise."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    found = [name for name in names if name.endswith(_ENDINGS)]
    if len(found) == 1:
        return inside(folder, found[0])
    if found:
        shown = ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")
        raise CheckpointError(
            f"{folder.name}: The folder holds {len(found)} files of weights: {shown}.", "Open one of them."
        )
    if any(name.endswith(".distcp") for name in names):
        raise CheckpointError(
            f"{folder.name}: This is a distributed checkpoint, whose tensors are cut into pieces.",
            "Put it together in Python: from torch.distributed.checkpoint.format_utils import dcp_to_torch_save; "
            'dcp_to_torch_save("FOLDER", "weights.pth")',
        )
    if configured:
        raise CheckpointError(f"{folder.name}: The folder has a config.json, and no weights.", _WHOLE)
    raise CheckpointError(
        f"{folder.name}: There are no weights in this folder.",
        f"Choose a file of weights, or a folder that holds one ({', '.join(SINGLE[:2])}).",
    )
