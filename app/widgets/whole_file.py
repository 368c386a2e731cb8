"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to; it takes the name of `path` at the end, and goes where anything fails.

    OSError says in a sentence what could not be written and why.
    """
    place = path.with_name(f".{path.name}.part")
    try:
        yield place
        place.replace(path)
    except OSError as error:
        raise OSError(f"{path} could not be written{f': {error.strerror}' if error.strerror else ''}.") from error
    finally:
        place.unlink(missing_ok=True)
