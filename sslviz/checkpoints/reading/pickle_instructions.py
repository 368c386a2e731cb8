"""What each instruction of a pickle does to a `Machine` (their list and meaning: Python's pickletools.py).

Those left out (the registry of extensions, buffers beside the file) no checkpoint has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sslviz.checkpoints.reading.damage import BROKEN, damaged
from sslviz.checkpoints.reading.pickle_machine import Machine

_STOP = ord(".")

Step = Callable[[Machine], object]


def run_pickle(machine: Machine) -> Any:
    """Follow a pickle to its end: what it describes. Raises CheckpointError."""
    try:
        return _run(machine)
    except BROKEN as error:
        raise damaged(f"its pickle makes no sense before byte {machine.place:,}") from error


def _run(machine: Machine) -> Any:
    while (code := machine.next_code()) != _STOP:
        step = INSTRUCTIONS.get(code)
        if step is None:
            raise damaged(f"byte {machine.place - 1:,} is no instruction of a pickle")
        machine.work(1)
        step(machine)
    return machine.stack.pop()


def _text(data: bytes) -> str | bytes:
    """Strings of Python 2 may be text or raw bytes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _quoted(line: str) -> str:
    if len(line) < 2 or line[0] != line[-1] or line[0] not in "'\"":
        raise damaged("a text of its pickle has no quotes")
    return line[1:-1]


def _old_integer(line: str) -> int | bool:
    return {"00": False, "01": True}.get(line, int(line))


def _unicode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _look_up_from_stack(m: Machine) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    m.look_up(module, name)


def _dict_since_mark(m: Machine) -> None:
    items = m.since_mark()
    m.push(m.count({}))
    m.set_items(items)


def _set_item(m: Machine) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    m.set_items([key, value])


_PLAIN: dict[bytes, Step] = {
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": lambda m: m.push(_old_integer(m.line())),
    b"L": lambda m: m.push(int(m.line().rstrip("L"))),
    b"F": lambda m: m.push(float(m.line())),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("<B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"G": lambda m: m.push(m.number(">d")),
    b"\x8a": lambda m: m.push(m.long(m.number("<B"))),
    b"\x8b": lambda m: m.push(m.long(m.number("<i"))),
    b"S": lambda m: m.push(_quoted(m.line())),
    b"T": lambda m: m.push(_text(m.take(m.number("<i")))),
    b"U": lambda m: m.push(_text(m.take(m.number("<B")))),
    b"V": lambda m: m.push(m.line().encode("latin-1").decode("raw-unicode-escape")),
    b"X": lambda m: m.push(_unicode(m.take(m.number("<I")))),
    b"\x8c": lambda m: m.push(_unicode(m.take(m.number("<B")))),
    b"\x8d": lambda m: m.push(_unicode(m.take(m.number("<Q")))),
    b"B": lambda m: m.push(m.take(m.number("<I"))),
    b"C": lambda m: m.push(m.take(m.number("<B"))),
    b"\x8e": lambda m: m.push(m.take(m.number("<Q"))),
    b"\x96": lambda m: m.push(m.take(m.number("<Q"))),
}
"""Numbers, text and bytes."""

_CONTAINERS: dict[bytes, Step] = {
    b")": lambda m: m.push(()),
    b"t": lambda m: m.push(tuple(m.since_mark())),
    b"\x85": lambda m: m.bundle(1),
    b"\x86": lambda m: m.bundle(2),
    b"\x87": lambda m: m.bundle(3),
    b"]": lambda m: m.push(m.count([])),
    b"l": lambda m: m.push(m.count(m.since_mark())),
    b"a": lambda m: m.append([m.stack.pop()]),
    b"e": lambda m: m.append(m.since_mark()),
    b"}": lambda m: m.push(m.count({})),
    b"d": _dict_since_mark,
    b"s": _set_item,
    b"u": lambda m: m.set_items(m.since_mark()),
    b"\x8f": lambda m: m.push(m.count([])),
    b"\x90": lambda m: m.append(m.since_mark()),
    b"\x91": lambda m: m.push(m.count(m.since_mark())),
}
"""Tuples, lists, dicts; sets are lists here, as nothing needs their items to be hashed."""

_MEMORY: dict[bytes, Step] = {
    b"\x80": lambda m: m.check_protocol(),
    b"\x95": lambda m: m.check_frame(),
    b"(": lambda m: m.mark(),
    b"0": lambda m: m.stack.pop() if m.stack else m.since_mark(),
    b"1": lambda m: m.since_mark(),
    b"2": lambda m: m.push(m.stack[-1]),
    b"p": lambda m: m.remember(int(m.line())),
    b"q": lambda m: m.remember(m.number("<B")),
    b"r": lambda m: m.remember(m.number("<I")),
    b"\x94": lambda m: m.remember(len(m.memo)),
    b"g": lambda m: m.push(m.memo[int(m.line())]),
    b"h": lambda m: m.push(m.memo[m.number("<B")]),
    b"j": lambda m: m.push(m.memo[m.number("<I")]),
}
"""Frames, marks, the stack, and what is remembered for later."""

_CALLS: dict[bytes, Step] = {
    b"c": lambda m: m.look_up(m.line(), m.line()),
    b"\x93": _look_up_from_stack,
    b"R": lambda m: m.reduce(),
    b"\x81": lambda m: m.reduce(),
    b"\x92": lambda m: m.new_with_keywords(),
    b"i": lambda m: m.instance(),
    b"o": lambda m: m.construct(),
    b"b": lambda m: m.build(),
    b"P": lambda m: m.persist(m.line()),
    b"Q": lambda m: m.persist(m.stack.pop()),
}
"""Names, and what would be made by calling them."""

INSTRUCTIONS: dict[int, Step] = {
    code[0]: step for table in (_PLAIN, _CONTAINERS, _MEMORY, _CALLS) for code, step in table.items()
}
