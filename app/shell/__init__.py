"""The window: `start` opens it. Importing this package loads no Qt."""

from __future__ import annotations


def start(path: str | None = None) -> int:
    """Open the window, on a run folder or on images where `path` names one; the process's exit code."""
    from app.shell.application import run

    return run(path or "")
