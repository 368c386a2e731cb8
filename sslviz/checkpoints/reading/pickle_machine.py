"""An interpreter of pickles that builds plain values only (Python's pickletools.py describes the instructions).

Python's own unpickler imports what a file names and calls it. This one looks names up in a fixed table; every other name, and
whatever is made by calling it, becomes a `Placeholder`. It counts what it does: a file of a few bytes can neither run for long
nor fill the memory, and lengths and positions that a file claims are compared with what is there before anything is made.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.placeholder import Placeholder

MOST_STEPS = 5_000_000
"""Instructions of one file: hundreds for each of ten thousand tensors."""
MOST_OBJECTS = 1_000_000
"""Lists, dicts, sets, tensors and placeholders of one file."""
MOST_ODD_KEYS = 1_000
"""Keys whose hashes a file could choose to be all the same."""

_LONGEST_LINE = 1_024
_MOST_ARGUMENTS = 64
_LARGEST_KEY = 2**60  # hashes of larger integers repeat
_LONGEST_INTEGER = 256  # bytes
_LARGEST_INDEX = 2**32
_NEWEST_PROTOCOL = 5

Make = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A class or function that a pickle names. make: what is called in its place; None: a Placeholder is made."""

    name: str
    make: Make | None = None


Known = Make | Named | torch.dtype
"""What a table of names holds: a function to call, a name with or without one, or a constant."""


