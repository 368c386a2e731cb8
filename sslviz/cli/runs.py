"""List the runs in a folder, newest first; without a folder, those in the usual place."""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.text_table import text_table
from sslviz.spec.errors import SpecError
from sslviz.spec.measures import in_words
from sslviz.spec.places import runs_folder

if TYPE_CHECKING:
    from sslviz.spec.requests import RunSummary

EXAMPLES = """examples:
  sslviz runs
  sslviz runs experiments --json"""

_HEAD = ("RUN", "METHOD", "DATA", "STATE", "STEP", "LOSS", "KNN", "LAST CHANGE")
_NUMBERS = frozenset({4, 5, 6})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz runs`."""
    parser.add_argument("folder", nargs="?", default="", metavar="FOLDER", help="where to look, or one run")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    folder = Path(arguments.folder).expanduser() if arguments.folder else runs_folder()
    if arguments.folder and not folder.is_dir():
        raise SpecError(f"There is no folder {folder}.", "Check the path, or leave it out for the usual place.")
    from sslviz.training import list_runs, summarise
    from sslviz.training.comparing.reading import record_folder

    found = (summarise(folder),) if record_folder(str(folder)) == folder else list_runs(folder)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(summary) for summary in found], indent=2, ensure_ascii=False))
    elif found:
        print(_as_text(found))
    else:
        print(f"No runs in {folder}. `sslviz train simclr` makes one.")
    return 0


def _as_text(found: Sequence[RunSummary]) -> str:
    table = text_table(_HEAD, [_row(summary) for summary in found], _NUMBERS)
    problems = [f"{summary.name}: {summary.problem}" for summary in found if summary.problem]
    return "\n".join([table, *problems])


def _row(summary: RunSummary) -> tuple[str, ...]:
    steps = f"{summary.step:,}/{summary.steps:,}" if summary.steps else ""
    last = summary.last
    loss = f"{last['loss']:.3f}" if "loss" in last else ""
    knn = in_words("knn", last["knn"]) if "knn" in last else ""
    data = Path(summary.data).name
    changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.modified))
    return (summary.name, summary.method, data, summary.state, steps, loss, knn, changed)
