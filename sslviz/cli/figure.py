"""A run as one figure: curves with what they are to be compared with, the plane, the signs of collapse. Needs no window."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sslviz.cli.curves import Curve, draw_curves, draw_plane, draw_spectrum
from sslviz.cli.palette import Palette
from sslviz.engine.record import RunRecord
from sslviz.spec.errors import SpecError
from sslviz.spec.measures import MEASURES
from sslviz.spec.quantities import said
from sslviz.spec.settings import suggestion

_WIDTH = 13.0  # inches
_LINE = 215  # characters of the caption that fit into one line
_MARK = {"good": "✓", "note": "•", "warning": "!"}


def overview(record: RunRecord, palette: Palette) -> Figure:
    """Everything that was measured, on one page."""
    with style(palette):
        figure = _figure(9.8)
        grid = figure.add_gridspec(3, 6, left=0.055, right=0.975, top=0.86, bottom=0.115, hspace=0.45, wspace=1.0)
        draw_curves(figure.add_subplot(grid[0, :4]), record, [Curve("loss")], palette, name_flips=True)
        draw_curves(figure.add_subplot(grid[0, 4:]), record, [Curve("knn")], palette)
        draw_plane(figure.add_subplot(grid[1, :2]), record, palette)
        collapse = [Curve("std", "z"), Curve("std_h", "h")]
        draw_curves(figure.add_subplot(grid[1, 2:4]), record, collapse, palette, title="std × √d")
        ranks = [Curve("rankme", "z"), Curve("rankme_h", "h")]
        draw_curves(figure.add_subplot(grid[1, 4:]), record, ranks, palette, title="RankMe: effective rank")
        tops = [Curve("top1", "top-1"), Curve("top5", "top-5")]
        draw_curves(figure.add_subplot(grid[2, :2]), record, tops, palette, title="own pair found")
        draw_spectrum(figure.add_subplot(grid[2, 2:4]), record, palette)
        draw_curves(figure.add_subplot(grid[2, 4:]), record, [Curve("lr")], palette)
        _dress(figure, record, palette)
    return figure


def chosen(record: RunRecord, measures: Sequence[str], palette: Palette) -> Figure:
    """One wide panel a measure, one above the other. Raises SpecError for what this run has not measured."""
    for name in measures:
        if name not in (measured := measures_of(record)):
            raise SpecError(f"This run has no measure called {name!r}.", suggestion(name, measured))
    with style(palette):
        height = 1.9 + 2.6 * len(measures)
        figure = _figure(height)
        grid = figure.add_gridspec(
            len(measures), 1, left=0.065, right=0.975, top=1 - 1.3 / height, bottom=1.05 / height, hspace=0.45
        )
        for k, name in enumerate(measures):
            draw_curves(figure.add_subplot(grid[k]), record, [Curve(name)], palette, name_flips=k == 0)
        _dress(figure, record, palette)
    return figure


def save(figure: Figure, path: Path, dpi: int) -> None:
    """Write the figure; the ending of `path` says how (PNG, SVG, PDF). Text in SVG and PDF stays text."""
    with rc_context({"svg.fonttype": "none", "pdf.fonttype": 42}):
        figure.savefig(path, dpi=dpi)


def _figure(height: float, width: float = _WIDTH) -> Figure:
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def style(palette: Palette) -> AbstractContextManager[None]:
    """How curves look in figures: type, colours, grid."""
    style: dict[Any, Any] = {
        "font.family": ["DejaVu Sans"], "font.size": 10, "text.color": palette.text,
        "figure.facecolor": palette.panel, "savefig.facecolor": palette.panel, "axes.facecolor": palette.plot,
        "axes.edgecolor": palette.border, "axes.labelcolor": palette.muted, "axes.titlecolor": palette.text,
        "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": palette.border, "grid.alpha": 0.5, "grid.linewidth": 0.6,
        "xtick.color": palette.muted, "ytick.color": palette.muted, "xtick.labelsize": 9, "ytick.labelsize": 9,
        "legend.frameon": False, "legend.fontsize": 9, "lines.linewidth": 1.6,
    }  # fmt: skip
    return rc_context(style)


def _dress(figure: Figure, record: RunRecord, palette: Palette) -> None:
    """Heading, diagnosis, and below them how the run was set up."""
    config, inch = record.config, 1 / figure.get_figheight()
    data = Path(config.data.source).name
    figure.text(0.02, 1 - 0.36 * inch, f"{config.method} on {data}", size=17, weight="bold", va="center")
    figure.text(0.98, 1 - 0.36 * inch, f"step {record.step:,} of {record.steps:,}: {record.state}", size=11,
                color=palette.muted, ha="right", va="center")  # fmt: skip
    if record.diagnosis:
        level = record.diagnosis.level
        words = textwrap.shorten(record.diagnosis.text, 150, placeholder=" ...")
        figure.text(
            0.02, 1 - 0.72 * inch, f"{_MARK[level]}  {words}", size=11, va="center", color=getattr(palette, level)
        )
    figure.text(0.02, 0.08 * inch, _caption(record), size=8, color=palette.muted, va="bottom", linespacing=1.4)


def _caption(record: RunRecord) -> str:
    config = record.config
    params = ", ".join(f"{name} {said(value)}" for name, value in config.params.items())
    device = record.started.device if record.started else ""
    made = (
        f"{config.backbone}, batch {config.batch_size}, {config.optimiser.name} lr {config.optimiser.lr:g}, views "
        f"{config.augmentation.name}, seed {config.seed}, {device}. {params}."
    )
    read = (
        "Dots are measured points; lines only join them. Loss is not comparable between methods, batch "
        "sizes or temperatures; rank only within one method."
    )
    return "\n".join(textwrap.fill(line, _LINE) for line in (made, read))


def measures_of(record: RunRecord) -> list[str]:
    """What `chosen` can draw of this run, in the order of the catalogue of measures."""
    known = [name for name in MEASURES if name in record.names]
    return known + [name for name in record.names if name not in MEASURES]
