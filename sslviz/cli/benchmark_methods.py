"""Train every method by its default recipe for some minutes and seeds, probe the features, and keep the table.

A cell is a method and a seed. Each is written into DIR/methods.csv as soon as it is done, and its run lies in DIR/runs: what is
there is not done again, and a run that was interrupted goes on. How many steps fill the minutes is measured with the first seed, by
the time that the cores work for it; the others take as many.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.configure import data_source
from sslviz.cli.method_results import NAME, Result, as_csv, as_table, read_results
from sslviz.spec.catalogue import Catalogue, shipped_catalogue
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.evaluation import EvaluationPlan
from sslviz.spec.places import shipped
from sslviz.spec.recipes import default_recipe
from sslviz.spec.settings import default_config, find_method, with_setting

if TYPE_CHECKING:
    from sslviz.spec.config import RunConfig

EXAMPLES = """examples:
  sslviz benchmark-methods --out benchmark
  sslviz benchmark-methods --out benchmark --methods simclr,dino --seeds 1 --minutes 0.5
  sslviz benchmark-methods --out benchmark --data cifar10.zip --methods simclr,byol,mae,dino --minutes 10
  sslviz benchmark-methods --out benchmark --table     the table of what is there, as Markdown
  sslviz benchmark-methods --table                     the table that ships"""

FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz benchmark-methods`."""
    parser.add_argument("--out", metavar="DIR", help="where results and runs are kept, and gone on with")
    parser.add_argument("--methods", metavar="A,B", help="only these (all)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="runs of each method (3)")
    parser.add_argument(
        "--minutes", type=float, default=3.0, metavar="X", help="of training on these cores, each run (3)"
    )
    parser.add_argument("--data", default="shapes", metavar="NAME|PATH", help="a data set, or a folder or zip (shapes)")
    parser.add_argument(
        "--images", type=int, default=10_000, metavar="N", help="training images that probes use (10000)"
    )
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="for every method")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")
    parser.add_argument("--fresh", action="store_true", help="throw away what these methods have in DIR")
    parser.add_argument("--table", action="store_true", help="print the table of what is there, and train nothing")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Fill the cells that are missing, then print the table; 1 where a method could not be trained."""
    if arguments.table:
        print(as_table(_there(arguments.out)))
        return 0
    if not arguments.out:
        raise SpecError("No folder was named.", "Write --out DIR; what is done is kept there.")
    if arguments.seeds < 1 or not 0 < arguments.minutes < float("inf"):
        raise SpecError("There is nothing to train.", "Give at least one seed and a positive number of minutes.")
    bench = Bench(arguments, shipped_catalogue())
    failed = [name for name in bench.methods if not bench.fill(name)]
    print(as_table(bench.results))
    return FAILED if failed else 0


def _there(folder: str | None) -> tuple[Result, ...]:
    path = Path(folder).expanduser() / NAME if folder else shipped("resources") / "benchmarks" / NAME
    if not path.exists():
        raise SpecError(f"There is no {path}.", "Run `sslviz benchmark-methods --out DIR` first.")
    return read_results(path)


class Bench:
    """The table on its way."""

    def __init__(self, arguments: argparse.Namespace, catalogue: Catalogue) -> None:
        self._arguments, self._catalogue = arguments, catalogue
        self.folder = Path(arguments.out).expanduser().absolute()
        self.source = data_source(arguments.data, catalogue)
        words = [word.strip() for word in (arguments.methods or "").split(",") if word.strip()]
        self.methods = [find_method(catalogue, name).name for name in words] or [m.name for m in catalogue.methods]
        self.results = list(read_results(self.folder / NAME))
        if arguments.fresh:
            self._forget()

    def _forget(self) -> None:
        data = Path(self.source).stem
        self.results = [r for r in self.results if (r.data, r.method) not in {(data, name) for name in self.methods}]
        for name in self.methods:
            for folder in self.folder.glob(f"runs/{data}-{name}-*"):
                shutil.rmtree(folder)

    def fill(self, method: str) -> bool:
        """Train and probe what is missing of a method; whether all of it is there now. Ctrl-C is raised."""
        data = Path(self.source).stem
        done = {result.cell: result for result in self.results}
        wanted = [seed for seed in range(self._arguments.seeds) if (data, method, seed) not in done]
        try:
            steps = next((r.steps for (d, m, _), r in done.items() if (d, m) == (data, method)), 0)
            for seed in wanted:
                steps = self._cell(method, seed, steps)
        except SSLVizError as error:
            sys.stderr.write(f"{method}: {error}\n")
            return False
        return True

    def _cell(self, method: str, seed: int, steps: int) -> int:
        """One cell; the steps that it took."""
        from sslviz.engine.environment import prepare_environment, use_threads

        prepare_environment(self._arguments.threads)
        use_threads(self._arguments.threads)
        from sslviz.cli.method_cells import measured, steps_within, trained
        from sslviz.engine.progress import ProgressBar

        folder = self.folder / "runs" / f"{Path(self.source).stem}-{method}-{seed}"
        self._say(f"{method}, seed {seed}")
        steps = steps or _steps_in(folder) or steps_within(self._config(method, 0), self._arguments.minutes)
        config = dataclasses.replace(self._config(method, steps), seed=seed)
        with nullcontext() if self._arguments.quiet else ProgressBar() as bar:
            record, minutes = trained(config, folder, bar.hear if bar else lambda _: None)
        record.raise_failure()
        if record.state != "finished":
            raise KeyboardInterrupt
        recipe = default_recipe(self._catalogue, method, self.source)
        plan = EvaluationPlan(images=self._arguments.images)
        self.results += measured(record, recipe.name if recipe else "", seed, minutes, plan, self.results)
        self._write()
        return steps

    def _config(self, method: str, steps: int) -> RunConfig:
        config = default_config(self._catalogue, method, data=self.source, steps=steps)
        for name, value in (("threads", self._arguments.threads), *_pairs(self._arguments.settings)):
            config = with_setting(config, self._catalogue, name, value)
        return config

    def _write(self) -> None:
        from sslviz.training.atomic import write_atomically

        order = {info.name: place for place, info in enumerate(self._catalogue.methods)}
        self.results.sort(key=lambda r: (r.data, order.get(r.method, len(order)), r.seed))
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / NAME, as_csv(self.results).encode())

    def _say(self, text: str) -> None:
        if not self._arguments.quiet:
            sys.stderr.write(f"{text}\n")


def _pairs(words: Sequence[str] | None) -> list[tuple[str, str]]:
    from sslviz.cli.configure import read_change

    return [(change.name, change.value) for change in map(read_change, words or ())]


def _steps_in(folder: Path) -> int:
    """The length of a run that was interrupted; 0 where there is none."""
    if not (folder / "run.toml").exists():
        return 0
    from sslviz.training.run_file import read_run_file

    return read_run_file(folder)[0].steps