class Machine:
    """One pickle of a file, from byte `start` on. `place` is the next byte; after `run`, the one behind the pickle."""

    def __init__(
        self,
        file: MappedFile,
        start: int,
        known: Mapping[str, Known],
        persistent: Callable[[Any], Any] | None = None,
        end: int | None = None,
    ) -> None:
        self._file = file
        self.place = start
        self._end = file.size if end is None else end
        self._known = known
        self._persistent = persistent
        self.stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self._names: dict[str, Named | torch.dtype] = {}
        self._steps = self._objects = self._odd_keys = 0

    def next_code(self) -> int:
        """The next instruction. Raises CheckpointError where there is none."""
        if self.place >= self._end:
            raise damaged("its pickle does not end")
        self.place += 1
        return self._file.view[self.place - 1]

    def work(self, steps: int) -> None:
        """Count what is done. Raises CheckpointError where it is more than any checkpoint needs."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise _too_much("instructions", MOST_STEPS)

    def count(self, thing: Any) -> Any:
        """Count an object that is made, and give it back. Raises CheckpointError where there are too many."""
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise _too_much("objects", MOST_OBJECTS)
        return thing

    # --- reading ---------------------------------------------------------------------------------------------------------

    def take(self, length: int) -> bytes:
        """The next bytes of the pickle. Raises CheckpointError where there are not as many."""
        if length < 0 or self.place + length > self._end:
            raise damaged("its pickle claims more bytes than there are")
        taken = bytes(self._file.view[self.place : self.place + length])
        self.place += length
        return taken

    def number(self, form: str) -> Any:
        """The next number, of a form that `struct` knows."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def long(self, length: int) -> int:
        """An integer of any size that makes sense."""
        if length > _LONGEST_INTEGER:
            raise damaged("an integer of its pickle is too long")
        return int.from_bytes(self.take(length), "little", signed=True)

    def line(self) -> str:
        """The text up to the end of the line, which is short in every pickle of weights."""
        ahead = bytes(self._file.view[self.place : min(self.place + _LONGEST_LINE, self._end)])
        length = ahead.find(b"\n")
        if length < 0:
            raise damaged("a line of its pickle does not end")
        self.place += length + 1
        return ahead[:length].decode("utf-8")

    # --- stack -----------------------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Begin a stack on top of the stack."""
        self._marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark, which ends there."""
        items, self.stack = self.stack, self._marks.pop()
        return items

    def push(self, thing: Any) -> None:
        """Put something on the stack."""
        self.stack.append(thing)

    def bundle(self, size: int) -> None:
        """Make the last few things on the stack a tuple."""
        if len(self.stack) < size:
            raise damaged("its pickle takes more than it has")
        self.stack[len(self.stack) - size :] = [tuple(self.stack[len(self.stack) - size :])]

    def remember(self, index: int) -> None:
        """Keep what lies on top of the stack for later, by a number (a dict holds them: a large one costs nothing)."""
        if not 0 <= index < _LARGEST_INDEX:
            raise damaged("its pickle counts wrongly")
        self.memo[index] = self.stack[-1]

    # --- containers ------------------------------------------------------------------------------------------------------

    def append(self, items: list[Any]) -> None:
        """Add items to the list on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, Placeholder):
            target.items = [] if target.items is None else target.items
            target = target.items
        if not isinstance(target, list):
            raise damaged("its pickle appends to what is no list")
        target.extend(items)

    def set_items(self, items: list[Any]) -> None:
        """Add keys and values, which alternate, to the dict on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, Placeholder):
            target.items = {} if target.items is None else target.items
            target = target.items
        if not isinstance(target, dict) or len(items) % 2:
            raise damaged("its pickle sets items of what is no dictionary")
        self.fill(target, zip(items[::2], items[1::2], strict=True))

    def fill(self, target: dict[Any, Any], pairs: Any) -> None:
        """Put pairs of key and value into a dict. Raises CheckpointError for keys whose hash is not safe to take."""
        for key, value in pairs:
            self._require_key(key)
            target[key] = value

    def _require_key(self, key: Any) -> None:
        if isinstance(key, (str, bytes, bool, Placeholder, torch.dtype)) or key is None:
            return
        if type(key) is int and abs(key) < _LARGEST_KEY:
            return
        self._odd_keys += 1
        simple = isinstance(key, (int, float)) or (isinstance(key, tuple) and _is_flat(key))
        if not simple or self._odd_keys > MOST_ODD_KEYS:
            raise damaged("a dictionary of it has keys that no checkpoint has")

    # --- names and calls -------------------------------------------------------------------------------------------------

    def look_up(self, module: Any, name: Any) -> None:
        """Push what stands for a class or function. It is looked up in the table, and never imported."""
        if not (isinstance(module, str) and isinstance(name, str)) or len(module) + len(name) > _LONGEST_LINE:
            raise damaged("a name in its pickle is no name")
        full = f"{module}.{name}"
        if full not in self._names:
            known = self._known.get(full)
            self._names[full] = Named(full, known) if known is None or callable(known) else known
        self.push(self._names[full])

    def call(self, what: Any, args: Any) -> Any:
        """What a call makes: that of the table, or a placeholder."""
        if not isinstance(args, tuple):
            raise damaged("its pickle calls something without arguments")
        if isinstance(what, Named) and what.make is not None:
            if len(args) > _MOST_ARGUMENTS:
                raise damaged(f"its pickle calls {what.name} with {len(args):,} arguments")
            return self.count(what.make(*args))
        if isinstance(what, (Named, Placeholder)):
            return self.count(Placeholder(what.name[:_LONGEST_LINE], args))
        raise damaged("its pickle calls what cannot be called")

    def reduce(self) -> None:
        """Call what lies below the arguments on the stack."""
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def new_with_keywords(self) -> None:
        """Call with arguments by name: only placeholders keep those."""
        keywords, args, what = self.stack.pop(), self.stack.pop(), self.stack.pop()
        made = self.call(what, args)
        if isinstance(made, Placeholder):
            made.state = keywords
        self.push(made)

    def instance(self) -> None:
        """Call what two lines name, with what was pushed since the mark."""
        module, name = self.line(), self.line()
        args = tuple(self.since_mark())
        self.look_up(module, name)
        self.stack[-1] = self.call(self.stack[-1], args)

    def construct(self) -> None:
        """Call what was pushed first since the mark, with the rest."""
        what, *args = self.since_mark()
        self.push(self.call(what, tuple(args)))

    def build(self) -> None:
        """Attributes: kept by placeholders; of no use to tensors and dicts, whose only ones are notes (`_metadata`)."""
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, Placeholder):
            slots = isinstance(state, tuple) and len(state) == 2  # (attributes, slots)
            made.state = (state[0] if state[0] is not None else state[1]) if slots else state
        elif isinstance(made, Named):
            raise damaged("its pickle changes a class")

    def persist(self, identity: Any) -> None:
        """Push what lies elsewhere in the file: a storage."""
        if self._persistent is None:
            raise damaged("its pickle refers to data that no such file has")
        self.push(self._persistent(identity))

    def check_protocol(self) -> None:
        """Raises CheckpointError for pickles of a later protocol than is known."""
        version = self.number("<B")
        if version > _NEWEST_PROTOCOL:
            raise CheckpointError(
                f"The file is a pickle of protocol {version}, which is not known.",
                "Save the model again with torch.save.",
            )

    def check_frame(self) -> None:
        """Raises CheckpointError for a frame that is longer than the file."""
        if self.number("<Q") > self._end - self.place:
            raise damaged("its pickle claims more bytes than there are")


def _is_flat(key: tuple[Any, ...]) -> bool:
    return len(key) <= _MOST_ARGUMENTS and all(
        part is None or isinstance(part, (str, bytes, int, float)) for part in key
    )


def _too_much(what: str, most: int) -> CheckpointError:
    return CheckpointError(
        f"The file asks for more than {most:,} {what}, which no checkpoint of a network does.",
        "It is damaged or made to exhaust the memory: fetch it again from where you trust it.",
    )
