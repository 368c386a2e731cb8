"""From whatever a broken file provokes to a CheckpointError: a sentence with the cause, a sentence with the remedy."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sslviz.checkpoints.errors import CheckpointError

AGAIN = "Download or copy it again; the size on the page that it comes from tells whether all of it has arrived."
"""The remedy for a file whose parts contradict each other."""

BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,  # torch's own, and RecursionError
    TypeError,
    ValueError,  # UnicodeError and JSONDecodeError too
    struct.error,
)
"""What Python and torch raise on bytes that are not what they should be."""


def damaged(detail: str, remedy: str = AGAIN) -> CheckpointError:
    """The error for bytes that contradict each other: `detail` says which do, without the file's name or a full stop."""
    return CheckpointError(f"The file is cut off or damaged: {detail}.", remedy)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a CheckpointError that begins with the name of the file."""
    try:
        yield
    except CheckpointError as error:
        if error.message.startswith(f"{path.name}: "):
            raise
        raise CheckpointError(f"{path.name}: {error.message}", error.hint) from error
    except MemoryError as error:
        raise CheckpointError(
            f"{path.name}: There is not enough memory to read the file.", "Close other models."
        ) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CheckpointError(
            f"{path.name}: The file cannot be read: {why}.", "Check its name and permissions."
        ) from error
    except BROKEN as error:
        why = (
            f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200] if str(error).strip() else 'no detail'}"
        )
        raise CheckpointError(f"{path.name}: The file is cut off or damaged ({why}).", AGAIN) from error


__all__ = ["AGAIN", "damaged", "reading"]
