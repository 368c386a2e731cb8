"""Curves of several runs on one page: one plot a measure, or one for each kind of run whose numbers mean the same."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sslviz.cli.curves import smoothed
from sslviz.cli.figure import style
from sslviz.cli.palette import Palette
from sslviz.spec.comparison import AXES, Axis, Comparison, Side
from sslviz.spec.comparison_plots import PlotPlan, levels, marks_of, measures_of, place_of, plot_plans
from sslviz.spec.errors import SpecError
from sslviz.spec.measures import MEASURES
from sslviz.spec.settings import suggestion

ACROSS, WIDE, HIGH = 3, 14.0, 2.9
"""Plots in a row; inches of the page and of a row."""
MARKERS = ("o", "s", "^", "D")
DASHES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
SCHEDULES = frozenset({"lr", "momentum", "teacher_temperature", "temperature"})
"""They are set, not measured: nothing to smooth."""
FEW, DENSE = 60, 100
"""Up to so many points are drawn as dots; from so many on a noisy measure has its moving average on top."""
_HEAD, _FOOT, _LETTERS = 1.0, 0.75, 190


def curves_page(found: Comparison, axis: Axis, measures: Sequence[str], palette: Palette) -> Figure | None:
    """All plots; None where no side has curves. Raises SpecError for a measure that none has."""
    known = measures_of(found.sides)
    if wrong := [name for name in measures if name not in known]:
        raise SpecError(
            f"None of these has a measure called {wrong[0]!r}.",
            suggestion(wrong[0], known) if known else "They have no metrics.",
        )
    plans = list(plot_plans(found.sides, measures)) if known else []
    if not plans:
        return None
    told: set[tuple[int, int, str]] = set()
    across = min(ACROSS, len(plans))
    rows = -(-len(plans) // across)
    with style(palette):
        height = _HEAD + rows * HIGH + _FOOT
        figure = Figure(figsize=(WIDE, height))
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(rows, across, left=0.05, right=0.985, top=1 - _HEAD / height - 0.25 / height,
                                   bottom=(_FOOT + 0.15) / height, hspace=0.5, wspace=0.2)  # fmt: skip
        for place, plan in enumerate(plans):
            _draw(figure.add_subplot(grid[place // across, place % across]), plan, found.sides, axis, palette, told)
        _dress(figure, found, plans, palette)
    return figure


def _draw(
    axes: Axes, plan: PlotPlan, sides: Sequence[Side], axis: Axis, palette: Palette, told: set[tuple[int, int, str]]
) -> None:
    """One plot. `told`: the marks that an earlier one has named."""
    axes.set_title("\n".join(textwrap.wrap(plan.title, 52)))
    axes.set_xlabel(AXES[axis])
    for k in plan.members:
        _draw_curve(axes, k, plan, sides[k], axis, palette)
    axes.margins(y=0.08)
    _hold_open(axes)
    _draw_levels(axes, levels(plan, sides), palette)
    for k, step, words in marks_of(plan, sides):
        at = place_of(step, axis, sides[k], sides[k].traces)
        if at is not None:
            axes.axvline(at, color=palette.warning, linewidth=1.1, linestyle=(0, (1, 1.5)))
            named = "" if (k, step, words) in told else words
            axes.annotate(named, (at, 0.98), xycoords=("data", "axes fraction"), xytext=(3, 0), textcoords="offset points", va="top", size=7.5,
                          color=palette.warning)  # fmt: skip
            told.add((k, step, words))


def _hold_open(axes: Axes) -> None:
    """What is constant but for the last digits is drawn as constant."""
    low, high = axes.get_ylim()
    if high - low < 1e-4 * max(abs(low), abs(high)):
        axes.set_ylim(low - 0.1 * abs(low), high + 0.1 * abs(high))


def _draw_levels(axes: Axes, lines: Sequence[tuple[str, float]], palette: Palette) -> None:
    """Dashed, with their names above, or below where the next one is close."""
    ordered = sorted(lines, key=lambda line: line[1])
    low, high = axes.get_ylim()
    for k, (label, value) in enumerate(ordered):
        above = k + 1 == len(ordered) or ordered[k + 1][1] - value > 0.12 * (high - low)
        axes.axhline(value, color=palette.muted, linewidth=1, linestyle=(0, (5, 3)))
        axes.annotate(label, (1, value), xycoords=("axes fraction", "data"), xytext=(-2, 2 if above else -3), textcoords="offset points", ha="right",
                      va="bottom" if above else "top", size=7.5, color=palette.muted,
                      bbox={"facecolor": palette.plot, "edgecolor": "none", "alpha": 0.8, "pad": 0.5})  # fmt: skip


def _draw_curve(axes: Axes, k: int, plan: PlotPlan, side: Side, axis: Axis, palette: Palette) -> None:
    trace = side.traces[plan.measure]
    x = trace.x(axis, side.config.batch_size if side.config else 0)
    known = np.isfinite(x)
    x, y = x[known], trace.values[known]
    colour, measure = palette.series[k], MEASURES.get(plan.measure)
    noisy = (measure is None or measure.every_step) and len(x) > DENSE and plan.measure not in SCHEDULES
    if noisy:
        axes.plot(x, y, color=colour, alpha=0.3, linewidth=0.7)
        axes.plot(x, smoothed(y, 1 - 1 / max(5, len(y) / 40)), color=colour, linestyle=DASHES[k])
    else:
        axes.plot(x, y, color=colour, linestyle=DASHES[k], marker=MARKERS[k] if len(x) <= FEW else "", markersize=4)


def _dress(figure: Figure, found: Comparison, plans: Sequence[PlotPlan], palette: Palette) -> None:
    """Who is who, and what must not be compared."""
    inch = 1 / figure.get_figheight()
    figure.text(0.015, 1 - 0.32 * inch, "Side by side", size=16, weight="bold", va="center")
    drawn = {k for plan in plans for k in plan.members}
    handles = [
        axes_line(
            palette.series[k],
            k,
            f"{side.run_name}: {side.config.method}, {side.config.backbone}, seed {side.config.seed}",
        )
        for k, side in enumerate(found.sides)
        if k in drawn and side.config
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.01, 1 - 0.5 * inch), ncols=min(len(handles), 2), fontsize=9
    )
    reasons = dict.fromkeys(plan.reason for plan in plans if plan.reason)
    words = [
        *found.notes,
        *reasons,
        "Dots are measured points; lines only join them. Pale lines are as measured, strong ones their moving average.",
    ]
    lines = textwrap.wrap(" ".join(words), _LETTERS)[:4]
    figure.text(0.015, 0.12 * inch, "\n".join(lines), size=8, color=palette.muted, va="bottom", linespacing=1.4)


def axes_line(colour: str, k: int, label: str) -> Line2D:
    """The entry of a side in the legend."""
    return Line2D([], [], color=colour, linestyle=DASHES[k], marker=MARKERS[k], markersize=5, label=label)
