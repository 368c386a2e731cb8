"""What a figure draws, as numbers: tables for CSV and arrays for NPZ, gathered from the widgets that it is made of.

A widget that can give its numbers has `table() -> (names, rows)`, `arrays() -> mapping of arrays`, or both.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from app.widgets.whole_file import written_whole

Rows = Sequence[Sequence[float | str]]
Table = tuple[list[str], Rows]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of a figure, by its title. A part has a table, arrays, or both."""

    title: str
    table: Callable[[], Table] | None
    arrays: Callable[[], Arrays] | None

    def as_arrays(self) -> Arrays:
        """Its arrays; of one that has a table alone, its columns."""
        if self.arrays is not None:
            return self.arrays()
        return columns(self.table()) if self.table is not None else {}


def parts_of(figure: QWidget, title: str) -> tuple[Part, ...]:
    """Every widget in sight that can give its numbers, as one reads, named by the card that it stands in; equal names are counted."""
    found = sorted(_parts(figure, title), key=lambda pair: _place(pair[0], figure))
    counts: dict[str, int] = {}
    named = []
    for _, part in found:
        counts[part.title] = counts.get(part.title, 0) + 1
        number = f" {counts[part.title]}" if counts[part.title] > 1 else ""
        named.append(Part(part.title + number, part.table, part.arrays))
    return tuple(named)


def _place(widget: QWidget, figure: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(figure, QPoint()) if widget is not figure else QPoint()
    return corner.y(), corner.x()


def _parts(widget: QWidget, title: str) -> Iterator[tuple[QWidget, Part]]:
    table, arrays = getattr(widget, "table", None), getattr(widget, "arrays", None)
    table, arrays = (each if callable(each) else None for each in (table, arrays))
    if table is not None or arrays is not None:
        yield widget, Part(title, table, arrays)
        return
    name = getattr(widget, "title", None)
    inside = name if isinstance(name, str) and isinstance(getattr(widget, "body", None), QWidget) else title
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child.isVisibleTo(widget):
            yield from _parts(child, inside)


def columns(table: Table) -> Arrays:
    """The columns of a table as arrays."""
    names, rows = table
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: _column(column) for name, column in zip(names, values, strict=True)}


def _column(values: Sequence[float | str]) -> NDArray[Any]:
    """Numbers as float64, anything else as text."""
    if all(isinstance(value, (int, float)) for value in values):
        return np.array(values, np.float64)
    return np.array([str(value) for value in values], np.str_)


# Writing -----------------------------------------------------------------------------------------------------------


def save_tables(parts: Sequence[Part], path: Path) -> tuple[Path, ...]:
    """One CSV file, or, for several tables, one a table beside each other: "run.csv" becomes "run - loss.csv". OSError."""
    tabled = [part for part in parts if part.table is not None]
    if len(tabled) == 1:
        save_table(tabled[0], path)
        return (path,)
    paths = tuple(path.with_name(f"{path.stem} - {file_name(part.title)}{path.suffix}") for part in tabled)
    for part, target in zip(tabled, paths, strict=True):
        save_table(part, target)
    return paths


def save_table(part: Part, path: Path) -> None:
    """Numbers in full; a value that was not measured is left blank."""
    names, rows = part.table() if part.table is not None else ([], [])
    with written_whole(path) as place, place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[_cell(value) for value in row] for row in rows])


def as_text(parts: Sequence[Part]) -> str:
    """Tables as text that spreadsheets take from the clipboard."""
    return "\n\n".join(
        "\n".join("\t".join(_cell(value) for value in row) for row in ([*names], *rows))
        for names, rows in (part.table() for part in parts if part.table is not None)
    )


def save_arrays(parts: Sequence[Part], path: Path, title: str, caption: str) -> None:
    """One NPZ file, with "title" and "caption" in it; the names of several parts stand before those of their arrays. OSError."""
    several = len(parts) > 1
    arrays = {
        (f"{file_name(part.title)}/{name}" if several else name): array
        for part in parts
        for name, array in part.as_arrays().items()
    }
    with written_whole(path) as place, place.open("wb") as file:
        np.savez_compressed(file, **{**arrays, "title": np.array(title), "caption": np.array(caption)})  # type: ignore[arg-type]  # the stubs take the names for options


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else "" if value != value else repr(value)  # NaN is not itself


def file_name(title: str) -> str:
    """A title as a file may be called on every system."""
    words = re.sub(r"\s+", " ", title)
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", words).strip(" .-") or "figure"
