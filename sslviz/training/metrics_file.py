"""metrics.csv: one row a training step, an empty cell where a measure was not taken. Survives torn and damaged lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.measures import MEASURES
from sslviz.training.atomic import AppendLog, cannot_write, write_atomically

NAME = "metrics.csv"
Row = Mapping[str, float]  # "step" and measures; what is missing or NaN is an empty cell


@dataclass(frozen=True, slots=True)
class MetricsTable:
    """What a metrics.csv holds. `problem` says in one sentence what could not be read, "" where all could."""

    names: tuple[str, ...] = ()  # without "step"
    steps: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))  # (rows, names), NaN: not measured
    problem: str = ""

    def rows_until(self, step: int) -> MetricsTable:
        """The rows up to and including `step`."""
        keep = self.steps <= step
        return MetricsTable(self.names, self.steps[keep], self.values[keep], self.problem)

    def last(self) -> dict[str, float]:
        """The last measured value of each column that has one."""
        found: dict[str, float] = {}
        for name, column in zip(self.names, self.values.T, strict=True):
            measured = column[~np.isnan(column)]
            if len(measured):
                found[name] = float(measured[-1])
        return found


def read_metrics(folder: Path) -> MetricsTable:
    """The table in a run folder. A last line without its end is left out silently; other damage ends the reading there."""
    try:
        raw = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return MetricsTable()
    except OSError as error:
        return MetricsTable(problem=f"{NAME} cannot be read ({error.strerror}).")
    lines = raw.decode("utf-8", errors="replace").split("\n")[:-1]  # what follows the last line end is a torn line
    return _parse(lines) if lines else MetricsTable()


def _parse(lines: Sequence[str]) -> MetricsTable:
    names = tuple(lines[0].rstrip("\r").split(","))
    if names[0] != "step" or len(set(names)) != len(names) or not all(names):
        return MetricsTable(problem=f"{NAME} is damaged: its first line is no header, so no measure can be shown.")
    rows: list[list[float]] = []
    problem = ""
    for number, line in enumerate(lines[1:], start=2):
        row = _parse_row(line, len(names))
        if row is None or (rows and row[0] <= rows[-1][0]):
            problem = f"{NAME} is damaged from line {number} on; what comes before it is shown."
            break
        rows.append(row)
    table = np.array(rows, np.float64).reshape(len(rows), len(names))
    return MetricsTable(names[1:], table[:, 0].astype(np.int64), table[:, 1:], problem)


def _parse_row(line: str, columns: int) -> list[float] | None:
    cells = line.rstrip("\r").split(",")
    if len(cells) != columns or not cells[0].isdigit():
        return None
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        return None


def format_rows(names: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Lines of a metrics.csv with the columns step, *names. Numbers are written exactly: reading gives the same floats."""
    return "".join(
        f"{int(row['step'])},{','.join(_cell(row.get(name, math.nan)) for name in names)}\n" for row in rows
    ).encode()


def format_table(table: MetricsTable, names: Sequence[str] = ()) -> bytes:
    """A whole metrics.csv. names: its columns, where there are more than the table has; those are empty."""
    columns = names or table.names
    return ",".join(("step", *columns)).encode() + b"\n" + format_rows(columns, _rows(table))


def _cell(value: float) -> str:
    if math.isnan(value):
        return ""
    return repr(int(value)) if abs(value) < 2**53 and value == int(value) else repr(float(value))


class MetricsFile:
    """Writes metrics.csv in chunks. A measure that appears later becomes a further column, empty above.

    Raises TrainingError when a chunk cannot be written now; it is kept and written with the next one.
    """

    def __init__(self, folder: Path, keep_until: int | None = None) -> None:
        """Go on with the file there. Rows after step `keep_until` are moved to metrics.cut-N.csv: they are computed anew."""
        self._folder = folder
        self._path = folder / NAME
        table = read_metrics(folder)
        if table.problem:
            self._put_aside()
        if keep_until is not None:
            table = self._cut(table, keep_until)
        self._waiting: list[Row] = []
        self._names: tuple[str, ...] = table.names or tuple(MEASURES)
        _write_table(self._path, self._names, table)
        self._log = AppendLog(self._path)

    def _put_aside(self) -> None:
        """Keep a damaged file as it is, under another name."""
        aside = _free_name(self._folder, "damaged")
        try:
            damaged = self._path.read_bytes()
        except OSError as error:
            raise cannot_write(self._path, error) from error
        write_atomically(aside, damaged)

    def _cut(self, table: MetricsTable, step: int) -> MetricsTable:
        kept = table.rows_until(step)
        if len(kept.steps) < len(table.steps):
            cut = MetricsTable(table.names, table.steps[len(kept.steps) :], table.values[len(kept.steps) :])
            _write_table(_free_name(self._folder, "cut"), cut.names, cut)
        return kept

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows in the order of their steps."""
        self._waiting.extend(rows)
        self.write_waiting()

    def write_waiting(self) -> None:
        """Write what is still in memory."""
        self._log.write_waiting()
        if new := {name: None for row in self._waiting for name in row if name not in ("step", *self._names)}:
            self._add_columns(tuple(new))
        lines = format_rows(self._names, self._waiting)
        self._waiting.clear()
        self._log.append(lines)

    def _add_columns(self, names: tuple[str, ...]) -> None:
        table = read_metrics(self._folder)
        self._log.close()  # Windows does not replace an open file
        try:
            _write_table(self._path, (*self._names, *names), table)
            self._names += names
        finally:
            self._log = AppendLog(self._path)

    def moved_to(self, folder: Path) -> MetricsFile:
        """A writer for a copy of the file in another folder, with the rows that are still in memory."""
        other = MetricsFile(folder)
        header = ",".join(("step", *self._names))
        refused = _parse([header, *b"".join(self._log.waiting).decode().splitlines()])
        other.append([*_rows(refused), *self._waiting])
        return other

    def sync(self) -> None:
        """Make what was written durable."""
        self._log.sync()

    def close(self) -> None:
        """Close the file."""
        self._log.close()


def _free_name(folder: Path, why: str) -> Path:
    return next(path for n in itertools.count(1) if not (path := folder / f"metrics.{why}-{n}.csv").exists())


def _write_table(path: Path, names: tuple[str, ...], table: MetricsTable) -> None:
    write_atomically(path, format_table(table, names))


def _rows(table: MetricsTable) -> list[Row]:
    return [
        {"step": float(step), **dict(zip(table.names, values.tolist(), strict=True))}
        for step, values in zip(table.steps.tolist(), table.values, strict=True)
    ]
