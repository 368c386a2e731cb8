"""Lay features out on a plane: by PCA, UMAP or t-SNE, whatever their number and however many of them are equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from sslviz.inspect.layouts.distinct import distinct
from sslviz.inspect.layouts.layout import Layout, Progress, checked, silent
from sslviz.inspect.layouts.pca import principal
from sslviz.inspect.layouts.tsne import tsne_points
from sslviz.inspect.layouts.umap_layout import LEAST, umap_points
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan

NAMES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
LEAST_ROUNDS = 250
"""Of t-SNE: the rounds in which it exaggerates."""


class Fit(Protocol):
    """Computes UMAP or t-SNE of distinct features: in this process (`fit_here`) or in one of its own (`Apart.fit`)."""

    def __call__(
        self, values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop, /
    ) -> Array: ...


def fit_here(values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
    """In this thread. It holds Python's lock for seconds at a time: what else runs in this process waits that long."""
    points = umap_points if plan.method == "umap" else tsne_points
    return points(values, plan, start, progress, stop)


def lay_out(
    values: Array,
    plan: LayoutPlan,
    *,
    start: Array | None = None,
    progress: Progress = silent,
    stop: Stop = never,
    fit: Fit = fit_here,
) -> Layout:
    """values (n, F) as n points of a plane, in their order; equal values, plans and starts give equal points.

    start: (n, 2), a layout of the same points, which UMAP and t-SNE carry on from gently instead of beginning at their own. Equal features are laid out once and share a place.
    Raises InspectError for features that are not finite; whatever `stop` raises.
    """
    values = checked(values)
    rows, place = distinct(values)
    notes = [*_repeated(len(values), len(rows))]
    kept: tuple[float, ...] = ()
    if plan.method == "pca" or len(rows) < LEAST:
        notes += _too_few(plan, len(values), len(rows))
        points, kept = principal(values) if len(values) else (np.zeros((0, 2), np.float32), ())
    else:
        fitting, said = fitted_plan(plan, len(rows))
        notes += said
        began = None if start is None else start[rows]
        alone = values if len(rows) == len(values) else values[rows]
        points = fit(alone, fitting, began, progress, stop)[place]
    progress(1.0, "laid out")
    return Layout(points, kept if plan.method == "pca" else (), len(values) - len(rows), tuple(notes))


def fitted_plan(plan: LayoutPlan, count: int) -> tuple[LayoutPlan, list[str]]:
    """`plan` as `count` points allow it, and what was changed in sentences."""
    if plan.method == "umap" and plan.neighbours >= count:
        return replace(plan, neighbours=count - 1), [
            f"There are {count:,} different points, so each has {count - 1} neighbours and not {plan.neighbours}."
        ]
    notes = []
    most = (count - 1) / 3
    if plan.method == "tsne" and plan.perplexity > most:
        notes.append(f"{count:,} different points allow a perplexity of {most:.3g} at most: {plan.perplexity:g} became {most:.3g}.")  # fmt: skip
        plan = replace(plan, perplexity=most)
    if plan.method == "tsne" and 0 < plan.epochs < LEAST_ROUNDS:
        notes.append(f"t-SNE takes at least {LEAST_ROUNDS} rounds: {plan.epochs} became {LEAST_ROUNDS}.")
        plan = replace(plan, epochs=LEAST_ROUNDS)
    return plan, notes


def _repeated(count: int, different: int) -> list[str]:
    if count > 1 and different == 1:
        return [
            f"All {count:,} points have the same features: the model answers every image alike. They lie on one place."
        ]
    if different < count:
        return [
            f"{count - different:,} of {count:,} points have the same features as another one and lie where it lies."
        ]
    return []


def _too_few(plan: LayoutPlan, count: int, different: int) -> list[str]:
    if count < 2:
        return ["One point has no layout; it lies in the middle." if count else "There are no points to lay out."]
    if plan.method == "pca" or different == 1:
        return []
    return [f"{NAMES[plan.method]} needs at least {LEAST} different points; the {different} here are laid out by PCA."]
