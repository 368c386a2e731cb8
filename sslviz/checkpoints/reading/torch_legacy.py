"""Checkpoints of torch before 1.6: five pickles one after the other, then the numbers of each storage.

The pickles are a magic number, the version, the machine, the objects, and the keys of the storages in the order in which they
follow. Where a storage lies is known only at the end, so the objects are followed twice: once to learn which storages there are.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.known_names import KnownNames, dtype_of, storage_names
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.pickle_instructions import run_pickle
from sslviz.checkpoints.reading.pickle_machine import Machine
from sslviz.checkpoints.reading.tensors import Storage, whole

MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_COUNT = 8  # bytes
_LONGEST_KEY = 200


def read_pickled(file: MappedFile) -> tuple[Any, str]:
    """The tree of objects in a file that begins with a pickle, and which format it is. Raises CheckpointError."""
    first = Machine(file, 0, {}, _nothing)
    found = run_pickle(first)
    if type(found) is int and found == MAGIC:
        return _read_legacy(file, first.place), "torch legacy"
    table = {**KnownNames().table(), "torch.storage._load_from_bytes": _Embedded(file.size).read}
    return run_pickle(Machine(file, 0, table)), "pickle"


class _Embedded:
    """Storages within a plain pickle (`pickle.dump` of a state dict): each is a file of the old format of its own."""

    def __init__(self, available: int) -> None:
        self._left = available

    def read(self, data: Any) -> Any:
        if not isinstance(data, bytes) or len(data) > self._left:
            raise damaged("the numbers of a storage are missing")
        self._left -= len(data)
        file = MappedFile(bytearray(data))
        first = Machine(file, 0, {})
        if run_pickle(first) != MAGIC:
            raise damaged("the numbers of a storage are not those of torch")
        return _read_legacy(file, first.place)


def _read_legacy(file: MappedFile, start: int) -> Any:
    version, start = _next(file, start)
    if version != _VERSION:
        raise CheckpointError(
            "The file is of a version of torch's old format that is not known.",
            "Load it with torch.load, and save it again with torch.save.",
        )
    machine, start = _next(file, start)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise CheckpointError(
            "The file was saved on a big-endian machine, and its numbers would be read backwards.",
            "Load it there with torch.load, and save it again on a little-endian machine.",
        )
    types = _Types()
    objects = Machine(file, start, storage_names(), types.note)
    run_pickle(objects)
    keys, end = _next(file, objects.place)
    storages = _Storages(_places(file, end, keys, types.found))
    return run_pickle(Machine(file, start, KnownNames().table(), storages.load))


def _next(file: MappedFile, start: int) -> tuple[Any, int]:
    machine = Machine(file, start, {})
    return run_pickle(machine), machine.place


def _nothing(_identity: Any) -> None:
    return None


class _Types:
    """The first look at the objects: the type of numbers of every storage by its key."""

    def __init__(self) -> None:
        self.found: dict[str, torch.dtype] = {}

    def note(self, identity: Any) -> Any:
        if isinstance(identity, tuple) and len(identity) > 1 and _text(identity[0]) == "module":
            return identity[1]
        if isinstance(identity, tuple) and len(identity) == 6 and _text(identity[0]) == "storage":
            self.found[_key(identity[2])] = dtype_of(identity[1])
        return None


def _places(file: MappedFile, start: int, keys: Any, types: Mapping[str, torch.dtype]) -> dict[str, Storage]:
    """Every storage, in the order of the file: a count of 8 bytes, then as many numbers."""
    if not isinstance(keys, list):
        raise damaged("the list of its storages is missing")
    storages: dict[str, Storage] = {}
    for key in map(_key, keys):
        if key not in types or key in storages:
            raise damaged(f"storage {key!r} belongs to nothing, or is there twice")
        (count,) = struct.unpack("<q", file.cut(start, _COUNT))
        length = whole(count, "the size of a storage") * types[key].itemsize
        storages[key] = Storage(file, types[key], start + _COUNT, length)
        start += _COUNT + length
    return storages


class _Storages:
    """The second look: storages, and views of them, by what the pickle says of each."""

    def __init__(self, storages: Mapping[str, Storage]) -> None:
        self._storages = storages

    def load(self, identity: Any) -> Any:
        """What ("storage", class, key, device, count, view) or ("module", class, ...) stands for. Raises CheckpointError."""
        if not isinstance(identity, tuple) or len(identity) < 2:
            raise damaged("its pickle refers to something that is no storage")
        if _text(identity[0]) == "module":
            return identity[1]
        if _text(identity[0]) != "storage" or len(identity) != 6:
            raise damaged("its pickle refers to something that is no storage")
        storage = self._storages.get(_key(identity[2]))
        if storage is None or storage.dtype != dtype_of(identity[1]):
            raise damaged("the numbers of a storage are missing")
        view = identity[5]
        if view is None:
            return storage
        if not isinstance(view, tuple) or len(view) != 3:
            raise damaged("a view of a storage is not described")
        return storage.part(view[1], view[2])


def _text(name: Any) -> Any:
    return name.decode("ascii", "replace") if isinstance(name, bytes) and len(name) <= _LONGEST_KEY else name


def _key(key: Any) -> str:
    text = str(key) if type(key) is int else _text(key)
    if not isinstance(text, str) or len(text) > _LONGEST_KEY:
        raise damaged("the key of a storage is no short text")
    return text
