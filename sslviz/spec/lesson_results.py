"""What a lesson's experiment showed when it was verified: the values of each seed, and the band that a live run is drawn on.

Written by `sslviz lesson verify` to `resources/lessons/measured/NAME.json`; the recorded run of each arm, its first seed's, lies in
`resources/lessons/recorded/NAME/ARM/` as a thinned run folder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from sslviz.spec.errors import SpecError

RANDOM, PIXELS = "random weights", "raw pixels"


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one arm, or of a baseline (`arm` is then RANDOM or PIXELS), a value a seed."""

    arm: str
    measure: str
    values: tuple[float, ...]
    mean: float
    lo: float  # of Student's 95 % interval over the seeds
    hi: float


@dataclass(frozen=True, slots=True)
class Band:
    """A column of one arm over the steps: the smallest, the middle and the largest of the seeds at each."""

    arm: str
    column: str
    steps: tuple[int, ...]
    lo: tuple[float, ...]
    mid: tuple[float, ...]
    hi: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation of the lesson and what came of it: the smallest margin over the seeds."""

    says: str
    holds: bool
    margin: float


@dataclass(frozen=True, slots=True)
class LessonResults:
    """The outcome of a verification."""

    lesson: str
    mark: str  # of what the experiment is (arms, settings, measures): another one than the lesson's now means that it is out of date
    seeds: tuple[int, ...]
    seconds: float  # of training and measuring all arms and seeds
    machine: str
    measured: tuple[Measured, ...]
    bands: tuple[Band, ...]
    checked: tuple[Checked, ...]

    def of(self, arm: str, measure: str) -> Measured | None:
        """The values of a measure of an arm or baseline; None where it was not measured."""
        return next((m for m in self.measured if (m.arm, m.measure) == (arm, measure)), None)

    def band(self, arm: str, column: str) -> Band | None:
        """The band of a column of an arm; None where there is none."""
        return next((b for b in self.bands if (b.arm, b.column) == (arm, column)), None)


def to_json(results: LessonResults) -> bytes:
    """The text of a file in resources/lessons/measured."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"


def from_json(source: bytes, name: str) -> LessonResults:
    """The inverse of `to_json`; `name` is the lesson's. Raises SpecError for text that is none."""
    try:
        return msgspec.convert(_numbers(msgspec.json.decode(source)), LessonResults)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SpecError(
            f"The measured band of lesson {name} cannot be read: {error}.",
            f"Write it anew: sslviz lesson verify {name}.",
        ) from error


def _numbers(plain: Any) -> Any:
    """JSON has no NaN, and writes null for what was not measured."""
    if isinstance(plain, dict):
        return {name: _numbers(value) for name, value in plain.items()}
    if isinstance(plain, list):
        return [_numbers(value) for value in plain]
    return math.nan if plain is None else plain
