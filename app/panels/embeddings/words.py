"""What is said beside a map: how much of the features it keeps, what it does not show, what was left out. Headless."""

from __future__ import annotations

import math

import numpy as np

from app.panels.embeddings.choices import METHODS
from sslviz.spec.mapping import ABOUT, LayoutPlan, Mapped, MappedRun, MapScores

_TITLES = {name: title for title, name in METHODS.items()}


def scores(scores: MapScores) -> str:
    """How far neighbours on the map can be believed."""
    if math.isnan(scores.trustworthiness) and math.isnan(scores.agreement):
        return "Too few points to say how much of their neighbourhoods the map keeps."
    sample = f", of {scores.sample:,} points drawn by seed" if scores.sample else ""
    return f"Trustworthiness {scores.trustworthiness:.2f} · kNN agreement {scores.agreement:.2f} (k {scores.k}{sample})"


def heading(layout: LayoutPlan, answer: Mapped) -> str:
    """The layout, how many images of how many, and what the axes hold."""
    images = len(np.unique(answer.index))
    parts = [f"{_TITLES[layout.method]}: {images:,} of {answer.total:,} images"]
    if answer.grid != (0, 0) and len(answer.index) > images:
        parts.append(f"{len(answer.index):,} patches")
    if answer.kept:
        parts.append("axes: " + " + ".join(f"{100 * share:.0f}\u00a0%" for share in answer.kept) + " of variance")
    return ", ".join(parts)


def about(layout: LayoutPlan) -> str:
    """What this map does not show."""
    return f"{ABOUT[layout.method]} Labels only colour the points; they never move them."


def notes(answer: Mapped | MappedRun) -> str:
    """What was left out and why, equal points, whether it was laid out before."""
    said = list(answer.notes)
    if isinstance(answer, Mapped) and answer.repeated and not any("same" in note or "equal" in note for note in said):
        said.append(f"{answer.repeated:,} points have the same features as another and lie on it.")
    return " ".join(said)


def took(answer: Mapped, every: int) -> str:
    """How old the map of a model that trains is, and what it costs to draw it again and again."""
    said = [f"As it was after step {answer.step:,}." if answer.step >= 0 else ""]
    if answer.stored:
        said.append("Laid out before.")
    elif answer.seconds:
        said.append(f"It took {answer.seconds:.1f} s of the worker's time.")
    if every and answer.seconds and not answer.stored:
        said.append(
            f"Every {every} s that is {min(100 * answer.seconds / (every + answer.seconds), 100):.0f} % of a core."
        )
    return " ".join(filter(None, said))


def refusal(message: str, hint: str) -> str:
    """A cause and a remedy as one text."""
    return f"{message} {hint}".strip()
