"""Say what the representation of a run is worth: kNN, linear probes, fine-tuning, beside random weights, raw pixels and supervised training.

Each result carries its 95 % interval and its seeds. The run's validation images are the test images; nothing is chosen on them. Several
runs of one configuration make one table with intervals over the runs. Evaluating never changes a run; what was measured of its last
weights on its own images is kept in its folder as evaluation.json, where `sslviz compare` finds it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslviz.cli.data import data_config, progress_line
from sslviz.cli.run_named import run_named
from sslviz.cli.text_table import text_table
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.evaluation import END_TO_END, LAST, PROTOCOLS, Evaluation, EvaluationPlan, Row, Score
from sslviz.spec.params import describe, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = """examples:
  sslviz evaluate runs/first
  sslviz evaluate runs/first --protocols knn,linear,factors,masks --layers h,z,stages.1
  sslviz evaluate runs/first --labels 10 --seeds 3 --out table.csv
  sslviz evaluate runs/seed0 runs/seed1 runs/seed2
  sslviz evaluate runs/first --protocols partial,full --supervised --snapshot 200
  sslviz evaluate models/dino-shapes --data my-photographs"""

FORMATS = (".csv", ".json")
OPTIONS = {"images": "--images", "labels": "--labels", "seeds": "--seeds", "seed": "--seed", "k": "--k", "temperature": "--temperature",
           "tune_steps": "--tune-steps", "tune_lr": "--tune-lr"}  # fmt: skip
_WORDS = {**OPTIONS, "protocols": "--protocols", "layers": "--layers", "snapshot": "--snapshot"}
_HEAD = ("MODEL", "PROTOCOL", "LAYER", "TARGET", "TOP-1", "95 %", "TOP-5", "CHANCE", "LABELS", "SEEDS", "SETTING")
_NUMBERS = frozenset({4, 5, 6, 7})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz evaluate`; those of numbers come from the plan's own metadata."""
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="the run's folder, or a shipped model; several: intervals over runs"
    )
    about = "; ".join(f"{p.name}: {p.title}" for p in PROTOCOLS.values())
    parser.add_argument("--protocols", default="knn,linear", metavar="A,B", help=f"{about} (knn,linear)")
    parser.add_argument(
        "--layers", "--layer", default="h", metavar="A,B", help="h, z, or blocks by name; a wrong one lists them (h)"
    )
    parser.add_argument(
        "--snapshot", type=int, default=LAST, metavar="STEP", help="the weights of that step (the last)"
    )
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="other images than the run's: a data set, or a folder or zip of your own"
    )
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="a dial of --data")
    parser.add_argument("--download", action="store_true", help="allow the data set of --data to be downloaded")
    parser.add_argument(
        "--supervised", action="store_true", help="train the supervised baseline, for as long as the run was"
    )
    for info in describe(EvaluationPlan):
        if info.name in OPTIONS:
            also = f"; {info.down}" if info.down else ""
            words = f"{info.label} {info.symbol}".strip() + also
            parser.add_argument(OPTIONS[info.name], metavar="N|all" if info.name == "labels" else "N",
                                help=f"{words} ({info.default})")  # fmt: skip
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")
    parser.add_argument("--out", metavar="FILE", help="write the table into a .csv or .json file")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--no-keep", action="store_true", help="leave the run's folder as it is: keep no evaluation.json in it"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print, write."""
    from sslviz.evaluate.keeping import as_plain

    out = Path(arguments.out).expanduser() if arguments.out else None
    if out and out.suffix.lower() not in FORMATS:
        raise SpecError(
            f"{out.name} is of no kind that a table can be written to.", f"End it with {' or '.join(FORMATS)}."
        )
    with _options_named():
        plan = plan_from(arguments)
        report = _evaluate([run_named(word) for word in arguments.runs], plan, arguments)
    print(json.dumps(as_plain(report), indent=2, ensure_ascii=False) if arguments.json else as_text(report))
    if out:
        out.write_text(
            as_csv(report) if out.suffix.lower() == ".csv" else json.dumps(as_plain(report), indent=2), encoding="utf-8"
        )
    return 0


@contextmanager
def _options_named() -> Iterator[None]:
    """Errors name the option to change instead of the setting."""
    try:
        yield
    except SSLVizError as error:
        if error.field not in _WORDS:
            raise
        raise type(error)(error.message, f"{error.hint} The option is {_WORDS[error.field]}.".strip()) from error


def plan_from(arguments: argparse.Namespace) -> EvaluationPlan:
    """The plan that the command line describes; raises SpecError."""
    numbers: dict[str, Any] = {}
    for info in describe(EvaluationPlan):
        word = getattr(arguments, OPTIONS[info.name][2:].replace("-", "_"), None) if info.name in OPTIONS else None
        if word is not None:
            numbers[info.name] = parse(info, "0" if word == "all" else word)
    return EvaluationPlan(
        _names(arguments.protocols), _names(arguments.layers), **numbers, supervised=arguments.supervised
    )


