"""Animate a run: what it attends to, paints or maps after each of its snapshots, beside its curves, as a GIF, WebP or APNG.

Pictures, masks and points are the same in every frame. Runs that still train can be animated as far as they are; snapshots that are
missing or damaged are left out and named. Layers and heads are counted from 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from sslviz.cli.data import progress_line
from sslviz.cli.drawing import add_looks, require_dpi, require_share
from sslviz.cli.pictures import add_size_arguments, pictures_from, size_from
from sslviz.spec.errors import SpecError
from sslviz.spec.inspection import ModelRef, PictureRef, Rebuild, Strategy
from sslviz.spec.mapping import FeaturePlan, LayoutName, LayoutPlan, Tokens
from sslviz.spec.params import check, describe

if TYPE_CHECKING:
    from sslviz.cli.reel import Reel
    from sslviz.cli.reel_views import Subject
    from sslviz.engine.record import RunRecord

EXAMPLES = """examples:
  sslviz animate dino-shapes --view attention --out grows.gif
  sslviz animate runs/first --view embedding --method umap --points 1000 --out map.webp
  sslviz animate mae-shapes --view reconstruction --images shapes:3 shapes:7 --ratio 0.6 --out paints.gif
  sslviz animate runs/first --view attention --images photo.jpg --size 224 --steps 0,100,1000 --ms 800 --out few.gif"""

VIEWS = ("attention", "reconstruction", "embedding")
STRATEGIES: tuple[Strategy, ...] = ("random", "block", "grid")
USUAL_PICTURES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz animate`."""
    parser.add_argument("run", metavar="RUN", help="a run's folder, or a shipped model")
    parser.add_argument("--view", choices=VIEWS, default="attention", help="what is shown (attention)")
    parser.add_argument("--out", required=True, metavar="FILE", help="a .gif, .webp, .png or .apng file")
    parser.add_argument("--steps", metavar="A,B", help="these snapshots only (all)")
    parser.add_argument("--network", default="", metavar="NAME", help="teacher, student ... (the usual one)")
    parser.add_argument("--layer", default="last", metavar="K|last", help="after which block (last)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of masks, samples and layouts (0)")
    _add_looking(parser)
    _add_mapping(parser)
    _add_film(parser)


def _add_looking(parser: argparse.ArgumentParser) -> None:
    looking = parser.add_argument_group("attention and reconstruction")
    looking.add_argument(
        "--images", nargs="+", metavar="IMAGE", default=[],
        help=f"as `sslviz attention` takes them (the first {USUAL_PICTURES} validation images of the run)",
    )  # fmt: skip
    add_size_arguments(looking)
    looking.add_argument("--head", default="all", metavar="K|all", help="this head only (all)")
    looking.add_argument(
        "--ratio", type=float, default=0.75, metavar="X", help="share of the patches that is hidden (0.75)"
    )
    looking.add_argument("--strategy", choices=STRATEGIES, default="random", help="which ones (random)")


def _add_mapping(parser: argparse.ArgumentParser) -> None:
    mapping = parser.add_argument_group("embedding")
    mapping.add_argument("--points", type=int, default=1000, metavar="N", help="validation images on the map (1000)")
    mapping.add_argument("--tokens", choices=get_args(Tokens), default="pooled", help="which features (pooled)")
    mapping.add_argument("--method", choices=get_args(LayoutName), default="umap", help="how they are laid out (umap)")
    mapping.add_argument("--neighbours", type=int, metavar="N", help="of UMAP (15)")


def _add_film(parser: argparse.ArgumentParser) -> None:
    film = parser.add_argument_group("the animation")
    film.add_argument("--ms", type=int, default=600, metavar="N", help="milliseconds for each snapshot (600)")
    film.add_argument("--hold", type=int, default=1500, metavar="N", help="milliseconds more for the last (1500)")
    film.add_argument("--once", action="store_true", help="stand at the end instead of beginning again")
    add_looks(film, dpi=100, dpi_of="")
    film.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")


def run(arguments: argparse.Namespace) -> int:
    """Read, look, draw, write."""
    from sslviz.engine.environment import prepare_environment, use_threads
    from sslviz.engine.record import open_run
    from sslviz.inspect.animation import require_format, require_times

    out = Path(arguments.out).expanduser()
    require_format(out)
    require_times(arguments.ms, arguments.hold)
    _require_sense(arguments)
    steps = _steps(arguments.steps)
    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    folder = _folder(arguments.run)
    record = open_run(folder)
    reel = _reel(arguments, folder, record, steps)
    size = _film(reel, record, out, arguments)
    print(f"Wrote {out}: {len(reel.scenes)} snapshots, {size / 1e6:.1f} MB.")
    for note in reel.notes:
        sys.stderr.write(f"note: {note}\n")
    return 0


