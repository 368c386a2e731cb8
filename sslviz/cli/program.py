"""`sslviz COMMAND ...`: finds the command's file, parses, and tells every error as one sentence with its remedy.

A command's file has a docstring (its help), `EXAMPLES`, `add_arguments(parser)` and `run(arguments) -> exit code`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.settings import suggestion

COMMANDS = {
    "train": "train a model, with a progress bar; Ctrl-C saves it",
    "recipes": "list what suits each method, and the published recipes",
    "runs": "list the runs in a folder",
    "benchmark-methods": "train every method for some minutes and compare what it has learnt",
    "plot": "draw a run's curves into a PNG, SVG or PDF",
    "compare": "put two to four runs or models side by side, as pictures and tables",
    "evaluate": "say what a run's representation is worth, beside baselines, with intervals",
    "zeroshot": "let a model that has read captions name images",
    "export": "make a model with a card from a run",
    "models": "list the models that ship, print their cards, verify them",
    "describe": "say what a model is: read from its file, assumed, unused",
    "attention": "draw what a model attends to in pictures",
    "reconstruct": "hide patches of pictures and let a model paint them",
    "features": "write a model's features of any number of images into a file",
    "embed": "draw a map of a model's features",
    "animate": "animate what a run attends to, paints or maps over its snapshots",
    "lesson": "list, print, carry out or verify the lessons",
    "augment": "draw the views that a recipe makes of some images",
    "data": "say what a data set is: images, classes, split, what was skipped",
    "cache": "say where decoded images are kept, or empty the cache",
    "tour": "draw every view of the window into pictures",
    "doctor": "say what this computer has, and what is missing",
    "catalogue": "write down all methods, data sets, backbones and recipes",
    "equations": "typeset the methods' equations for the window (developers)",
}
"""Every command and what it does; "tour" belongs to the window, whose entry point takes it."""

ELSEWHERE = {"by": "--colour", "layers": "--layer", "data.source": "--data"}
"""Options that are called otherwise than the settings that they change."""

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
"""Exit codes: the work failed; the command line makes no sense; Ctrl-C."""


class Parser(argparse.ArgumentParser):
    """Raises SpecError where argparse would print its usage and exit."""

    def error(self, message: str) -> NoReturn:
        """Misuse, in our words."""
        raise SpecError(f"{message[:1].upper()}{message[1:]}.", f"`{self.prog} --help` shows what there is.")

    @property
    def options(self) -> frozenset[str]:
        """Every word with which an option begins."""
        return frozenset(self._option_string_actions)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except SystemExit as end:  # argparse has printed its help
        return int(end.code or 0)
    except KeyboardInterrupt:
        complain("Interrupted.", "")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in words:
            raise
        return _tell(error)


def _run(words: Sequence[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    if words[0] == "--version":
        print(f"sslviz {_version()}")
        return 0
    if words[0] not in COMMANDS:
        from sslviz.cli.model import model_names

        raise SpecError(f"There is no command called {words[0]!r}.", suggestion(words[0], [*COMMANDS, *model_names()]))
    if words[0] == "tour":
        raise SpecError("The tour needs the window's entry point.", "Run `sslviz tour --out FOLDER`.")
    return _run_command(words[0], words[1:])


def _version() -> str:
    try:
        return version("sslviz")
    except PackageNotFoundError:
        return "not installed, run from its folder"


def _run_command(name: str, words: Sequence[str]) -> int:
    command: Any = import_module(f"sslviz.cli.{name.replace('-', '_')}")
    parser = Parser(
        prog=f"sslviz {name}",
        description=command.__doc__,
        epilog=getattr(command, "EXAMPLES", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    arguments = parser.parse_intermixed_args(words)  # options may stand between names
    try:
        return int(command.run(arguments))
    except SSLVizError as error:
        if arguments.debug:
            raise
        complain(error.message, error.hint, flag_of(error.field, parser.options))
        return MISUSED if isinstance(error, SpecError) else FAILED


def overview() -> str:
    """What `sslviz --help` prints."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {about}" for name, about in COMMANDS.items())
    return f"""sslviz: self-supervised learning in vision, to be watched.

  sslviz                  open the window
  sslviz RUN              open the window on a run folder
  sslviz MODEL            open the window on a checkpoint, a folder or a name
  sslviz COMMAND --help   what a command takes, with examples

commands:
{lines}

examples:
  sslviz train simclr --data shapes --steps 300 --out runs/first
  sslviz train simclr --data photos.zip --set tau=0.1 --set augment.crop=off
  sslviz train simclr --steps 600 --at 300:negatives=off     watch it collapse
  sslviz plot runs/first --out first.png
  sslviz describe dino_deitsmall16_pretrain.pth
  sslviz attention dino-shapes shapes:3 --out maps.png"""


def complain(message: str, hint: str, flag: str = "") -> None:
    """One sentence with the cause, one with the remedy and the flag of the setting to change, where errors belong."""
    remedy = f"{hint} The setting is {flag}.".strip() if flag else hint
    sys.stderr.write(f"error: {message}\n" + (f"{remedy}\n" if remedy else ""))


def flag_of(field: str, options: frozenset[str]) -> str:
    """What changes a setting, of a command with these options: --batch-size, or --set mask_ratio=...; "" where nothing does."""
    from sslviz.cli.configure import FLAGS

    if not field:
        return ""
    own = [flag.option for flag in FLAGS if flag.setting == field]
    for option in (*own, ELSEWHERE.get(field, ""), f"--{field.replace('_', '-')}"):
        if option in options:
            return option
    takes_all = {flag.option for flag in FLAGS} <= options
    takes = "--set" in options and (takes_all or field.partition(".")[0] in ("data", "augment"))
    return f"--set {field}=..." if takes else ""


def _tell(error: Exception) -> int:
    if isinstance(error, SSLVizError):
        complain(error.message, error.hint)
        return MISUSED if isinstance(error, SpecError) else FAILED
    from sslviz.engine.errors import explain

    why = explain(error)
    complain(why.message, f"{why.hint} Run it again with --debug for the details.")
    return FAILED
