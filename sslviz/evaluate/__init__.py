"""Evaluation: what a representation is worth, beside baselines, with intervals. Works on copies; a model is never changed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.evaluate.errors import EvaluationError
    from sslviz.evaluate.report import evaluate
    from sslviz.evaluate.subject import Subject, subject_from_folder, subject_of

__all__ = ["EvaluationError", "Subject", "evaluate", "subject_from_folder", "subject_of"]

_HOMES = {
    "EvaluationError": "errors",
    "Subject": "subject",
    "evaluate": "report",
    "subject_from_folder": "subject",
    "subject_of": "subject",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
