"""events.jsonl: what happened in a run beside its numbers, one JSON object a line, in the order in which it happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sslviz.spec.events import Diagnosed, Event, Failed, Finished, Flipped, Referenced, SnapshotSaved, StateChanged
from sslviz.spec.params import Scalar
from sslviz.training.atomic import AppendLog, cannot_write, write_atomically

NAME = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """A live parameter is to change once `at` steps are taken. Recorded, so that a resumed run knows it; told as `Flipped` when it happens."""

    name: str
    value: Scalar
    at: int


KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (Flipped, Planned, Referenced, Diagnosed, SnapshotSaved, StateChanged, Failed, Finished)
}
"""The events that are recorded. The others are drawn and forgotten, or have a file of their own."""


@dataclass(frozen=True, slots=True)
class Record:
    """What an events.jsonl holds. `problem` says in one sentence what could not be read, "" where all could."""

    events: tuple[Event, ...] = ()  # run_id is ""
    problem: str = ""

    def flips(self) -> tuple[Flipped, ...]:
        """The live changes, oldest first."""
        return tuple(event for event in self.events if isinstance(event, Flipped))

    def plans(self, step: int) -> tuple[Planned, ...]:
        """The changes that were planned for `step` or later and are not on record as flips."""
        done = {(flip.name, flip.step) for flip in self.flips()}
        plans = (event for event in self.events if isinstance(event, Planned))
        return tuple(plan for plan in plans if plan.at >= step and (plan.name, plan.at) not in done)


def read_journal(folder: Path) -> Record:
    """The record in a run folder. A last line without its end is left out; a damaged line is skipped and counted."""
    try:
        raw = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return Record()
    except OSError as error:
        return Record(problem=f"{NAME} cannot be read ({error.strerror}).")
    lines = raw.split(b"\n")[:-1]
    events = [_decode(line) for line in lines]
    damaged = sum(event is None for event in events)
    problem = f"{NAME} is damaged: {damaged} of {len(lines)} lines cannot be read." if damaged else ""
    return Record(tuple(event for event in events if isinstance(event, Event)), problem)


def _decode(line: bytes) -> Event | bool | None:
    """The event of a line; False for a kind that this version does not know, None for a damaged line."""
    try:
        plain = msgspec.json.decode(line, type=dict[str, Any])
        kind = plain.pop("kind")
        if kind not in KINDS:
            return False
        plain = {name: float("nan") if value is None else value for name, value in plain.items()}  # JSON has no NaN
        return msgspec.convert({**plain, "run_id": ""}, KINDS[kind])
    except (msgspec.MsgspecError, KeyError, TypeError, UnicodeDecodeError):
        return None


def encode(event: Event) -> bytes:
    """The line of an event."""
    plain = {field.name: getattr(event, field.name) for field in dataclasses.fields(event) if field.name != "run_id"}
    return msgspec.json.encode({"kind": type(event).__name__, **plain}) + b"\n"


class Journal:
    """Writes events.jsonl. Raises TrainingError when a line cannot be written now; it is kept for the next call.

    With `keep_until` the record goes on after that step: later events are moved to events.cut.jsonl, except flips and plans,
    which happen again at their step.
    """

    def __init__(self, folder: Path, keep_until: int | None = None) -> None:
        self._path = folder / NAME
        if keep_until is not None:
            _cut(folder, keep_until)
        self._log = AppendLog(self._path)

    def append(self, event: Event) -> None:
        """Record an event; kinds that are not recorded are passed over."""
        if type(event).__name__ in KINDS:
            self._log.append(encode(event))

    def write_waiting(self) -> None:
        """Write what could not be written before."""
        self._log.write_waiting()

    def moved_to(self, folder: Path) -> Journal:
        """A writer for a copy of the file in another folder, with the lines that are still in memory."""
        other = Journal(folder)
        for lines in self._log.waiting:
            other._log.append(lines)  # the same class
        return other

    def sync(self) -> None:
        """Make what was written durable."""
        self._log.sync()

    def close(self) -> None:
        """Close the file."""
        self._log.close()


def _cut(folder: Path, step: int) -> None:
    path, aside = folder / NAME, folder / "events.cut.jsonl"
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        earlier = aside.read_bytes() if aside.exists() else b""
    except OSError as error:
        raise cannot_write(path, error) from error
    keep: list[bytes] = []
    cut: list[bytes] = []
    for line in filter(None, lines):
        event = _decode(line)
        stays = (
            isinstance(event, Flipped | Planned) or (isinstance(event, Event) and event.step <= step) or event is False
        )
        (keep if stays else cut).append(line + b"\n")
    if cut:
        write_atomically(aside, earlier + b"".join(cut))
    write_atomically(path, b"".join(keep))
