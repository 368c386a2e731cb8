"""From an answer to the pictures of the row, and the words around them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.panels.reconstruct.hiding import Mask
from app.widgets.heat_colours import TABLE, coloured, limits
from app.widgets.picture_row import Shown
from sslviz.spec.inspection import Rebuilt

GREY = 128
DIM = 0.3
"""How much of the picture is seen where there is no error to draw."""
ERROR = "error"
ABOUT_ERROR = "Squared error of hidden patches, in units of the target; visible ones are pale."
ABOUT_OTHERS = "How far off each place is."


def pictures(answer: Rebuilt, wanted: Mask | None) -> Iterator[Shown]:
    """The pictures in the order of the answer, then the error. wanted (h, w): a mask that was painted since: "masked" shows it already."""
    for name, picture in answer.pictures.items():
        array = picture
        if name == "masked" and wanted is not None and wanted.shape == answer.hidden.shape:
            array = masked_now(answer, wanted)
        yield Shown(titled(name), array, answer.about.get(name, ""))
    if answer.errors.size and "original" in answer.pictures:
        yield _error(answer)


def titled(name: str) -> str:
    """A picture's name as a heading."""
    return name[:1].upper() + name[1:]


def masked_now(answer: Rebuilt, wanted: Mask) -> NDArray[Any]:
    """The original with `wanted` hidden, as the answer hides: what is seen while the model has not answered yet."""
    original, masked = answer.pictures["original"], answer.pictures["masked"]
    if np.array_equal(wanted, answer.hidden):
        return masked
    before, now = (spread(mask, original.shape[:2]) for mask in (answer.hidden, wanted))
    ink = np.median(masked[before], axis=0) if before.any() else np.full(3, GREY)
    changed = np.where(now[..., None], ink, original).astype(np.uint8)
    return np.where((before & now)[..., None], masked, changed)


def spread(values: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """Values of patches (h, w) as one for each pixel (H, W)."""
    height, width = size
    rows = np.minimum(np.arange(height) * values.shape[0] // height, values.shape[0] - 1)
    columns = np.minimum(np.arange(width) * values.shape[1] // width, values.shape[1] - 1)
    found: NDArray[Any] = values[rows[:, None], columns]
    return found


def _error(answer: Rebuilt) -> Shown:
    original = answer.pictures["original"]
    _, hi = limits(answer.errors)
    errors = spread(answer.errors, original.shape[:2])
    pale = 255 - DIM * (255 - original.astype(float))
    seen = np.isfinite(errors)[..., None]
    picture = np.where(seen, coloured(errors, 0.0, hi), pale).astype(np.uint8)
    about = ABOUT_ERROR if "masked" in answer.pictures else ABOUT_OTHERS
    return Shown("Error", picture, about, ("0", f"{hi:.3g}"), TABLE)


def loss_words(answer: Rebuilt) -> str:
    """The loss, how much was hidden, and how long it took."""
    share = f"{int(answer.hidden.sum()):,} of {answer.hidden.size:,} patches hidden ({answer.hidden.mean():.0%})"
    parts = [f"Loss {answer.loss:.4f}" if math.isfinite(answer.loss) else "No loss: nothing is hidden"]
    if answer.hidden.size and "masked" in answer.pictures:
        parts.append(share)
    if answer.step >= 0:
        parts.append(f"after step {answer.step:,}")
    return " · ".join([*parts, f"{1000 * answer.seconds:.0f} ms"])


def patch_words(answer: Rebuilt, patch: int, wanted: Mask) -> str:
    """What there is to say of one patch."""
    row, column = divmod(patch, wanted.shape[1])
    state = "hidden" if wanted[row, column] else "visible"
    error = float(answer.errors[row, column]) if answer.errors.shape == wanted.shape else math.nan
    return f"row {row + 1}, column {column + 1}: {state}" + (f", error {error:.3g}" if math.isfinite(error) else "")


def table(answer: Rebuilt) -> tuple[list[str], list[list[float]]]:
    """Row, column, hidden and error of every patch."""
    rows, columns = answer.hidden.shape
    errors = answer.errors if answer.errors.shape == answer.hidden.shape else np.full((rows, columns), np.nan)
    places = ((r, c) for r in range(rows) for c in range(columns))
    return ["row", "column", "hidden", "error"], [
        [r + 1, c + 1, int(answer.hidden[r, c]), float(errors[r, c])] for r, c in places
    ]
