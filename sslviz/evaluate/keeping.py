"""Keeps what was measured of a run in its folder, where a comparison finds it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sslviz.evaluate.subject import read_config
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import Evaluation, Row
from sslviz.spec.places import shipped
from sslviz.training.atomic import write_atomically
from sslviz.training.comparing.evaluated import NAME

Plain = dict[str, Any]
SAME = ("step", "data")
"""What has to be alike for two evaluations to be about the same thing, within one run."""
WHAT = ("model", "protocol", "layer", "target", "labels", "setting")
"""What a row is of: measured again it takes the place of the one before."""


def keep(report: Evaluation, folder: Path) -> bool:
    """Write it into the run's folder. Rows of an earlier evaluation of the same weights that were not measured again stay.

    False, and nothing is written, where it was about other images than the run's, and for models that ship with the program. Raises
    TrainingError where the folder cannot be written to.
    """
    if is_shipped(folder) or report.data != read_config(folder)[0].data:
        return False
    plain = {**as_plain(report), "folder": folder.resolve().name}
    write_atomically(folder / NAME, json.dumps(joined(plain, _before(folder)), indent=1).encode())
    return True


def is_shipped(folder: Path) -> bool:
    """Whether a folder is one of the program's own models."""
    try:
        return folder.resolve().parent == shipped("models").resolve()
    except SpecError:
        return False


def joined(new: Plain, old: Plain) -> Plain:
    """`new`, with those rows of `old` that it does not have; their confusion matrices come with them."""
    if any(new[key] != old.get(key) for key in SAME):
        return new
    measured = {_what(row) for row in new["rows"]}
    rows, tables = list(new["rows"]), list(new["confusions"])
    for row in old.get("rows", ()):
        if _what(row) not in measured:
            table = _table(row, old)
            rows.append({**row, "confusion": len(tables) if table else -1})
            tables += [table] if table else []
    return {**new, "rows": rows, "confusions": tables}


def _what(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(key) for key in WHAT)


def _table(row: Mapping[str, Any], report: Plain) -> Any:
    number, tables = row.get("confusion", -1), report.get("confusions", ())
    return tables[number] if isinstance(number, int) and 0 <= number < len(tables) else None


def _before(folder: Path) -> Plain:
    """What lies there; {} where nothing does that can be read: it gives way to what is measured now."""
    try:
        found = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and _is_sound(found.get("rows")) else {}


def _is_sound(rows: object) -> bool:
    return isinstance(rows, Iterable) and all(isinstance(row, dict) for row in rows)


def as_plain(report: Evaluation) -> Plain:
    """The report as plain data; the confusion matrices as counts."""
    return {
        "folder": report.folder, "method": report.method, "backbone": report.backbone, "data": report.data.source, "step": report.step,
        "train_images": report.train_images, "test_images": report.test_images, "note": report.note, "seconds": report.seconds,
        "plan": dataclasses.asdict(report.plan), "layers": list(report.layers),
        "rows": [_plain_row(row) for row in report.rows],
        "confusions": [{"title": c.title, "names": list(c.names), "counts": c.counts().tolist()} for c in report.confusions],
    }  # fmt: skip


def _plain_row(row: Row) -> Plain:
    plain = dataclasses.asdict(row)
    return {**plain, "chance": None if math.isnan(row.chance) else row.chance}
