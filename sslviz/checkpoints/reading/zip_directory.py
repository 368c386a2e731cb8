"""Where the members of a zip archive lie (PKWARE APPNOTE 6.3, with zip64), read without unpacking anything.

Stricter than zip readers are: members must be stored uncompressed, unencrypted, once each and apart from each other, as
`torch.save` writes them. So no archive can grow when it is read, and no member can be read as two things.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.mapped_file import MappedFile

MOST_MEMBERS = 400_000
"""More than any checkpoint has tensors."""

_END, _END_SIZE = b"PK\x05\x06", 22
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
_LOCAL, _LOCAL_SIZE = b"PK\x03\x04", 30
_LONGEST_COMMENT = 65_535
_UNKNOWN32 = 0xFFFFFFFF
_SAVE_AGAIN = "Unpack it, or save the model again with torch.save."


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its bytes lie in [start, start + length)."""

    name: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the central directory, as it claims to be."""

    name: str
    flags: int
    method: int
    packed: int  # bytes
    length: int  # bytes
    header: int  # where its local header begins


def read_directory(file: MappedFile) -> list[Entry]:
    """What the directory lists. Raises CheckpointError where it is damaged."""
    start, size, count = _directory_place(file)
    if count > MOST_MEMBERS or size > file.size:
        raise damaged(f"its directory claims {count:,} members")
    file.require(start, size)
    return list(_entries(file, start, size, count))


def stored_members(file: MappedFile, entries: Sequence[Entry]) -> dict[str, Member]:
    """The members by name. Raises CheckpointError for an archive that is damaged, packed, encrypted or ambiguous."""
    members: dict[str, Member] = {}
    for entry in entries:
        if entry.name in members:
            raise CheckpointError(f"The archive holds two members named {entry.name[:80]!r}.", _SAVE_AGAIN)
        members[entry.name] = _member(file, entry)
    _require_apart(members)
    return members


def _directory_place(file: MappedFile) -> tuple[int, int, int]:
    """Start and size in bytes and the number of entries of the central directory."""
    tail = max(0, file.size - _END_SIZE - _LONGEST_COMMENT)
    found = file.cut(tail, file.size - tail).rfind(_END)
    if found < 0 or tail + found + _END_SIZE > file.size:
        raise damaged("the directory at the end of the archive is missing, so its end has not arrived")
    end = tail + found
    count, size, start = struct.unpack_from("<HLL", file.view, end + 10)
    if count == 0xFFFF or _UNKNOWN32 in (size, start):
        return _directory_place64(file, end)
    return start, size, count


def _directory_place64(file: MappedFile, end: int) -> tuple[int, int, int]:
    locator = end - 20
    if locator < 0 or file.cut(locator, 4) != _LOCATOR64:
        raise damaged("the place of its directory is missing")
    (place,) = struct.unpack_from("<Q", file.view, locator + 8)
    if file.cut(place, 56)[:4] != _END64:
        raise damaged("the place of its directory is wrong")
    count, size, start = struct.unpack_from("<QQQ", file.view, place + 32)
    return start, size, count


def _entries(file: MappedFile, start: int, size: int, count: int) -> Iterator[Entry]:
    place, end = start, start + size
    for _ in range(count):
        if place + _ENTRY_SIZE > end or file.cut(place, 4) != _ENTRY:
            raise damaged("its directory is shorter than it says")
        flags, method, packed, length, names, extras, comments, header = struct.unpack_from(
            "<HH8xLLHHH8xL", file.view, place + 8
        )
        name = file.cut(place + _ENTRY_SIZE, names)
        extra = file.cut(place + _ENTRY_SIZE + names, extras)
        length, packed, header = _long_sizes(extra, [length, packed, header])
        yield Entry(name.decode("utf-8" if flags & 0x800 else "cp437"), flags, method, packed, length, header)
        place += _ENTRY_SIZE + names + extras + comments


def _long_sizes(extra: bytes, sizes: list[int]) -> list[int]:
    """Sizes that did not fit into 32 bits stand in the zip64 field, in this order."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1:
            long = iter(struct.unpack_from(f"<{min(length, len(extra) - place - 4) // 8}Q", extra, place + 4))
            return [next(long, size) if size == _UNKNOWN32 else size for size in sizes]
        place += 4 + length
    return sizes


def _member(file: MappedFile, entry: Entry) -> Member:
    if entry.flags & 0x1:
        raise CheckpointError("The archive is encrypted.", "Unpack it with its password and open what lies in it.")
    if entry.method != 0 or entry.packed != entry.length:
        raise CheckpointError("The archive is compressed, which torch.save never does.", _SAVE_AGAIN)
    if file.cut(entry.header, _LOCAL_SIZE)[:4] != _LOCAL:
        raise damaged(f"the member {entry.name[:80]!r} does not begin where the directory says")
    names, extras = struct.unpack_from("<HH", file.view, entry.header + 26)
    start = entry.header + _LOCAL_SIZE + names + extras
    file.require(start, entry.length)
    return Member(entry.name, start, entry.length)


def _require_apart(members: dict[str, Member]) -> None:
    """Members that share bytes would let a small file claim any amount of memory."""
    end = 0
    for member in sorted(members.values(), key=attrgetter("start", "length")):
        if member.start < end:
            raise damaged(f"the member {member.name[:80]!r} overlaps another")
        end = member.start + member.length
