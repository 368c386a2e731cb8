"""The matrix of similarities as it is drawn: the record's own of its last step, or what the worker measured at another one. Headless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.widgets.matrix_rows import Rows
from sslviz.spec.events import Array, Peeked
from sslviz.spec.mapping import FeaturePlan, Similarities


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """r rows."""

    cosine: Array  # (r, r)
    rows: Rows
    index: Array  # (r,) of the training image
    pictures: Array | None  # (r, h, w, 3)
    title: str
    caption: str

    def place_of(self, index: int) -> int:
        """The first row of an image of the data set, -1 where there is none."""
        places: list[int] = self.index.tolist()
        return places.index(index) if index >= 0 and index in places else -1


def recorded(peek: Peeked) -> Matrix:
    """The run's own, of one step's batch."""
    cosine = peek.arrays["cosine"]
    index = np.tile(peek.arrays.get("indices", np.full(len(cosine) // 2, -1)), 2)
    caption = f"{peek.note or 'one batch'}; outlined: partners"
    return Matrix(
        cosine, Rows(len(cosine)), index, peek.arrays.get("images"), f"Similarity of step {peek.step}", caption
    )


def measured(answer: Similarities, plan: FeaturePlan, step: int) -> Matrix:
    """The worker's, of the same images after any step, class by class; beside a matrix that the run recorded in the batch's order."""
    is_z = plan.tokens == "projected"  # as the run's own is
    count = len(answer.index) // (1 + answer.paired)
    order = np.arange(count) if is_z and answer.paired else np.argsort(answer.label[:count], kind="stable")
    groups = _groups(answer.label[order], answer.names)
    names = tuple(_named(k, group) for k, group in zip(order.tolist(), groups or [""] * count, strict=True))
    outlined = "outlined: partners" if answer.paired else "outlined: classes" if groups else ""
    place = np.concatenate([order, order + count]) if answer.paired else order
    return Matrix(
        answer.matrix[np.ix_(place, place)],
        Rows(len(place), answer.paired, () if answer.paired else groups, names),
        answer.index[place],
        None if answer.pictures is None else answer.pictures[place],
        f"{'Similarity' if answer.paired else 'Images alike'} after step {step:,}",
        "; ".join(filter(None, (f"{'z' if is_z else 'h'} of the same {count} images at every step", outlined))),
    )


def _groups(labels: Array, names: Sequence[str]) -> tuple[str, ...]:
    """The class of each row; () where no class is known."""
    if not len(labels) or labels.max() < 0:
        return ()
    return tuple(names[label] if 0 <= label < len(names) else "no class" for label in labels.tolist())


def _named(place: int, group: str) -> str:
    return f"image {place}" + (f", {group}" if group else "")
