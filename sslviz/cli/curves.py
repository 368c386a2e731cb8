"""The panels of a run's figure: curves over the steps, the alignment/uniformity plane, the spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from sslviz.cli.palette import Palette
from sslviz.engine.record import RunRecord
from sslviz.spec.measures import MEASURES, SHARES, in_words
from sslviz.spec.quantities import said

_MARKERS = ("o", "s", "^", "D")
_BY_DEFINITION = {"std": [(1.0, "spread evenly")]}
_FEW = 60  # measured points that are drawn as dots; more would be a line anyway
_SMOOTH_FROM = 50
_LABEL_ROOM = 0.12  # of the axis: two reference lines closer than this are labelled on opposite sides


@dataclass(frozen=True, slots=True)
class Curve:
    """A measure to draw, and what to call it among others in its panel."""

    measure: str
    label: str = ""


def draw_curves(
    axes: Axes,
    record: RunRecord,
    curves: Sequence[Curve],
    palette: Palette,
    *,
    title: str = "",
    name_flips: bool = False,
) -> None:
    """Measures over the steps, with reference lines and the marks of flipped settings."""
    measure = MEASURES.get(curves[0].measure)
    axes.set_title(title or (measure.label if measure else curves[0].measure.removeprefix("part.")))
    axes.set_xlabel("step")
    drawn = [_draw_curve(axes, record, curve, palette, k) for k, curve in enumerate(curves)]
    if not any(drawn):
        _say_idle(axes, palette)
        return
    axes.set_xlim(0, max(record.step, 1) * 1.01)
    if len(curves) > 1:
        axes.legend(loc="lower right", bbox_to_anchor=(1.02, 0.99), ncols=len(curves), borderaxespad=0,
                    handlelength=1.5, columnspacing=1.2)  # fmt: skip
    _limit(axes, record, curves)
    if curves[0].measure in SHARES:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol="\u00a0%"))
    for curve in curves:
        _draw_references(axes, record, curve.measure, palette)
    _draw_flips(axes, record, palette, named=name_flips)


def _draw_curve(axes: Axes, record: RunRecord, curve: Curve, palette: Palette, k: int) -> bool:
    steps, values = record[curve.measure]
    if not len(steps):
        return False
    colour = palette.series[k]
    if len(steps) > _SMOOTH_FROM and curve.measure == "loss":
        axes.plot(steps, values, color=colour, alpha=0.3, linewidth=0.8)
        stretches = np.split(values, np.searchsorted(steps, [flip.step for flip in record.flips], side="right"))
        weight = 1 - 1 / max(5, len(steps) / 40)  # the longer the run, the further back
        axes.plot(steps, np.concatenate([smoothed(part, weight) for part in stretches]), color=colour)
    else:
        marker = _MARKERS[k] if len(steps) <= _FEW else ""
        axes.plot(steps, values, color=colour, marker=marker, markersize=4, label=curve.label or None)
    return True


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average, corrected for its start; each value only looks back."""
    result, mean = np.empty_like(values), 0.0
    for i, value in enumerate(values):
        mean = weight * mean + (1 - weight) * value
        result[i] = mean / (1 - weight ** (i + 1))
    return result


def _limit(axes: Axes, record: RunRecord, curves: Sequence[Curve]) -> None:
    """Axes that hold the curve and its reference lines, with room for the labels."""
    names = [curve.measure for curve in curves]
    values = np.concatenate([record[name][1] for name in names] + [_levels(record, names)])
    values = values[np.isfinite(values)]
    if not len(values):
        return
    lo, hi = float(values.min()), float(values.max())
    room = 0.1 * (hi - lo or abs(hi) or 1.0)
    measure = MEASURES.get(names[0])
    floor = measure.lo if measure and measure.lo is not None else None
    axes.set_ylim(lo - room if floor is None else max(floor, lo - room), hi + room)


