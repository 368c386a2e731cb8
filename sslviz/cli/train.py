"""Train a model and write its record into a run folder, which the window and `sslviz plot` open.

The method's recipe for the data decides what is not given: augmentations, backbone, optimiser, batch size, steps. `sslviz recipes`
lists them and the published ones. Ctrl-C stops and saves.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.begin import RUN_ID, catalogue_for, flip_at, new_folder
from sslviz.cli.configure import FLAGS, config_from, given, read_change
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import parse
from sslviz.spec.requests import ControlRun, Request, ResumeRun, SetParam, StartRun
from sslviz.spec.settings import setting_infos

if TYPE_CHECKING:
    from sslviz.engine.record import RunRecord
    from sslviz.spec.events import Event

EXAMPLES = """examples:
  sslviz train simclr --data shapes --steps 300 --out runs/first
  sslviz train simclr --data photos.zip --image-size 64 --batch-size 128
  sslviz train simclr --data cifar10 --download --set tau=0.1 --set augment.jitter=off
  sslviz train simclr --data shapes --steps 600 --at 300:negatives=off
  sslviz train simclr --data cifar10 --recipe official_cifar10 --batch-size 64
  sslviz train --resume runs/first --steps 600

--set reaches the method's parameters (tau), the views (augment.crop, augment.0.blur_p), the optimiser (lr,
optimiser.weight_decay) and the data's dials (data.preset); a name that does not exist lists those that do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags; those of the configuration come from its own metadata."""
    parser.add_argument("method", nargs="?", metavar="METHOD", help="such as simclr; `sslviz catalogue` lists them")
    parser.add_argument("--data", metavar="NAME|PATH", help="a data set's name, or a folder or zip of images (shapes)")
    parser.add_argument("--out", metavar="RUN", help="a new folder for the run (one in the place for runs)")
    parser.add_argument("--resume", metavar="RUN", help="go on with the run in this folder, up to --steps if given")
    for flag in FLAGS:
        parser.add_argument(flag.option, dest=flag.dest, metavar=flag.metavar, help=flag.help)
    parser.add_argument(
        "--config", metavar="RUN", help="as a recorded run: its folder, its run.toml, or a shipped model"
    )
    parser.add_argument(
        "--recipe", metavar="NAME", help="one of `sslviz recipes METHOD` (the method's default for the data)"
    )
    parser.add_argument("--augmentation", metavar="NAME", help="published augmentations instead of the recipe's")
    parser.add_argument("--download", action="store_true", help="allow the data set to be downloaded")
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="any setting by name")
    parser.add_argument("--at", action="append", metavar="STEP:NAME=VALUE", help="flip a live setting at that step")
    parser.add_argument("--patience", type=float, default=600.0, metavar="S",
                        help="seconds to wait for room on a full disk before stopping (600)")  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no summary")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train; 0 when it finished, 1 when it failed, 130 when it was stopped."""
    begin = _resume(arguments) if arguments.resume else _start(arguments)
    config = begin.config if isinstance(begin, StartRun) else _config_of(begin)
    flips = [_flip(word, config) for word in arguments.at or ()]
    then: list[Request] = [*flips, ControlRun(RUN_ID, "resume")]
    return _report(arguments, _train(arguments, begin, then, config.threads))


def _start(arguments: argparse.Namespace) -> StartRun:
    config = config_from(arguments, catalogue_for(arguments.method or ""))
    folder = Path(arguments.out).expanduser() if arguments.out else new_folder(config)
    return StartRun(RUN_ID, config, str(folder.absolute()), paused=True)  # until the flips are known


def _resume(arguments: argparse.Namespace) -> ResumeRun:
    steps = arguments.steps
    arguments.steps = None
    if others := given(arguments):
        raise SpecError(
            f"A run goes on as it was set up: {', '.join(others)} cannot be changed.",
            "With --resume give --steps and --at only, or start a new run.",
        )
    info = setting_infos(shipped_catalogue(), RunConfig())["steps"]
    return ResumeRun(
        RUN_ID, str(Path(arguments.resume).expanduser().absolute()), int(parse(info, steps)) if steps else 0
    )


def _config_of(begin: ResumeRun) -> RunConfig:
    from sslviz.training.run_file import read_run_file

    config, _ = read_run_file(Path(begin.folder))
    return dataclasses.replace(config, steps=max(begin.steps, config.steps))


def _flip(word: str, config: RunConfig) -> SetParam:
    step, colon, rest = word.partition(":")
    if not (colon and step.strip().isdigit()):
        raise SpecError(
            f"--at {word} does not say when.", "Write --at STEP:NAME=VALUE, such as --at 300:negatives=off."
        )
    change = read_change(rest, "--at STEP:NAME=VALUE")
    return flip_at(int(step), change.name, change.value, config, catalogue_for(config.method))


def _train(
    arguments: argparse.Namespace, begin: StartRun | ResumeRun, then: Sequence[Request], threads: int
) -> RunRecord:
    from sslviz.engine.blocking import train_and_wait
    from sslviz.engine.progress import ProgressBar

    with nullcontext() if arguments.quiet or arguments.json else ProgressBar() as bar:
        listen = bar.hear if bar else tell_why_it_holds
        return train_and_wait(begin, then, listen=listen, threads=threads, patience_s=arguments.patience)


def tell_why_it_holds(event: Event) -> None:
    """What even a quiet run says: that it waits for something, such as room on the disk."""
    from sslviz.spec.events import StateChanged

    if isinstance(event, StateChanged) and event.state == "paused" and event.text:
        sys.stderr.write(f"note: {event.text}\n")


def _report(arguments: argparse.Namespace, record: RunRecord) -> int:
    from sslviz.cli.program import FAILED, INTERRUPTED, complain, flag_of
    from sslviz.cli.summary import as_json, as_text

    if arguments.json:
        print(as_json(record))
    elif not arguments.quiet and record.started:
        print(as_text(record))
    if record.failure:
        options = frozenset({"--set", *(flag.option for flag in FLAGS)})
        complain(record.failure.message, record.failure.hint, flag_of(record.failure.field, options))
        if arguments.debug:
            sys.stderr.write(record.failure.trace)
        return FAILED
    if record.state == "stopped" and record.step == 0:
        complain("The run was stopped before its first step.", "Nothing was trained; start it again at any time.")
        return INTERRUPTED
    if record.state == "stopped":
        complain("The run was stopped and saved.", f"Go on with: sslviz train --resume {record.folder}")
        return INTERRUPTED
    return 0
