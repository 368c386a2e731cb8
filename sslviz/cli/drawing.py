"""What commands that draw have in common: how a picture looks, and what is asked of the words that say so."""

from __future__ import annotations

import argparse
from pathlib import Path

from sslviz.spec.errors import SpecError

DRAWN = (".png", ".svg", ".pdf")
LEAST_DPI, MOST_DPI = 20, 1200


def add_looks(parser: argparse._ActionsContainer, dpi: int = 150, dpi_of: str = " of a PNG") -> None:
    """--dpi and --theme. dpi: by default; dpi_of: of what these are the dots."""
    parser.add_argument("--dpi", type=int, default=dpi, metavar="N", help=f"dots an inch{dpi_of} ({dpi})")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours (light)")


def require_dpi(dpi: int, most: int = MOST_DPI) -> None:
    """Raises SpecError for dots an inch that are too few to see anything, or too many for any memory."""
    if not LEAST_DPI <= dpi <= most:
        raise SpecError(f"{dpi} dots an inch is out of range.", f"It takes {LEAST_DPI} to {most}.")


def require_share(ratio: float) -> None:
    """Raises SpecError for a --ratio that hides nothing or everything."""
    if not 0 < ratio < 1:
        raise SpecError(f"--ratio {ratio:g} is no share of the patches.", "It lies between 0 and 1, such as 0.75.")


def require_purpose(arguments: argparse.Namespace) -> None:
    """Raises SpecError where neither a picture nor the numbers were asked for."""
    if not arguments.out and not arguments.json:
        raise SpecError("Nothing was asked for.", "Write --out FILE for a picture, --json for the numbers, or both.")


def require_drawn(out: Path) -> None:
    """Raises SpecError for a file that cannot be drawn."""
    if out.suffix.lower() not in DRAWN:
        raise SpecError(f"{out.name} is of no kind that can be drawn.", f"End it with {', '.join(DRAWN)}.")
