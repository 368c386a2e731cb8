"""Training: the loop, its record on disk, live measures, resume. Names load lazily, as torch takes a second."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.training.archive import list_runs, replay, summarise
    from sslviz.training.control import RunControl
    from sslviz.training.errors import TrainingError
    from sslviz.training.forecast import estimate
    from sslviz.training.loop import TrainingRun

__all__ = ["RunControl", "TrainingError", "TrainingRun", "estimate", "list_runs", "replay", "summarise"]

_HOMES = {
    "RunControl": "control",
    "TrainingError": "errors",
    "TrainingRun": "loop",
    "estimate": "forecast",
    "list_runs": "archive",
    "replay": "archive",
    "summarise": "archive",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
