"""Make a model of the library from a run: weights at half size, a few snapshots, a thinned record, and a card with its measurements.

The card says what the model can do beside random weights and raw pixels, with intervals, and the command that trains it again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.run_named import run_named
from sslviz.cli.text_table import text_table
from sslviz.spec.evaluation import LAST
from sslviz.spec.quantities import size_text

if TYPE_CHECKING:
    from sslviz.library.export import Label
    from sslviz.spec.config import RunConfig

EXAMPLES = """examples:
  sslviz export runs/dino --out models/dino-shapes --title "DINO on plain shapes"
  sslviz export runs/mae --out mae --snapshots 4 --weakness "textures are blurred"
  sslviz export runs/byol --out models/byol-cifar10 --known-as cifar10 --snapshots 1
  sslviz export runs/byol --out models/random-cifar10 --known-as cifar10 --step 0
  sslviz export runs/byol-off --out models/byol-collapsed --collapsed "stop-gradient and predictor were switched off" """


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz export`."""
    parser.add_argument("run", metavar="RUN", help="the run's folder, or a shipped model")
    parser.add_argument("--out", required=True, metavar="DIR", help="a new folder, named as the model")
    parser.add_argument("--title", metavar="TEXT", help="what lists show (method and data)")
    parser.add_argument(
        "--weakness", action="append", metavar="TEXT", help="a known weakness, for the card; may be repeated"
    )
    parser.add_argument("--snapshots", type=int, default=6, metavar="N", help="earlier states to keep (6)")
    parser.add_argument(
        "--step", type=int, default=LAST, metavar="N", help="the snapshot of that step; 0: untrained (the last)"
    )
    parser.add_argument("--known-as", default="", metavar="NAME",
                        help="the public data set that the run's own folder or zip is a copy of, such as cifar10")  # fmt: skip
    parser.add_argument(
        "--collapsed", default="", metavar="TEXT", help="it collapsed on purpose: what was switched off"
    )
    parser.add_argument("--beside", metavar="RUN", help="a supervised run of the same backbone, measured alike")
    parser.add_argument(
        "--other-seed", action="append", metavar="RUN", help="the same run with another seed; may be repeated"
    )
    parser.add_argument("--scenes", action="append", metavar="PRESET",
                        help="find objects in another preset of shapes too, such as mixed, or plain@96 for 96 px; may be repeated")  # fmt: skip
    parser.add_argument("--factor", action="append", metavar="NAME",
                        help="probe for this factor of the images too, such as shape; may be repeated")  # fmt: skip
    parser.add_argument("--photographs", default="", metavar="PATH", help="find shapes pasted on these photographs too")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of the evaluation (3)")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write, and say how large it is."""
    from sslviz.engine.environment import prepare_environment, use_threads

    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    from sslviz.data import load_data
    from sslviz.library.export import export
    from sslviz.training.run_file import read_run_file

    source, out = run_named(arguments.run), Path(arguments.out).expanduser()
    config, _ = read_run_file(source)
    card = export(source, out, _label(arguments, out, config), load_data(config.data), _tell)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"Wrote {out}: {card.title}, {card.parameters:,} parameters, {size_text(size)}.")
    rows = [(m.measure, m.model, f"{m.value:.3f}", f"{m.lo:.3f} to {m.hi:.3f}") for m in card.metrics]
    print(text_table(("MEASURE", "MODEL", "VALUE", "95 %"), rows, frozenset({2})))
    return 0


def _label(arguments: argparse.Namespace, out: Path, config: RunConfig) -> Label:
    from sslviz.library.beside import Beside
    from sslviz.library.export import Label

    beside = Beside(
        run_named(arguments.beside) if arguments.beside else None,
        tuple(run_named(run) for run in arguments.other_seed or ()),
        tuple(arguments.scenes or ()),
        arguments.photographs,
        tuple(arguments.factor or ()),
    )
    title = arguments.title or f"{config.method} on {arguments.known_as or Path(config.data.source).stem}"
    return Label(
        out.resolve().name, title, tuple(arguments.weakness or ()), arguments.snapshots, arguments.seeds,
        arguments.step, arguments.known_as, arguments.collapsed, beside,
    )  # fmt: skip


def _tell(fraction: float, text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{fraction:4.0%} {text:<60}")