def _levels(record: RunRecord, names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([value for name in names for value, _ in _references(record, name)], np.float64)


def _references(record: RunRecord, measure: str) -> list[tuple[float, str]]:
    """The levels to compare a measure with, lowest first."""
    own = [(value, label) for (of, label), value in record.references.items() if of == measure]
    return sorted(own or _BY_DEFINITION.get(measure, []))


def _draw_references(axes: Axes, record: RunRecord, measure: str, palette: Palette) -> None:
    lines = _references(record, measure)
    lo, hi = axes.get_ylim()
    for k, (value, label) in enumerate(lines):
        above = k + 1 == len(lines) or lines[k + 1][0] - value > _LABEL_ROOM * (hi - lo)
        axes.axhline(value, color=palette.muted, linewidth=1, linestyle=(0, (5, 3)))
        axes.annotate(f"{label} {in_words(measure, value) if measure in SHARES else format(value, '.3g')}", (1, value), xycoords=("axes fraction", "data"), xytext=(-2, 2 if above else -3),
                      textcoords="offset points", ha="right", va="bottom" if above else "top", size=8,
                      color=palette.muted, bbox=_backing(palette))  # fmt: skip


def _backing(palette: Palette) -> dict[str, object]:
    """What keeps a label legible over a curve."""
    return {"facecolor": palette.plot, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}


def _draw_flips(axes: Axes, record: RunRecord, palette: Palette, *, named: bool) -> None:
    for flip in record.flips:
        axes.axvline(flip.step, color=palette.warning, linewidth=1.1, linestyle=(0, (1, 1.5)))
        if named:
            axes.annotate(f"{flip.name}: {said(flip.before)} → {said(flip.after)}", (flip.step, 0.98),
                          xycoords=("data", "axes fraction"), xytext=(4, 0), textcoords="offset points",
                          va="top", size=8.5, color=palette.warning, zorder=5,
                          bbox=_backing(palette))  # fmt: skip


def _say_idle(axes: Axes, palette: Palette) -> None:
    axes.text(0.5, 0.5, "not measured in this run", transform=axes.transAxes, ha="center", color=palette.muted)
    axes.set_xticks([])
    axes.set_yticks([])


def draw_plane(axes: Axes, record: RunRecord, palette: Palette) -> None:
    """Alignment against uniformity as a trail from light to dark; better is down and to the left."""
    axes.set_title("alignment and uniformity (z)")
    steps, x, y = _both(record, "uniformity", "alignment")
    if not len(steps):
        _say_idle(axes, palette)
        return
    shades = LinearSegmentedColormap.from_list("trail", [palette.muted, palette.series[0]])
    axes.plot(x, y, color=palette.muted, linewidth=0.8, zorder=2)
    axes.scatter(x, y, c=steps, cmap=shades, s=26, zorder=3, edgecolors=palette.plot, linewidths=0.5)
    for k, word in ((0, "start"), (-1, f"step {steps[-1]:,}")):
        axes.annotate(word, (x[k], y[k]), xytext=(6, 5), textcoords="offset points", size=8.5, color=palette.text)
    _mark_flips(axes, record, steps, x, y, palette)
    axes.set_xlabel("uniformity: left is spread evenly, 0 is collapse")
    axes.set_ylabel("alignment: 0 is perfect")
    axes.margins(0.15)
    axes.set_xlim(right=max(0.05, axes.get_xlim()[1]) if x.max() > -0.5 else None)
    axes.set_ylim(bottom=min(0.0, float(y.min())) if y.min() < 0.2 else None)


def _mark_flips(
    axes: Axes,
    record: RunRecord,
    steps: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    palette: Palette,
) -> None:
    """A cross at the first point that was measured after settings were flipped, with their names."""
    at: dict[int, list[str]] = {}
    for flip in record.flips:
        k = int(np.searchsorted(steps, flip.step, side="right"))
        if k < len(steps) and flip.name != "steps":
            at.setdefault(k, []).append(f"{flip.name}: {said(flip.after)}")
    for k, words in at.items():
        left = x[k] > (x.min() + x.max()) / 2
        axes.scatter(x[k], y[k], marker="X", s=60, color=palette.warning, zorder=4)
        axes.annotate(", ".join(words), (x[k], y[k]), xytext=(-8 if left else 8, -3), textcoords="offset points", size=8.5,
                      ha="right" if left else "left", va="center", color=palette.warning)  # fmt: skip


def _both(
    record: RunRecord, first: str, second: str
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Steps at which both were measured, and the values there."""
    (steps_a, a), (steps_b, b) = record[first], record[second]
    steps, at_a, at_b = np.intersect1d(steps_a, steps_b, return_indices=True)
    return steps, a[at_a], b[at_b]


def draw_spectrum(axes: Axes, record: RunRecord, palette: Palette) -> None:
    """Singular values of held-out z at the last look, largest first, on a logarithmic axis."""
    axes.set_title("singular values (z), last look")
    peek = record.peeks.get("spectrum", {})
    values = np.asarray(peek.get("values", ()), np.float64)
    values = values[values > 0]
    if not len(values):
        _say_idle(axes, palette)
        return
    axes.semilogy(np.arange(1, len(values) + 1), values / values[0], color=palette.series[0])
    axes.set_xlabel("index")
    axes.set_ylabel("share of the largest")
