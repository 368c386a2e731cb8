"""Compiled code of UMAP, kept on disk: without it every process compiles for 10 to 40 s before its first layout."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sslviz.inspect.layouts.unheard import others_unheard
from sslviz.spec.places import compiled_folder

_LIBRARIES = ("umap-learn", "pynndescent", "numba", "llvmlite", "numpy")


def kept_in() -> Path:
    """Where this machine's code of these versions lies: code of one version that calls another's would be wrong unnoticed."""
    return compiled_folder() / "-".join(version(name) for name in _LIBRARIES)


def import_umap() -> None:
    """Import umap-learn so that its compiled code is kept, that of the nearest-neighbour search apart, which would grow without end.

    For a process of its own: `numba.njit` is another one while umap-learn is imported. A disk that refuses costs time only.
    """
    use_own_folder()
    with others_unheard():
        import pynndescent  # noqa: F401

        with functions_kept():
            import umap  # noqa: F401


def use_own_folder() -> None:
    """Have numba keep compiled code in `kept_in`, and nothing of other versions stay; where the user has set another, there."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    folder = kept_in()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _forget_others(folder)
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


def _forget_others(folder: Path) -> None:
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def functions_kept() -> Iterator[None]:
    """Functions that modules imported inside hand to `numba.njit` are kept, also where their authors did not ask for it."""
    import numba

    original = numba.njit

    def njit(*arguments: Any, **options: Any) -> Any:
        options.setdefault("cache", True)
        if arguments and callable(arguments[0]):
            return _kept(original, arguments[0], options)
        return lambda function: _kept(original, function, options, arguments)

    numba.njit = njit
    try:
        yield
    finally:
        numba.njit = original


def _kept(njit: Any, function: Any, options: dict[str, Any], signatures: tuple[Any, ...] = ()) -> Any:
    """The function compiled and kept, or compiled only where it cannot be kept, as one made on the fly."""
    try:
        return njit(*signatures, **options)(function)
    except RuntimeError:
        return njit(*signatures, **{**options, "cache": False})(function)
