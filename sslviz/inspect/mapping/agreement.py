"""Whether a point's nearest neighbours in the features vote for its class: kNN's right and wrong answers, point by point."""

from __future__ import annotations

import numpy as np
import torch

from sslviz.data.base import Array
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping.gathered import Gathered
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.values import Values, named
from sslviz.inspect.stopping import Stop
from sslviz.metrics.knn import votes_of_others

WRONG, RIGHT, UNKNOWN = 0, 1, -1


def agreement(gathered: Gathered, k: int, progress: Progress, stop: Stop) -> Values:
    """1 where the k nearest points of other images vote for the image's class, 0 where for another; unlabelled points neither
    vote nor count. Raises InspectError where there is nobody to vote; Cancelled."""
    if k < 1:
        raise InspectError(f"{k} neighbours cannot vote.", "Choose 1 or more.", field="k")
    rows = np.flatnonzero(gathered.label >= 0)
    if len(np.unique(gathered.index[rows])) < 2:
        what = "no labels" if not len(rows) else "only one image with a label"
        raise InspectError(f"Neighbours vote for classes, and these images have {what}.",
                           "Choose data with labels, or colour by k-means groups.", field="by")  # fmt: skip
    verdict = np.full(len(gathered), UNKNOWN, np.int64)
    verdict[rows] = _right(gathered, rows, k, progress, stop)
    share = float((verdict[rows] == RIGHT).mean())
    whose = "points" if (gathered.patch < 0).all() else "patches of other images"
    about = (
        f"Whether the {k} nearest other {whose} in the features, weighted by similarity, vote for the image's class: "
        f"{share:.1%} of {len(rows):,} do. Labels colour only; no place on the map was chosen by them."
    )
    return named(verdict, ("wrong", "right"), f"kNN, k = {k}", about)


def _right(gathered: Gathered, rows: Array, k: int, progress: Progress, stop: Stop) -> Array:
    """(m,) bool of the labelled points `rows` (m,)."""
    classes, labels = np.unique(gathered.label[rows], return_inverse=True)
    values, groups = (torch.from_numpy(array[rows]) for array in (gathered.values, gathered.index))
    right = np.empty(len(rows), bool)
    done = 0
    with torch.inference_mode():
        for votes in votes_of_others(values, torch.from_numpy(labels), groups, k, classes=len(classes)):
            stop()
            right[done : done + len(votes)] = votes.argmax(1).numpy() == labels[done : done + len(votes)]
            done += len(votes)
            progress(done / len(rows), f"neighbours of {done:,} of {len(rows):,} points")
    return right
