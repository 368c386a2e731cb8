"""Typeset the equations and symbols of all methods as SVG: the pictures in resources/ that the window shows.

For developers: it needs ziamath, which comes with the extra "dev". Pictures that are of the right text already are left alone,
those that belong to no method are removed.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sslviz.spec.equations import FOLDER, files_of, read_typeset, stamp
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped

SIZE = 24
"""Of the type, in the units of the SVG: the window scales it by this."""

WIDEST, SPACE, LEADING = 460.0, 40.0, 16.0
"""Of an equation of several parts, in the same units: width of a line, room between parts, room between lines."""

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
        return stacked([str(typesetter.Latex(part, size=SIZE).svg()) for part in parts(latex)])
    except Exception as error:
        raise SpecError(f"{latex!r} cannot be typeset for {name}: {error}.", "Write it in plainer LaTeX.") from error


def parts(latex: str) -> list[str]:
    """An equation that is several, parted where a wide space stands outside of all braces."""
    found, depth, start = [], 0, 0
    for match in re.finditer(r"\\\\|\\q?quad(?![a-zA-Z])|\\left(?![a-zA-Z])|\\right(?![a-zA-Z])|(?<!\\)[{}]", latex):
        depth += {"{": 1, "\\left": 1, "}": -1, "\\right": -1}.get(match.group(), 0)
        if depth == 0 and "quad" in match.group():
            found.append(latex[start : match.start()])
            start = match.end()
    return [part.strip() for part in [*found, latex[start:]] if part.strip()]


def stacked(pictures: list[str]) -> str:
    """SVGs beside each other as far as a line of `WIDEST` goes, then below each other; one alone stays as it is."""
    if len(pictures) == 1:
        return pictures[0]
    boxes = [[float(number) for number in re.findall(r'viewBox="([^"]*)"', picture)[0].split()] for picture in pictures]
    lines: list[list[int]] = []
    for k, box in enumerate(boxes):
        if lines and sum(boxes[j][2] + SPACE for j in lines[-1]) + box[2] <= WIDEST:
            lines[-1].append(k)
        else:
            lines.append([k])
    whole = max(sum(boxes[j][2] + SPACE for j in line) - SPACE for line in lines)
    drawn, top = [], 0.0
    for line in lines:
        above, below = max(-boxes[j][1] for j in line), max(boxes[j][1] + boxes[j][3] for j in line)
        left = (whole - sum(boxes[j][2] + SPACE for j in line) + SPACE) / 2
        for j in line:
            inner = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", pictures[j])
            drawn.append(f'<g transform="translate({left - boxes[j][0]:.2f} {top + above:.2f})">{inner}</g>')
            left += boxes[j][2] + SPACE
        top += above + below + LEADING
    high = top - LEADING
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole:.2f} {high:.2f}">{"".join(drawn)}</svg>'
