"""Typeset the equations and symbols of all methods as SVG: the pictures in resources/ that the window shows.

For developers: it needs ziamath, which comes with the extra "dev". Pictures that are of the right text already are left alone,
those that belong to no method are removed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sslviz.spec.equations import FOLDER, files_of, read_typeset, stamp
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped

SIZE = 24
"""Of the type, in the units of the SVG: the window scales it by this."""

EXAMPLES = """examples:
  sslviz equations                               what is missing or stale in resources/equations
  sslviz equations --again                       everything anew"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz equations`."""
    parser.add_argument("--out", metavar="FOLDER", help="folder for the pictures; resources/equations by default")
    parser.add_argument("--again", action="store_true", help="typeset those that are fresh too")


def run(arguments: argparse.Namespace) -> int:
    """Typeset what is asked for."""
    from sslviz.engine.catalogue import catalogue

    folder = Path(arguments.out) if arguments.out else shipped("resources") / FOLDER
    wanted = files_of(catalogue().methods)
    stale = {name: latex for name, latex in wanted.items() if arguments.again or not read_typeset(name, latex, folder)}
    _write(folder, stale)
    gone = [file for file in folder.glob("**/*.svg") if file.relative_to(folder).as_posix() not in wanted]
    for file in gone:
        file.unlink()
    print(f"Typeset {len(stale)} of {len(wanted)} pictures, removed {len(gone)}.")
    return 0


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    typesetter = _typesetter() if texts else None
    for name, latex in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{stamp(latex)}\n{_typeset(typesetter, name, latex)}\n", encoding="utf-8", newline="\n")


def _typesetter() -> Any:
    try:
        import ziamath
    except ImportError as error:
        raise SpecError(
            "Equations are typeset by ziamath, which is not installed.", 'Install the extra "dev".'
        ) from error
    ziamath.config.svg2 = False  # Qt's SVG knows no <symbol>
    ziamath.config.precision = 2
    return ziamath


def _typeset(typesetter: Any, name: str, latex: str) -> str:
    try:
        return str(typesetter.Latex(latex, size=SIZE).svg())
    except Exception as error:
        raise SpecError(f"{latex!r} cannot be typeset for {name}: {error}.", "Write it in plainer LaTeX.") from error
