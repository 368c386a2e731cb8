"""Typeset equations: which file holds which, and whether it is of the LaTeX that it claims to be.

`sslviz equations` makes the files; the window colours and shows them, and falls back to the LaTeX itself where a file is missing
or of another text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sslviz.spec.catalogue import MethodInfo
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped

FOLDER = "equations"
"""Below resources/."""


def digest(latex: str) -> str:
    """What stands in a file's first line, so that it is known to be of this text."""
    return hashlib.sha256(latex.encode()).hexdigest()[:16]


def stamp(latex: str) -> str:
    """The comment that a file begins with."""
    return f"<!-- LaTeX {digest(latex)} -->"


def equation_file(method: str) -> str:
    """Name of the file of a method's equation."""
    return f"{method}.svg"


def sign_file(latex: str) -> str:
    """Name of the file of a symbol, which methods share."""
    return f"signs/{digest(latex)}.svg"


def files_of(methods: tuple[MethodInfo, ...]) -> Mapping[str, str]:
    """The LaTeX of every file that belongs to these methods, by the file's name."""
    wanted = {equation_file(info.name): info.equation for info in methods if info.equation}
    wanted.update({sign_file(symbol.sign): symbol.sign for info in methods for symbol in info.symbols})
    return wanted


def read_typeset(name: str, latex: str, folder: Path | None = None) -> bytes:
    """The SVG in file `name` if it is of `latex`; b"" where it is missing or of another text."""
    try:
        found = ((folder or shipped("resources") / FOLDER) / name).read_bytes()
    except (OSError, SpecError):
        return b""
    return found if found.startswith(stamp(latex).encode()) else b""
