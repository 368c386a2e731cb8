"""How the process that lays points out and the one that asks it speak: a line of JSON, and the bytes of arrays after it.

Nothing that is read is ever run, and an array is read into its own memory at once.
"""

from __future__ import annotations

from typing import BinaryIO

import msgspec
import numpy as np

from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan


class Job(msgspec.Struct, frozen=True, tag=True):
    """Lay out the array that follows; a second one is where to begin."""

    plan: LayoutPlan


class GiveUp(msgspec.Struct, frozen=True, tag=True):
    """Nobody waits for the job any more."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """How far the job is."""

    share: float
    doing: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """The job is done; its points follow."""


class GivenUp(msgspec.Struct, frozen=True, tag=True):
    """The job was given up as asked."""


class Broke(msgspec.Struct, frozen=True, tag=True):
    """The job failed, and how."""

    message: str
    hint: str = ""
    trace: str = ""


Message = Job | GiveUp | Told | Done | GivenUp | Broke


class _Shape(msgspec.Struct, frozen=True):
    shape: tuple[int, ...]


class _Line(msgspec.Struct, frozen=True):
    message: Message
    arrays: tuple[_Shape, ...]


def send(stream: BinaryIO, message: Message, *arrays: Array) -> None:
    """Write a message and float32 arrays. Raises OSError where nobody reads."""
    rows = [np.ascontiguousarray(array, np.float32) for array in arrays]
    stream.write(msgspec.json.encode(_Line(message, tuple(_Shape(array.shape) for array in rows))) + b"\n")
    for array in rows:
        stream.write(array.reshape(-1).view(np.uint8).data)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[Message, list[Array]]:
    """The next message and its arrays. Raises EOFError where the other side has ended."""
    text = stream.readline()
    if not text.endswith(b"\n"):
        raise EOFError
    line = msgspec.json.decode(text, type=_Line)
    return line.message, [_read(stream, sent.shape) for sent in line.arrays]


def _read(stream: BinaryIO, shape: tuple[int, ...]) -> Array:
    array = np.empty(shape, np.float32)
    space = array.reshape(-1).view(np.uint8).data
    while len(space):
        count = stream.readinto(space)  # type: ignore[attr-defined]  # typeshed's BinaryIO lacks what every buffered stream has
        if not count:
            raise EOFError
        space = space[count:]
    return array
