"""What goes wrong in the engine, and how any exception is told to the user."""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass

from sslviz.spec.errors import SSLVizError


class EngineError(SSLVizError):
    """A request that the engine cannot serve, such as one about a run that it does not know."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An exception in words: its type's name, the cause, the remedy, the traceback that folds out, the setting to change or ""."""

    kind: str
    message: str
    hint: str
    trace: str
    field: str = ""


_DISK = {
    errno.ENOSPC: "Free some space on that disk, or choose a folder on another one.",
    errno.EDQUOT: "Your share of that disk is used up: free some space, or choose another folder.",
    errno.EACCES: "Choose a folder that you may read and write.",
    errno.EPERM: "Choose a folder that you may read and write.",
    errno.EROFS: "That disk cannot be written to: choose a folder on another one.",
    errno.ENOENT: "Check the path.",
}


def explain(error: BaseException) -> Explanation:
    """`error` as the user should read it. Errors that are not ours get a remedy by their kind."""
    message, hint = _words(error)
    field = error.field if isinstance(error, SSLVizError) else ""
    return Explanation(type(error).__name__, message, hint, "".join(traceback.format_exception(error)), field)


def _words(error: BaseException) -> tuple[str, str]:
    if isinstance(error, SSLVizError):
        return error.message, error.hint
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "Memory ran out.", "Use a smaller batch, smaller images or a smaller backbone, or close other programs."
    if isinstance(error, ImportError):
        return f"A part of the program cannot be loaded: {error}.", "`sslviz doctor` says what is missing."
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}.", _DISK[error.errno]
    text = str(error).strip() or "no further explanation"
    return (
        f"Something unexpected went wrong ({type(error).__name__}): {text}",
        "The details say where; please report them.",
    )
