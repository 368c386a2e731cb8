"""Checkpoints of torch 1.6 and later: a zip archive of one pickle and one file of numbers for each storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.known_names import KnownNames, dtype_of
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.pickle_instructions import run_pickle
from sslviz.checkpoints.reading.pickle_machine import Machine
from sslviz.checkpoints.reading.tensors import Storage, whole
from sslviz.checkpoints.reading.zip_directory import Member, read_directory, stored_members

_PICKLE = "data.pkl"
_LONGEST_KEY = 200


def read_torch_zip(file: MappedFile, path: Path) -> Any:
    """The tree of objects in an archive of `torch.save`. Raises CheckpointError."""
    entries = read_directory(file)
    _refuse_others([entry.name for entry in entries], path)
    members = stored_members(file, entries)
    folder = _folder(members)
    _require_little_endian(file, members.get(f"{folder}byteorder"))
    storages = _Storages(file, members, f"{folder}data/")
    pickled = members[folder + _PICKLE]
    machine = Machine(file, pickled.start, KnownNames().table(), storages.load, end=pickled.start + pickled.length)
    return run_pickle(machine)


class _Storages:
    """Storages by their key, each once: tensors that share numbers go on sharing them."""

    def __init__(self, file: MappedFile, members: dict[str, Member], folder: str) -> None:
        self._file, self._members, self._folder = file, members, folder
        self._made: dict[str, Storage] = {}

    def load(self, identity: Any) -> Storage:
        """The storage that a pickle calls ("storage", class, key, device, count). Raises CheckpointError."""
        if not (isinstance(identity, tuple) and len(identity) == 5 and identity[0] == "storage"):
            raise damaged("its pickle refers to something that is no storage")
        _, kind, key, _, count = identity
        if not isinstance(key, str) or len(key) > _LONGEST_KEY:
            raise damaged("the key of a storage is no short text")
        member = self._members.get(f"{self._folder}{key}")
        if member is None:
            raise damaged(f"the numbers of storage {key!r} are missing")
        dtype = dtype_of(kind)
        length = whole(count, "the size of a storage") * dtype.itemsize
        if length > member.length:
            raise damaged(f"storage {key!r} is shorter than it should be")
        if key not in self._made:
            self._made[key] = Storage(self._file, dtype, member.start, length)
        made = self._made[key]
        if (made.dtype, made.length) != (dtype, length):
            raise damaged(f"storage {key!r} is described twice, differently")
        return made


def _folder(members: dict[str, Member]) -> str:
    """The folder within the archive that holds everything, with its slash."""
    found = [name.removesuffix(_PICKLE) for name in members if name == _PICKLE or name.endswith(f"/{_PICKLE}")]
    top = min(found, key=lambda name: name.count("/"), default=None)
    if top is None or len([name for name in found if name.count("/") == top.count("/")]) > 1:
        raise damaged(f"it holds {len(found)} pickles named {_PICKLE} where there should be one")
    return top


def _require_little_endian(file: MappedFile, order: Member | None) -> None:
    if order is not None and file.cut(order.start, min(order.length, 16)) != b"little":
        raise CheckpointError(
            "The file was saved on a big-endian machine, and its numbers would be read backwards.",
            "Load it there with torch.load, and save it again on a little-endian machine.",
        )


def _refuse_others(names: list[str], path: Path) -> None:
    """Raises CheckpointError for archives of other things, which says what they are."""
    below = [name.partition("/")[2] for name in names]
    if any(name == "constants.pkl" or name.startswith("code/") for name in (*names, *below)):
        raise CheckpointError(
            "This is a TorchScript archive: a program with its weights, which is not run here.",
            "In Python, save its weights alone and open those: import torch; "
            f'torch.save(torch.jit.load({path.name!r}, map_location="cpu").state_dict(), "weights.pth")',
        )
    if any(name.endswith(_PICKLE) for name in names):
        return
    if names and all(name.endswith(".npy") for name in names):
        raise CheckpointError(
            "This is an archive of NumPy arrays (.npz), not a checkpoint of a network.",
            "Choose the file of weights that the training wrote (.pth, .pt, .ckpt, .safetensors).",
        )
    if any(name.endswith(("models/model.json", "serialized_exported_program.json")) for name in names):
        raise CheckpointError(
            "This is an exported program of torch.export, which is not run here.",
            'Save its weights alone: import torch; torch.save(torch.export.load("FILE").state_dict, "weights.pth")',
        )
    inside = [name for name in names if name.endswith((".pth", ".pt", ".bin", ".ckpt", ".safetensors"))]
    raise CheckpointError(
        f"This is a zip archive of {_listing(names)}, not a checkpoint of a network.",
        f"Unpack it and open {inside[0][:80]!r}." if inside else "Choose the file of weights that the training wrote.",
    )


def _listing(names: list[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:3])
    return (shown + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")) or "nothing"
