"""List the lessons, print one with what it showed, carry out its experiment, verify it over seeds, or check the files.

A lesson is a question, a few runs that differ in a setting, a prediction before them, and what came of it. NAME is one of the list,
or the path of a file of your own that ends with .md; its results are then kept beside that file. Training uses this computer only.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslviz.spec.catalogue import Catalogue, shipped_catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson import Lesson
from sslviz.spec.lesson_file import find_lesson, lessons, lessons_folder, read_lesson, results_of
from sslviz.spec.places import runs_folder

if TYPE_CHECKING:
    from sslviz.lessons.verify import Experiment
    from sslviz.spec.config import RunConfig

EXAMPLES = """examples:
  sslviz lesson
  sslviz lesson augmentations
  sslviz lesson run augmentations --seed 7
  sslviz lesson verify
  sslviz lesson verify stop-gradient --seeds 5 --threads 1 --out experiments
  sslviz lesson verify my-lesson.md
  sslviz lesson check"""

RUN, VERIFY, CHECK = "run", "verify", "check"
ACTIONS = (RUN, VERIFY, CHECK)
SEEDS = 3
_TAKES = {"seed": (RUN,), "out": (RUN, VERIFY), "seeds": (VERIFY,), "threads": (RUN, VERIFY), "quiet": (RUN, VERIFY)}
"""Which action takes an option; --json is for what is printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz lesson`."""
    parser.add_argument(
        "words", nargs="*", metavar="[run|verify|check] NAME", help="a lesson, or what to do with which"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="run: the seed of all arms (the lesson's)")
    parser.add_argument("--seeds", type=int, metavar="N", help=f"verify: how many, 2 at least ({SEEDS})")
    parser.add_argument(
        "--out", metavar="FOLDER", help="keep the runs there; verify takes up again what is whole there"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="0: all cores (0)")
    parser.add_argument("--quiet", action="store_true", default=None, help="no progress bars")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked; 1 where an expectation does not hold or a file does not fit."""
    first = arguments.words[0] if arguments.words else ""
    action = first if first in ACTIONS else ""
    for option, actions in _TAKES.items():
        if getattr(arguments, option) is not None and action not in actions:
            raise SpecError(f"--{option} is for {' and '.join(actions)}.", f"Write sslviz lesson {actions[0]} NAME.")
    names, catalogue = arguments.words[1:] if action else arguments.words, shipped_catalogue()
    match action:
        case "run":
            return _run(_single(names, catalogue), catalogue, arguments)
        case "verify":
            return _verify(names, catalogue, arguments)
        case "check":
            return _check(names, catalogue)
    return _show(_single(names, catalogue), arguments) if names else _list(catalogue, arguments)


def _single(names: Sequence[str], catalogue: Catalogue) -> tuple[Lesson, Path]:
    if len(names) != 1:
        raise SpecError("One lesson is to be named.", "`sslviz lesson` lists them.")
    return _named(names[0], catalogue)


def _named(name: str, catalogue: Catalogue) -> tuple[Lesson, Path]:
    """The lesson of a name or path, and the folder that it lies in."""
    if not name.endswith(".md"):
        return find_lesson(catalogue, name), lessons_folder()
    path = Path(name).expanduser().absolute()
    return read_lesson(path, catalogue), path.parent


def _all_named(names: Sequence[str], catalogue: Catalogue) -> list[tuple[Lesson, Path]]:
    """Those that are named; without names, all that ship."""
    if names:
        return [_named(name, catalogue) for name in names]
    return [(lesson, lessons_folder()) for lesson in lessons(catalogue)]


def _list(catalogue: Catalogue, arguments: argparse.Namespace) -> int:
    from sslviz.cli.lesson_page import list_of

    found = lessons(catalogue)
    if arguments.json:
        _print_json([_plain(lesson) for lesson in found])
    else:
        print(list_of(found))
    return 0


def _show(named: tuple[Lesson, Path], arguments: argparse.Namespace) -> int:
    from sslviz.cli.lesson_page import page
    from sslviz.spec.lesson_results import to_json

    lesson, folder = named
    results = results_of(lesson, folder)
    if arguments.json:
        _print_json({**_plain(lesson), "results": json.loads(to_json(results)) if results else None})
    else:
        print(page(lesson, results))
    return 0


def _plain(lesson: Lesson) -> dict[str, Any]:
    return dataclasses.asdict(lesson)


def _print_json(plain: object) -> None:
    print(json.dumps(plain, indent=2, ensure_ascii=False))


# --- what trains


def _run(named: tuple[Lesson, Path], catalogue: Catalogue, arguments: argparse.Namespace) -> int:
    """All arms once."""
    from sslviz.cli.lesson_page import outcome, outcome_as_plain

    lesson, folder = named
    seed = lesson.seed if arguments.seed is None else arguments.seed
    out = Path(arguments.out).expanduser() if arguments.out else runs_folder() / _stem(lesson)
    experiment = _experiment(lesson, catalogue, out, arguments)
    values = experiment.values(seed)
    if arguments.json:
        _print_json(outcome_as_plain(lesson, values, seed))
    else:
        print(outcome(lesson, values, results_of(lesson, folder)))
        print(f"\nThe runs lie in {out / f'seed-{seed}'}.")
    return 0


def _stem(lesson: Lesson) -> str:
    return f"lesson-{lesson.name}-{time.strftime('%Y%m%d-%H%M%S')}"


def _verify(names: Sequence[str], catalogue: Catalogue, arguments: argparse.Namespace) -> int:
    """Each lesson over its seeds; its band and records are written, whatever they show."""
    from sslviz.cli.lesson_page import results_table
    from sslviz.cli.program import FAILED, complain
    from sslviz.lessons.verify import verify, write
    from sslviz.spec.lesson_results import to_json

    seeds = SEEDS if arguments.seeds is None else arguments.seeds
    if seeds < 2:
        raise SpecError("A band takes several seeds.", "Give --seeds 2 or more.")
    code, every = 0, []
    for lesson, folder in _all_named(names, catalogue):
        with nullcontext(arguments.out) if arguments.out else tempfile.TemporaryDirectory() as out:
            experiment = _experiment(lesson, catalogue, Path(out).expanduser() / lesson.name, arguments)
            results = verify(experiment, seeds)
            write(experiment, results, folder)
        every.append(json.loads(to_json(results)))
        if not arguments.json:
            print(results_table(lesson, results) + "\n")
        for failed in (one for one in results.checked if not one.holds):
            complain(f"The lesson {lesson.name} does not show in every seed: {failed.says}",
                     f"It misses by {-failed.margin:.3g} at worst. Change its settings, or what it expects.")  # fmt: skip
            code = FAILED
    if arguments.json:
        _print_json(every)
    return code


def _experiment(lesson: Lesson, catalogue: Catalogue, out: Path, arguments: argparse.Namespace) -> Experiment:
    from sslviz.engine.environment import prepare_environment, use_threads

    prepare_environment(arguments.threads or 0)
    use_threads(arguments.threads or 0)
    from sslviz.lessons.verify import Experiment

    quiet = bool(arguments.quiet or arguments.json)

    def train(config: RunConfig, folder: Path) -> None:
        _train(config, folder, arguments.threads or 0, quiet=quiet)

    def tell(line: str) -> None:
        if not quiet:
            sys.stderr.write(f"{line}\n")

    return Experiment(lesson, catalogue, out, train, tell)


def _train(config: RunConfig, folder: Path, threads: int, *, quiet: bool) -> None:
    """One run to its end. Raises EngineError where it fails, KeyboardInterrupt where it was stopped."""
    from sslviz.cli.begin import RUN_ID
    from sslviz.engine.blocking import train_and_wait
    from sslviz.engine.progress import ProgressBar
    from sslviz.spec.requests import StartRun

    begin = StartRun(RUN_ID, config, str(folder.absolute()))
    with nullcontext() if quiet else ProgressBar() as bar:
        record = (
            train_and_wait(begin, listen=bar.hear, threads=threads) if bar else train_and_wait(begin, threads=threads)
        )
    record.raise_failure()
    if record.state != "finished":
        raise KeyboardInterrupt


# --- files


def _check(names: Sequence[str], catalogue: Catalogue) -> int:
    """Every file: the lesson itself, whether its results are of it, and its recorded runs."""
    from sslviz.cli.program import FAILED, complain
    from sslviz.lessons.shipped import record_problems

    code = 0
    for lesson, folder in _all_named(names, catalogue):
        if found := list(record_problems(lesson, catalogue, folder)):
            complain(f"The lesson {lesson.name} is not complete: {' '.join(found)}",
                     f"Write its results anew: sslviz lesson verify {_again(lesson, folder)}.")  # fmt: skip
            code = FAILED
        else:
            print(f"{lesson.name}: fine.")
    return code


def _again(lesson: Lesson, folder: Path) -> str:
    """How the lesson is named on the command line."""
    return lesson.name if folder == lessons_folder() else str(folder / f"{lesson.name}.md")
