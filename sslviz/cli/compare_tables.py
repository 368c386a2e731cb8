"""A comparison as text, as plain data and as CSV: curves.csv, scores.csv, settings.csv."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sslviz.cli.text_table import text_table
from sslviz.spec.comparison import Comparison, Number, ScoreRow, Side
from sslviz.spec.evaluation import RUN

TOLD = 24
"""Settings that are printed; the files have all of them."""


def write_tables(found: Comparison, out: Path) -> list[Path]:
    """All tables, numbers in full; what was not measured is left blank. Returns the files."""
    tables = {
        "curves.csv": (("run", "measure", "step", "epoch", "seconds", "images", "value"), _curves(found.sides)),
        "scores.csv": (("group", "measure", "model", "run", "value", "lo", "hi", "note", "remark"), _scores(found)),
        "settings.csv": (("group", "name", "setting", *_names(found)), _settings(found)),
    }
    for name, (head, rows) in tables.items():
        with (out / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(rows)
    return [out / name for name in tables]


def _names(found: Comparison) -> list[str]:
    return [side.name for side in found.sides]


def _curves(sides: Sequence[Side]) -> Iterator[tuple[object, ...]]:
    for side in sides:
        batch = side.config.batch_size if side.config else 0
        for measure, trace in side.traces.items():
            for step, epoch, seconds, value in zip(
                trace.steps.tolist(), trace.epochs.tolist(), trace.seconds.tolist(), trace.values.tolist(), strict=True
            ):
                yield side.name, measure, step, _cell(epoch), _cell(seconds), step * batch, _cell(value)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _scores(found: Comparison) -> Iterator[tuple[object, ...]]:
    for row in found.scores:
        for name, number in zip(_names(found), row.numbers, strict=True):
            if number is not None:
                yield (
                    row.group,
                    row.measure,
                    row.model,
                    name,
                    _cell(number.value),
                    _cell(number.lo),
                    _cell(number.hi),
                    number.note,
                    row.remark,
                )


def _settings(found: Comparison) -> Iterator[tuple[object, ...]]:
    yield from ((row.group, row.name, row.label, *row.values) for row in found.differences)


def as_text(found: Comparison) -> str:
    """What differs and what came out, in columns, with everything that has to be said before believing it."""
    names = _names(found)
    settings = [row for row in found.differences if row.group != "only in some"][:TOLD]
    scores = [row for row in found.scores if not row.remark]
    apart = [row for row in found.scores if row.remark and row.model == RUN]
    parts = [*(f"note: {note}" for note in found.notes)]
    if settings:
        parts += ["", text_table(("SETTING", *names), [(row.label, *row.values) for row in settings], frozenset())]
    left = len(found.differences) - len(settings)
    parts.append(
        f"{found.same} settings are the same" + (f"; {left} more differ, see settings.csv" if left else "") + "."
    )
    if scores:
        columns = frozenset(range(1, 1 + len(names)))
        parts += ["", text_table(("SCORE", *names), [_line(row) for row in scores], columns)]
    if apart:
        listed = ", ".join(dict.fromkeys(row.measure for row in apart))
        parts += ["", f"Not comparable among these, so left out here (scores.csv has them): {listed}."]
    return "\n".join(parts).strip()


def _line(row: ScoreRow) -> tuple[str, ...]:
    label = row.measure if row.model == RUN else f"  {row.measure}: {row.model}"
    return (label, *(_said(number) for number in row.numbers))


def _said(number: Number | None) -> str:
    if number is None:
        return "–"
    return f"{number.value:.4g}" + (f" [{number.lo:.3g}, {number.hi:.3g}]" if not math.isnan(number.lo) else "")


def as_plain(found: Comparison) -> dict[str, Any]:
    """Everything but the curves."""
    return {
        "sides": [
            {"name": side.name, "source": side.model.source, "snapshot": side.model.snapshot, "folder": side.folder, "step": side.step,
             "state": side.state, "method": side.config.method if side.config else "", "problem": side.problem,
             "measures": list(side.traces)}
            for side in found.sides
        ],
        "notes": list(found.notes),
        "same_settings": found.same,
        "settings": [{"group": row.group, "name": row.name, "label": row.label, "values": list(row.values)} for row in found.differences],
        "scores": [
            {"group": row.group, "measure": row.measure, "model": row.model, "remark": row.remark, "numbers": list(_plain(row.numbers))}
            for row in found.scores
        ],
    }  # fmt: skip


def _plain(numbers: Iterable[Number | None]) -> Iterator[dict[str, Any] | None]:
    for number in numbers:
        yield None if number is None else {
            "value": number.value, "lo": _or_none(number.lo), "hi": _or_none(number.hi), "note": number.note,
        }  # fmt: skip


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
