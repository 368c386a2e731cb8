"""Draw a run into one figure: loss with its chance line, kNN beside its baselines, the alignment/uniformity plane, collapse.

Settings that were flipped in mid-run are marked. The ending of --out says the format: PNG, SVG or PDF.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sslviz.cli.drawing import add_looks, require_dpi, require_drawn
from sslviz.cli.run_named import run_named

EXAMPLES = """examples:
  sslviz plot runs/first --out first.png
  sslviz plot runs/first --out first.svg --measures loss,knn --theme dark
  sslviz plot dino-shapes --out dino.png"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz plot`."""
    parser.add_argument("run", metavar="RUN", help="the run's folder, or a shipped model")
    parser.add_argument("--out", required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    parser.add_argument("--measures", metavar="A,B", help="only these, one panel each")
    add_looks(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read the record, draw, write."""
    out = Path(arguments.out).expanduser()
    require_drawn(out)
    require_dpi(arguments.dpi)
    from sslviz.cli.figure import chosen, overview, save
    from sslviz.cli.palette import PALETTES
    from sslviz.engine.record import open_run

    record, palette = open_run(run_named(arguments.run)), PALETTES[arguments.theme]
    wanted = [name for word in (arguments.measures or "").split(",") if (name := word.strip())]
    save(chosen(record, wanted, palette) if wanted else overview(record, palette), out, arguments.dpi)
    print(f"Wrote {out}.")
    if record.failure:
        sys.stderr.write(f"note: {record.failure.message} {record.failure.hint}\n")
    return 0
