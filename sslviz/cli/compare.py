"""Compare two to four runs or models: their curves over one axis, their scores, the settings that differ, and what each sees.

Curves of numbers that mean different things in different runs, such as the losses of two methods, are never drawn on one axis. A run may
be given as RUN@STEP: its snapshot of that step. Models without a record of training are compared by what they see.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from sslviz.cli.drawing import DRAWN, add_looks
from sslviz.cli.pictures import pictures_from
from sslviz.spec.comparison import AXES, Axis, Comparison
from sslviz.spec.comparison_plots import main_measures, measures_of
from sslviz.spec.errors import SpecError
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import LayoutName

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sslviz.cli.palette import Palette

EXAMPLES = """examples:
  sslviz compare runs/first runs/second --out compared
  sslviz compare runs/simclr runs/dino runs/mae --axis images --out compared
  sslviz compare dino-shapes mae-shapes --show attention,reconstruction,map --picture shapes:3 --out compared
  sslviz compare dino-shapes dino-shapes@40 --show attention --out early
  sslviz compare runs/seed0 runs/seed1 --measures knn,loss --format pdf --out figures
  sslviz compare runs/first runs/second --json > compared.json"""

SHOWS = ("curves", "attention", "reconstruction", "map")
MOST_IMAGES = 60_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz compare`."""
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="two to four run folders, shipped models, checkpoints; RUN@STEP for a snapshot",
    )
    parser.add_argument("--out", metavar="DIR", help="a folder for pictures and tables")
    parser.add_argument("--axis", choices=tuple(AXES), default="step", help="what curves are drawn over (step)")
    parser.add_argument("--measures", metavar="A,B", help="the curves of these, or all (the main ones)")
    parser.add_argument(
        "--show", default="curves", metavar="A,B", help=f"pictures to draw, of {', '.join(SHOWS)}, or all (curves)"
    )
    parser.add_argument(
        "--picture",
        default="sample:shapes 1",
        metavar="IMAGE",
        help="a file, DATA:NUMBER or sample:NAME (sample:shapes 1)",
    )
    parser.add_argument("--ratio", type=float, default=0.75, metavar="X", help="share that reconstruction hides (0.75)")
    parser.add_argument("--images", type=int, default=2_000, metavar="N", help="images on each map, at most (2000)")
    parser.add_argument("--method", choices=get_args(LayoutName), default="pca", help="how maps are laid out (pca)")
    parser.add_argument("--data", metavar="DATA", help="whose held-out images the maps show (the first run's)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of masks, samples and layouts, the same for all (0)"
    )
    parser.add_argument("--download", action="store_true", help="allow timm:NAME, hf:NAME and data to be downloaded")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")
    parser.add_argument(
        "--format", choices=[ending[1:] for ending in DRAWN], default="png", help="of the pictures (png)"
    )
    add_looks(parser)
    parser.add_argument("--json", action="store_true", help="print scores, settings and notes as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read the records, write tables and pictures, print what differs."""
    shows, out = _shows(arguments), _folder(arguments)
    models = [model_from(word, download=arguments.download) for word in arguments.runs]
    from sslviz.engine.environment import prepare_environment, use_threads

    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    from sslviz.cli.compare_tables import as_plain, as_text, write_tables
    from sslviz.training.comparing import compare

    found = compare(models)
    _require_someone(found)
    if out:
        written = [*_draw(found, shows, out, arguments), *write_tables(found, out)]
    if arguments.json:
        print(json.dumps(as_plain(found), indent=2, ensure_ascii=False))
    else:
        print(as_text(found))
    if out and not arguments.json:
        print(f"\nWrote {', '.join(path.name for path in written)} to {out}.")
    return 0


def model_from(word: str, *, download: bool = False) -> ModelRef:
    """A run or a model, RUN@STEP for a snapshot; what exists under the whole name is meant as it stands."""
    source, at, step = word.rpartition("@")
    if at and step.isdigit() and not Path(word).expanduser().exists():
        return ModelRef(source, snapshot=int(step), download=download)
    return ModelRef(word, download=download)


def _shows(arguments: argparse.Namespace) -> list[str]:
    names = [name for word in arguments.show.split(",") if (name := word.strip())]
    if "all" in names:
        names = list(SHOWS)
    if wrong := [name for name in names if name not in SHOWS]:
        raise SpecError(f"There is nothing called {wrong[0]!r} to show.", f"There are: {', '.join(SHOWS)}, or all.")
    for name, least, most in (
        ("dpi", 20, 1200),
        ("images", 1, MOST_IMAGES),
        ("ratio", 0.01, 0.99),
        ("seed", 0, 2**31 - 1),
    ):
        if not least <= getattr(arguments, name) <= most:
            raise SpecError(f"--{name} {getattr(arguments, name)} is out of range.", f"It takes {least} to {most}.")
    return names


def _folder(arguments: argparse.Namespace) -> Path | None:
    if not arguments.out:
        if not arguments.json:
            raise SpecError(
                "Nothing was asked for.", "Write --out DIR for pictures and tables, --json for the numbers, or both."
            )
        return None
    out = Path(arguments.out).expanduser()
    if out.exists() and not out.is_dir():
        raise SpecError(f"{out} is a file.", "Name a folder: several files are written.")
    return out


def _require_someone(found: Comparison) -> None:
    """A typing error is no side of a comparison."""
    gone = [side for side in found.sides if side.problem.startswith("There is no file or folder")]
    if gone:
        from sslviz.cli.model import model_names

        raise SpecError(gone[0].problem, f"Models that ship: {', '.join(model_names())}.")


def _draw(found: Comparison, shows: Sequence[str], out: Path, arguments: argparse.Namespace) -> list[Path]:
    """The pictures that are asked for, written once all are drawn. What one model cannot do is told; the others are drawn."""
    from sslviz.cli.figure import save
    from sslviz.cli.palette import PALETTES

    palette = PALETTES[arguments.theme]
    figures, troubles, written = _curves(found, arguments, palette) if "curves" in shows else {}, [], []
    if "curves" in shows and not figures:
        troubles.append("None of these has curves, so none are drawn.")
    views = None
    if seen := [show for show in shows if show != "curves"]:
        from sslviz.cli.compare_views import Views

        views = Views(found, pictures_from([arguments.picture], (0, 0), "crop")[0], arguments, palette)
        figures |= {show: figure for show in seen if (figure := views.page(show)) is not None}
        troubles += views.troubles
    for trouble in troubles:
        sys.stderr.write(f"note: {trouble}\n")
    out.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        written.append(out / f"{name}.{arguments.format}")
        save(figure, written[-1], arguments.dpi)
    table = views.write_map(out / "map.csv") if views else None
    return [*written, *([table] if table else [])]


def _curves(found: Comparison, arguments: argparse.Namespace, palette: Palette) -> dict[str, Figure]:
    """The page of curves; nothing where no side has any."""
    from sslviz.cli.compare_page import curves_page

    measures = [name for word in (arguments.measures or "").split(",") if (name := word.strip())]
    measures = measures_of(found.sides) if measures == ["all"] else measures or main_measures(found.sides)
    page = curves_page(found, cast(Axis, arguments.axis), measures, palette)
    return {"curves": page} if page else {}