def _folder(word: str) -> Path:
    """The run that the command line names. Raises SpecError for what is none, CheckpointError for what is nothing."""
    from sslviz.inspect.open import run_of, shipped_model, unknown

    path = Path(word).expanduser()
    run = run_of(path)
    folder = run[0] if run else shipped_model(word)
    if folder is not None:
        return folder
    if path.exists():
        raise SpecError(f"{word} is no run, so it has no snapshots to go through.", "Name the folder of a run.")
    raise unknown(word)


def _require_sense(arguments: argparse.Namespace) -> None:
    require_dpi(arguments.dpi, most=600)
    require_share(arguments.ratio)
    if arguments.points < 1:
        raise SpecError(f"A map of {arguments.points} images cannot be drawn.", "Give a number above 0.")
    if not arguments.out or not Path(arguments.out).expanduser().parent.is_dir():
        raise SpecError(f"There is no folder for {arguments.out}.", "Make it first, or choose another place.")


def _steps(words: str | None) -> tuple[int, ...]:
    parts = [part.strip() for part in (words or "").split(",") if part.strip()]
    if wrong := [part for part in parts if not part.isdigit()]:
        raise SpecError(f"--steps {wrong[0]} is no step.", "Write whole numbers with commas: 0,100,1000.")
    return tuple(int(part) for part in parts)


def _film(reel: Reel, record: RunRecord, out: Path, arguments: argparse.Namespace) -> int:
    """Draw every frame and write them; bytes of the file."""
    from sslviz.cli.palette import PALETTES
    from sslviz.cli.reel import frames
    from sslviz.inspect.animation import write_animation

    tell, drawn = progress_line(), []
    for k, frame in enumerate(frames(reel, record, PALETTES[arguments.theme], arguments.dpi)):
        tell(k / len(reel.scenes), f"drawing step {reel.scenes[k].step:,}")
        drawn.append(frame)
    tell(1.0, "")
    return write_animation(out, drawn, arguments.ms, hold_ms=arguments.hold, loop=not arguments.once)


def _reel(arguments: argparse.Namespace, folder: Path, record: RunRecord, steps: tuple[int, ...]) -> Reel:
    if arguments.view == "embedding":
        return _map(arguments, folder, record, steps)
    from sslviz.cli.reel_views import Walk, attention_reel, reconstruction_reel
    from sslviz.engine.map_runs import stops_of

    walk = Walk(folder, stops_of(folder, steps), arguments.network, progress_line())
    subjects = _subjects(arguments, record)
    if arguments.view == "attention":
        head = -1 if arguments.head == "all" else _counted(arguments.head, "--head")
        return attention_reel(walk, subjects, arguments.layer, head)
    question = Rebuild(1, ModelRef(""), PictureRef(), arguments.strategy, arguments.ratio, arguments.seed)
    return reconstruction_reel(walk, subjects, question)


def _map(arguments: argparse.Namespace, folder: Path, record: RunRecord, steps: tuple[int, ...]) -> Reel:
    from sslviz.cli.reel_map import map_reel

    plan = FeaturePlan(ModelRef(str(folder), arguments.network), record.config.data, "val", arguments.tokens,
                       _layer(arguments.layer), arguments.points, arguments.seed)  # fmt: skip
    infos = {info.name: info for info in describe(LayoutPlan)}
    neighbours = infos["neighbours"].default if arguments.neighbours is None else arguments.neighbours
    layout = LayoutPlan(
        arguments.method,
        neighbours=int(check(infos["neighbours"], neighbours)),
        seed=int(check(infos["seed"], arguments.seed)),
    )
    return map_reel(plan, layout, steps, progress_line(), arguments.threads)


def _subjects(arguments: argparse.Namespace, record: RunRecord) -> list[Subject]:
    from sslviz.cli.reel_views import Subject

    size = size_from(arguments.size)
    if arguments.images:
        return [Subject(one.name, one.ref) for one in pictures_from(arguments.images, size, arguments.fit)]
    data = record.config.data
    return [
        Subject(f"validation image {k}", PictureRef(data=data, index=k, size=size, fit=arguments.fit))
        for k in range(USUAL_PICTURES)
    ]


def _layer(word: str) -> int:
    return -1 if word == "last" else _counted(word, "--layer")


def _counted(word: str, option: str) -> int:
    """From 0, of what people count from 1."""
    if not word.isdigit() or int(word) < 1:
        raise SpecError(f"{option} {word} names none.", "Write a number, counted from 1.")
    return int(word) - 1
