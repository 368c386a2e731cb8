"""The end of a run in words: the last value of each measure beside what it is to be compared with."""

from __future__ import annotations

import json
from typing import Any

from sslviz.engine.record import RunRecord
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.measures import MEASURES, in_words
from sslviz.spec.quantities import said
from sslviz.spec.suspects import suspicion

_TOLD = ("loss", "knn", "top1", "alignment", "uniformity", "std", "rankme", "images_per_s")


def as_text(record: RunRecord) -> str:
    """A small table, the diagnosis, and where the record lies."""
    last = record.last
    lines = [f"\n{record.config.method} on {record.config.data.source}: {record.state} at step {record.step:,}"]
    for name in (name for name in _TOLD if name in last):
        measure = MEASURES[name]
        beside = "   ".join(
            f"{label} {in_words(name, value)}" for (of, label), value in record.references.items() if of == name
        )
        lines.append(f"  {measure.label:<22} {in_words(name, last[name]):>10}   {beside}".rstrip())
    lines += [f"  step {flip.step}: {flip.name} {said(flip.before)} -> {said(flip.after)}" for flip in record.flips]
    if record.diagnosis:
        lines.append(f"\n{f'{record.diagnosis.text} {suspicion_of(record)}'.rstrip()}")
    lines.append(f"\nRun folder: {record.folder}")
    return "\n".join(lines)


def as_plain(record: RunRecord) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "folder": str(record.folder),
        "state": record.state,
        "step": record.step,
        "last": record.last,
        "references": [
            {"measure": of, "label": label, "value": value} for (of, label), value in record.references.items()
        ],
        "flips": [{"step": f.step, "name": f.name, "before": f.before, "after": f.after} for f in record.flips],
        "diagnosis": record.diagnosis.text if record.diagnosis else "",
        "suspicion": suspicion_of(record),
        "error": f"{record.failure.message} {record.failure.hint}".strip() if record.failure else "",
    }


def suspicion_of(record: RunRecord) -> str:
    """What to change back first, where the diagnosis warns; else ""."""
    if record.diagnosis is None:
        return ""
    method = next((one for one in shipped_catalogue().methods if one.name == record.config.method), None)
    return suspicion(record.diagnosis, record.flips, record.config.params, method.params if method else (), live=False)


def as_json(record: RunRecord) -> str:
    """`as_plain` as one JSON object."""
    return json.dumps(as_plain(record), indent=2, ensure_ascii=False)
