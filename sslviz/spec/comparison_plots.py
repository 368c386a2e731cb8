"""Which plots a comparison needs: one a measure, or one for each group of runs whose numbers mean the same. For window and files alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sslviz.spec.comparable import groups, why_apart
from sslviz.spec.comparison import Axis, Side, Trace
from sslviz.spec.measures import MEASURES

FIRST = ("knn", "loss", "alignment", "uniformity", "std", "rankme", "top1", "accuracy")
"""The measures that come first; the others follow in their order."""


@dataclass(frozen=True, slots=True)
class PlotPlan:
    """One plot: which sides of a measure, what sets them apart from its other plots, and why they are apart."""

    measure: str
    number: int  # among the plots of this measure
    members: tuple[int, ...]
    label: str
    reason: str

    @property
    def title(self) -> str:
        """The measure, and of which runs."""
        known = MEASURES.get(self.measure)
        name = known.label if known else self.measure.removeprefix("part.")
        return f"{name} · {self.label}" if self.label else name


def plot_plans(sides: Sequence[Side], measures: Sequence[str] = ()) -> Iterator[PlotPlan]:
    """The plots of these measures (of all that some side has, the most telling first)."""
    first = [k for k, side in enumerate(sides) if not _drawn_before(side, sides[:k])]
    for measure in measures or measures_of(sides):
        has = [k for k in first if measure in sides[k].traces and sides[k].config is not None]
        configs = [config for k in has if (config := sides[k].config) is not None]
        reason = why_apart(measure, configs)
        for number, group in enumerate(groups(measure, configs)):
            yield PlotPlan(measure, number, tuple(has[m] for m in group.members), group.label, reason)


def _drawn_before(side: Side, before: Sequence[Side]) -> bool:
    """Whether its curves are those of another side: snapshots of one run."""
    return bool(side.folder) and side.folder in {other.folder for other in before}


def marks_of(plan: PlotPlan, sides: Sequence[Side]) -> Iterator[tuple[int, int, str]]:
    """(side, step, words) of what happened at a step: settings that were changed, snapshots that are compared."""
    for k in plan.members:
        several = f" ({sides[k].run_name})" if len(plan.members) > 1 else ""
        yield from ((k, mark.step, mark.text + several) for mark in sides[k].marks)
        for other, side in enumerate(sides):
            if side.model.snapshot >= 0 and (other == k or (side.folder and side.folder == sides[k].folder)):
                yield k, side.model.snapshot, side.name


def measures_of(sides: Sequence[Side]) -> list[str]:
    """Every measure that some side has."""
    found = dict.fromkeys(name for side in sides for name in side.traces)
    return [name for name in dict.fromkeys((*FIRST, *MEASURES, *found)) if name in found]


def main_measures(sides: Sequence[Side]) -> list[str]:
    """Those that come first, as far as some side has them."""
    return [name for name in measures_of(sides) if name in FIRST]


def levels(plan: PlotPlan, sides: Sequence[Side]) -> list[tuple[str, float]]:
    """What to compare with: levels that all have once, others with the names of their sides."""
    found: dict[tuple[str, float], list[int]] = {}
    for k in plan.members:
        for level in sides[k].references:
            if level.measure == plan.measure:
                found.setdefault((level.label, level.value), []).append(k)
    return [
        (
            label if len(owners) == len(plan.members) else f"{label}, {', '.join(sides[k].run_name for k in owners)}",
            value,
        )
        for (label, value), owners in found.items()
    ]


def place_of(step: int, axis: Axis, side: Side, traces: Mapping[str, Trace]) -> float | None:
    """Where a step of a side lies on an axis: of epochs and times at the measured row next to it, in the fullest of its traces."""
    if axis == "step":
        return float(step)
    if side.config is None:
        return None
    if axis == "images":
        return float(step * side.config.batch_size)
    trace = max(traces.values(), key=lambda trace: len(trace.steps), default=None)
    if trace is None:
        return None
    place = min(int(trace.steps.searchsorted(step)), len(trace.steps) - 1)
    at = float(trace.x(axis, side.config.batch_size)[place])
    return at if at == at else None
