"""An evaluation that lies in a run folder, as `sslviz evaluate RUN` and the window keep it there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from sslviz.spec.card import CardMetric
from sslviz.spec.errors import SpecError

NAME = "evaluation.json"


class _Score(msgspec.Struct):
    value: float
    lo: float
    hi: float


class _Row(msgspec.Struct):
    model: str
    protocol: str
    layer: str
    target: str
    score: _Score | None = None
    setting: str = ""


class _Report(msgspec.Struct):
    rows: list[_Row]
    step: int = -1


def read_evaluation(folder: Path, last: int = -1) -> list[CardMetric]:
    """Its scores with their intervals; [] where none lies there. Raises SpecError for a file that is damaged, OSError.

    last: the run's last step, -1 unknown; scores of other weights say of which.
    """
    path = folder / NAME
    if not path.is_file():
        return []
    try:
        report = msgspec.json.decode(_finite(path.read_bytes()), type=_Report)
    except msgspec.MsgspecError as error:
        raise SpecError(f"{NAME} is no evaluation: {error}.", "Evaluate the run again, or delete the file.") from error
    older = f"after step {report.step:,}" if -1 not in (last, report.step) and report.step != last else ""
    return [
        CardMetric(
            f"{row.protocol} on {row.layer}: {row.target}",
            row.model,
            row.score.value,
            row.score.lo,
            row.score.hi,
            ", ".join(filter(None, (row.setting, older))),
        )
        for row in report.rows
        if row.score is not None and not math.isnan(row.score.value)
    ]


def _finite(raw: bytes) -> Any:
    """Python writes NaN where JSON has none."""
    return raw.replace(b": NaN", b": null")
