"""Loads pyqtgraph without what it would bring along for a GPU.

Where NVIDIA's Python bindings are installed, as with PyTorch on Linux, pyqtgraph loads them for a video widget that this program does
not use: 12 MB of the window's memory and a tenth of its loading time.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast

BINDINGS = "cuda"


def load_plots() -> None:
    """Import pyqtgraph, once. Whoever needs the bindings later on still finds them."""
    with _hidden(BINDINGS):
        importlib.import_module("pyqtgraph")


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """As if a package that was not imported yet were not installed."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = cast(ModuleType, None)  # what makes an import fail, says Python's reference
    try:
        yield
    finally:
        del sys.modules[package]
