"""What `sslviz benchmark-methods` has measured: one row a number, kept as CSV, and the table that is made of it."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import CLASS, PIXELS, RANDOM, RUN

NAME = "methods.csv"
PROBES = {"knn": "kNN", "linear": "Linear probe"}


@dataclass(frozen=True, slots=True)
class Result:
    """One number: how well a probe on a model's features names a target, on images that nothing was trained on."""

    data: str
    method: str
    recipe: str
    backbone: str
    seed: int
    steps: int
    minutes: float  # of the cores, for training
    model: str  # the run, its network with random weights, or the pixels
    probe: str  # "knn" or "linear"
    target: str  # "class" or a factor
    value: float  # share of test images
    chance: float  # always the commonest value
    images: int  # in the test

    @property
    def cell(self) -> tuple[str, str, int]:
        """What is trained at once."""
        return self.data, self.method, self.seed


COLUMNS = tuple(field.name for field in dataclasses.fields(Result))
_TYPES = {"seed": int, "steps": int, "images": int, "minutes": float, "value": float, "chance": float}


def read_results(path: Path) -> tuple[Result, ...]:
    """The rows of a file; none where there is no file. Raises SpecError for a file of another kind."""
    if not path.exists():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        try:
            rows = [{name: _TYPES.get(name, str)(row[name]) for name in COLUMNS} for row in csv.DictReader(file)]
        except (KeyError, ValueError, TypeError) as error:
            raise SpecError(f"{path} is no table of methods: {error}.", "Choose another folder, or --fresh.") from error
    return tuple(Result(**row) for row in rows)


def as_csv(results: Iterable[Result]) -> str:
    """One line a number, in the order in which methods, seeds and targets came."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        plain = dataclasses.asdict(result)
        writer.writerow([f"{v:.4f}" if isinstance(v, float) else v for v in plain.values()])
    return text.getvalue()


def as_table(results: Sequence[Result]) -> str:
    """Markdown: for each data set and probe a table of all methods, then the baselines."""
    blocks = []
    for data in dict.fromkeys(result.data for result in results):
        for probe, title in PROBES.items():
            here = [result for result in results if result.data == data and result.probe == probe]
            if here:
                blocks.append(f"**{title} on h, {data}**\n\n{_table(here)}")
    return "\n\n".join(blocks)


def _table(results: Sequence[Result]) -> str:
    targets = list(dict.fromkeys(result.target for result in results))
    targets.sort(key=lambda target: target != CLASS)
    head = ["method", "backbone", "minutes", "seeds", *targets]
    lines = [_methods_line(results, method, targets) for method in dict.fromkeys(r.method for r in results)]
    lines += _baselines(results, targets)
    chances = {r.target: r.chance for r in results}
    lines.append(["always the commonest", "", "", "", *(_percent(chances[target]) for target in targets)])
    rule = ["---", "---", *["---:"] * (len(head) - 2)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _methods_line(results: Sequence[Result], method: str, targets: Sequence[str]) -> list[str]:
    """A method's means with half their intervals; bold where the interval lies above random weights of the same network."""
    own = [r for r in results if r.method == method]
    backbone = own[0].backbone
    cells = []
    for target in targets:
        found = [r.value for r in own if r.model == RUN and r.target == target]
        random = [r.value for r in results if (r.model, r.backbone, r.target) == (RANDOM, backbone, target)]
        cells.append(_cell(found, _to_beat(random)))
    minutes = [r.minutes for r in own]
    return [method, backbone, f"{sum(minutes) / len(minutes):.1f}", f"{len({r.seed for r in own})}", *cells]


def _baselines(results: Sequence[Result], targets: Sequence[str]) -> list[list[str]]:
    lines = []
    for backbone in dict.fromkeys(r.backbone for r in results if r.model == RANDOM):
        of = [r for r in results if r.model == RANDOM and r.backbone == backbone]
        by_seed = {(r.seed, r.target): r.value for r in of}  # methods share a network's first weights
        cells = [_cell([v for (_, t), v in by_seed.items() if t == target]) for target in targets]
        lines.append([RANDOM, backbone, "", f"{len({r.seed for r in of})}", *cells])
    pixels = {r.target: r.value for r in results if r.model == PIXELS}
    if pixels:
        lines.append([PIXELS, "", "", "", *(_percent(pixels.get(target, math.nan)) for target in targets)])
    return lines


def _to_beat(random: Sequence[float]) -> float:
    """The mean of random weights; nothing is above it where it is not known."""
    return sum(random) / len(random) if random else math.inf


def _cell(values: Sequence[float], to_beat: float = math.inf) -> str:
    if not values:
        return ""
    from sslviz.metrics.intervals import student

    mean, lo, hi = student(values)
    half = (hi - lo) / 2
    text = _percent(mean) if math.isnan(half) else f"{_percent(mean)} ± {100 * half:.1f}"
    return f"**{text}**" if lo > to_beat else text


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"
