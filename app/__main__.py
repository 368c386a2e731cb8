"""The entry point `sslviz`: the window, a run or a model opened in it, or a command of the shell.

`sslviz` opens the window, `sslviz PATH` opens it on what lies there, be it a run, a checkpoint or images, `sslviz NAME` on a model
that ships or that timm or the Hugging Face Hub know (`timm:NAME`, `hf:NAME`), `sslviz COMMAND ...` is the command line, which loads no
Qt. The window's process never loads torch: the worker does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        return _window(None)
    if arguments[0] == "tour":
        return _tour(arguments[1:])
    if _is_source(arguments[0]):
        return _window(arguments[0])
    from sslviz.cli import main as command_line

    return command_line(arguments)


def _is_source(word: str) -> bool:
    """A path or a model's name. A command's name means the command; `./train` is the folder of that name."""
    from sslviz.cli import COMMANDS
    from sslviz.cli.model import is_model_name

    if word.startswith("-") or word in COMMANDS:
        return False
    return os.sep in word or "/" in word or Path(word).exists() or is_model_name(word)


def _window(source: str | None) -> int:
    if problem := _no_display() or _no_qt():
        return _refuse(*problem)
    from app.shell import start

    return start(source or "")


def _tour(arguments: list[str]) -> int:
    if problem := _no_qt():
        return _refuse(*problem)
    from app.shell.tour import run

    return run(arguments)


Problem = tuple[str, str]
"""What is the matter, and what to do."""


def _no_qt() -> Problem | None:
    try:
        from PySide6 import QtSvg, QtWidgets  # noqa: F401  only whether they load
    except ImportError as error:
        return f"Qt cannot be loaded: {error}.", "Run `sslviz doctor`: it says what is missing."
    return None


def _no_display() -> Problem | None:
    """Asked before Qt is, which would abort without a sentence."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    if not os.environ.get("DISPLAY"):
        return (
            "There is no display to open a window on.",
            "Set DISPLAY, or let `sslviz tour --out FOLDER` draw every view without one.",
        )
    from sslviz.cli.libraries import install_line, missing

    if lost := missing(("qt", "window")):
        names = ", ".join(library.name for library in lost)
        return f"Libraries that the window needs are missing: {names}.", f"To install them: {install_line(lost)}"
    return None


def _refuse(message: str, hint: str) -> int:
    sys.stderr.write(f"{message}\n{hint}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
