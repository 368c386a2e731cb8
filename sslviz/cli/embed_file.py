"""A map's numbers: as a .npz file, which numpy reads without this program, and as plain values for JSON."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.spec.events import Array
from sslviz.spec.mapping import Coloured, Mapped


def write_arrays(mapped: Mapped, coloured: Coloured, out: Path) -> None:
    """points (n, 2), index and patch (n,), label and names, colour (n,) and colour_names, scores, caption, notes.

    Raises TrainingError where it cannot be written.
    """
    from sslviz.training.atomic import write_atomically

    words = {
        "names": mapped.names, "notes": mapped.notes, "caption": mapped.caption, "mark": mapped.mark,
        "colour_names": coloured.names, "colour_title": coloured.title,
    }  # fmt: skip
    arrays: dict[str, Any] = {name: getattr(mapped, name) for name in ("points", "index", "patch", "label")}
    arrays |= {"colour": coloured.values, **asdict(mapped.scores), "kept": mapped.kept, "grid": mapped.grid}
    arrays |= {"total": mapped.total, **{name: np.array(text, np.str_) for name, text in words.items()}}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(out, buffer.getvalue())


def as_plain(mapped: Mapped, coloured: Coloured) -> dict[str, Any]:
    """Everything; what is not a number becomes null."""
    about = mapped.description
    return {
        "model": about.title, "source": about.source, "sha256": about.sha256, "caption": mapped.caption, "mark": mapped.mark,
        "images": len(np.unique(mapped.index)), "total": mapped.total, "points": plain(mapped.points), "index": plain(mapped.index),
        "patch": plain(mapped.patch), "grid": list(mapped.grid), "label": plain(mapped.label), "names": list(mapped.names),
        "scores": {name: plain(np.asarray(value)) for name, value in asdict(mapped.scores).items()}, "variance_kept": list(mapped.kept),
        "repeated": mapped.repeated, "colour": {"by": coloured.by, "title": coloured.title, "about": coloured.about,
        "names": list(coloured.names), "values": plain(coloured.values)}, "factors": list(mapped.factors), "notes": list(mapped.notes),
        "seconds": mapped.seconds, "stored": mapped.stored,
    }  # fmt: skip


def plain(values: Array) -> Any:
    """Nested lists, or one number."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return values.tolist()
    nulls = values.astype(object)
    nulls[~np.isfinite(values)] = None
    return nulls.tolist()
