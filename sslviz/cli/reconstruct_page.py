"""What `Rebuilt` holds, as one page: the pictures in the order in which the model made them, and the error of each hidden patch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from sslviz.cli.cells import Cell, Strip, heat, page, picture
from sslviz.cli.palette import Palette
from sslviz.spec.inspection import Rebuilt


def reconstruct_page(answers: Sequence[tuple[str, Rebuilt]], palette: Palette) -> Figure:
    """(name of the picture, what was painted) of one model."""
    strips = [Strip(_cells(answer), _heading(name, answer), _aspect(answer)) for name, answer in answers]
    words = [answer.caption for _, answer in answers]
    words += [f"{shown}: {about}" for _, answer in answers for shown, about in answer.about.items()]
    words += [note for _, answer in answers for note in answer.notes]
    return page(answers[0][1].description.title, strips, "\n".join(dict.fromkeys(words)), palette)


def _cells(answer: Rebuilt) -> tuple[Cell, ...]:
    shown = tuple(picture(name, pixels) for name, pixels in answer.pictures.items())
    if not answer.errors.size or np.isnan(answer.errors).all():
        return shown
    return (*shown, heat(f"error, 0 to {np.nanmax(answer.errors):.3g}", np.nan_to_num(answer.errors)))


def _aspect(answer: Rebuilt) -> float:
    height, width, _ = next(iter(answer.pictures.values())).shape
    return float(height / width)


def _heading(name: str, answer: Rebuilt) -> str:
    parts = [name]
    if answer.hidden.size:
        parts.append(f"{answer.hidden.sum()} of {answer.hidden.size} patches hidden")
    if not math.isnan(answer.loss):
        parts.append(f"mean squared error {answer.loss:.4f}")
    return ", ".join(parts)
