"""Layouts that are computed once: read from where they are kept, or laid out and kept there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sslviz.inspect.layouts.aligned import RunLayout, lay_out_run
from sslviz.inspect.layouts.laying import Fit, fit_here, lay_out
from sslviz.inspect.layouts.layout import Layout, Progress, silent
from sslviz.inspect.layouts.store import LayoutStore
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan


def lay_out_once(
    store: LayoutStore,
    mark: str,
    values: Array,
    plan: LayoutPlan,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    fit: Fit = fit_here,
) -> Layout:
    """As `lay_out`; mark: equal for equal features only. PCA is quicker computed than read, and not kept."""
    if plan.method == "pca":
        return lay_out(values, plan, progress=progress, stop=stop, fit=fit)
    known, note = store.find(mark, plan, len(values))
    if known is not None:
        return known
    layout = lay_out(values, plan, progress=progress, stop=stop, fit=fit)
    store.keep(mark, plan, layout)
    return replace(layout, notes=(*layout.notes, note)) if note else layout


def lay_out_run_once(
    store: LayoutStore,
    marks: Sequence[str],
    frames: Sequence[Array],
    plan: LayoutPlan,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    fit: Fit = fit_here,
) -> RunLayout:
    """As `lay_out_run`; marks: of each snapshot's features, in their order."""
    if plan.method == "pca":
        return lay_out_run(frames, plan, progress=progress, stop=stop, fit=fit)
    known, note = store.find_run(marks, plan, len(frames[0]))
    if known is not None:
        return known
    layout = lay_out_run(frames, plan, progress=progress, stop=stop, fit=fit)
    store.keep_run(marks, plan, layout)
    return replace(layout, notes=(*layout.notes, note)) if note else layout