def _names(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _evaluate(folders: Sequence[Path], plan: EvaluationPlan, arguments: argparse.Namespace) -> Evaluation:
    from sslviz.engine.environment import prepare_environment, use_threads

    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    from sslviz.evaluate.checks import require_plan
    from sslviz.evaluate.pooling import pool

    require_plan(plan)
    elsewhere = _elsewhere(arguments)
    reports = [_evaluate_one(folder, elsewhere, plan, arguments) for folder in folders]
    if sys.stderr.isatty() and not arguments.quiet:
        sys.stderr.write("\r\033[K")
    return pool(reports)


def _elsewhere(arguments: argparse.Namespace) -> DataConfig | None:
    """The images of --data; None: each run's own. Raises SpecError."""
    if arguments.data:
        return data_config(arguments.data, argparse.Namespace(**{**vars(arguments), "image_size": None}))
    if arguments.settings or arguments.download:
        raise SpecError("--set and --download are about the images of --data, and none were named.", "Add --data NAME.")
    return None


def _evaluate_one(
    folder: Path, elsewhere: DataConfig | None, plan: EvaluationPlan, arguments: argparse.Namespace
) -> Evaluation:
    from sslviz.data import load_data
    from sslviz.evaluate.elsewhere import said, subject_elsewhere
    from sslviz.evaluate.report import evaluate
    from sslviz.evaluate.subject import read_config, subject_from_folder
    from sslviz.nn.devices import choose_device

    tell = progress_line(quiet=arguments.quiet or arguments.json)
    config, device = read_config(folder)[0], choose_device("auto")
    splits = load_data(elsewhere or config.data, progress=tell)
    if elsewhere is None:
        report = evaluate(subject_from_folder(folder, splits, arguments.snapshot, device), plan, progress=tell)
        return _keep(report, folder, arguments)
    subject = subject_elsewhere(folder, elsewhere, splits, arguments.snapshot, device)
    return said(evaluate(subject, plan, progress=tell), config)


def _keep(report: Evaluation, folder: Path, arguments: argparse.Namespace) -> Evaluation:
    """Into the run's folder; that it cannot be written to is told and spoils nothing. Snapshots are looked at, and not kept."""
    from sslviz.evaluate.keeping import keep
    from sslviz.training.errors import TrainingError

    if not arguments.no_keep and arguments.snapshot == LAST:
        try:
            keep(report, folder)
        except TrainingError as error:
            sys.stderr.write(f"note: The scores are not kept in the run. {error.message} {error.hint}\n")
    return report


def as_text(report: Evaluation) -> str:
    """The table and what it rests on."""
    head = f"{report.method}, {report.backbone}, step {report.step:,}: {report.folder}"
    table = text_table(_HEAD, [_cells(row) for row in report.rows if row.score], _NUMBERS)
    missing = dict.fromkeys(f"{row.model}: {row.note}" for row in report.rows if not row.score)
    return "\n".join([head, report.note, "", table, "", *missing, f"{report.seconds:.0f} s"])


def _cells(row: Row) -> tuple[str, ...]:
    assert row.score is not None  # noqa: S101  the caller has looked
    title = {**PROTOCOLS, END_TO_END.name: END_TO_END}[row.protocol].title
    seeds = f"{len(row.seeds)}" if row.score.kind == "student" else "1"
    labels = f"{row.labels} a class" if row.labels else "all"
    return (row.model, title, row.layer, row.target, _percent(row.score.value), f"{_percent(row.score.lo)}–{_percent(row.score.hi)}",
            _percent(row.top5.value) if row.top5 else "", _percent(row.chance), labels, seeds, row.setting)  # fmt: skip


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"


_COLUMNS = ("model", "protocol", "layer", "target", "value", "lo", "hi", "interval", "values", "top5", "top5_lo", "top5_hi", "chance",
            "labels", "seeds", "setting", "seconds", "note")  # fmt: skip


def as_csv(report: Evaluation) -> str:
    """One line a row; numbers in full."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("run", "step", *_COLUMNS))
    for row in report.rows:
        score, top5 = _numbers(row.score), _numbers(row.top5)
        kind = row.score.kind if row.score else ""
        values = " ".join(repr(v) for v in row.score.values) if row.score else ""
        seeds = " ".join(map(str, row.seeds))
        chance = "" if math.isnan(row.chance) else repr(row.chance)
        writer.writerow((report.folder, report.step, row.model, row.protocol, row.layer, row.target, *score, kind, values, *top5, chance,
                         row.labels, seeds, row.setting, f"{row.seconds:.2f}", row.note))  # fmt: skip
    return text.getvalue()


def _numbers(score: Score | None) -> tuple[str, str, str]:
    return (repr(score.value), repr(score.lo), repr(score.hi)) if score else ("", "", "")
