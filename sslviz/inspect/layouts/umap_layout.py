"""UMAP (McInnes et al. 2018, arXiv:1802.03426) by umap-learn, seeded, with progress, and given up between two rounds."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from sslviz.inspect.layouts.layout import Progress
from sslviz.inspect.layouts.nearest import MOST, nearest
from sslviz.inspect.layouts.starting import starting_points
from sslviz.inspect.layouts.unheard import others_unheard
from sslviz.inspect.stopping import Stop
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan

LEAST = 5
"""Fewer points have no neighbourhoods to speak of, and umap-learn stumbles over them."""
WIDTH = 20.0
"""Of the start; umap-learn's own starts are as wide."""
CONTINUED_ROUNDS, CONTINUED_RATE = 200, 0.1
"""Of a layout that is begun from another one's: at umap-learn's own 500 and 1 it forgets where it began (see `aligned`)."""
EXACT_FROM = 4_096
"""Points of which umap-learn does not compare all pairs any more."""
_READY, _GRAPH = 0.02, 0.3  # shares of the time until neighbours are sought, and found, roughly


def umap_points(values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
    """values (n, F), n >= LEAST, all rows different -> (n, 2) float32, equal to what umap-learn gives for `settings`.

    The neighbours of EXACT_FROM to MOST points are found here, exactly, and handed to it; of fewer it finds them exactly itself.
    """
    progress(0.0, "getting UMAP ready")
    umap = _library()
    stop()
    progress(_READY, "finding neighbours")
    chosen = settings(values, plan, start)
    if EXACT_FROM <= len(values) <= MOST:
        chosen["precomputed_knn"] = nearest(values, chosen["n_neighbors"], plan.metric, _between(progress), stop)
    hook = _Rounds(progress, stop)
    fitted = umap.UMAP(**chosen, tqdm_kwds=hook.options)
    with others_unheard():
        points = fitted.fit_transform(values)
    return _placed(np.asarray(points, np.float32))


def settings(values: Array, plan: LayoutPlan, start: Array | None) -> dict[str, Any]:
    """What umap-learn's `UMAP` is given beside its progress."""
    return {
        "n_neighbors": min(plan.neighbours, len(values) - 1),
        "min_dist": plan.min_dist,
        "metric": plan.metric,
        "n_epochs": plan.epochs or (None if start is None else CONTINUED_ROUNDS),
        "learning_rate": 1.0 if start is None else CONTINUED_RATE,
        "init": starting_points(values, plan, start, WIDTH),
        "random_state": plan.seed,
        "n_jobs": 1,  # what a seed makes of any other number
        "disconnection_distance": np.inf,  # a point whose neighbours look the other way is shown as well
    }


def _library() -> Any:
    """umap-learn. Its compiled loops get threads of numba's own pool: OpenMP's would slow down whoever trains in this process."""
    os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")
    with others_unheard():
        import umap

    return umap


def _between(progress: Progress) -> Progress:
    """Of the search for neighbours, which is a part of the whole."""
    return lambda share, doing: progress(_READY + (_GRAPH - _READY) * share, doing)


def _placed(points: Array) -> Array:
    """Points that could not be laid out go to the middle of the others."""
    lost = ~np.isfinite(points).all(axis=1)
    if lost.any():
        points[lost] = points[~lost].mean(axis=0) if (~lost).any() else 0.0
    return points


class _Rounds:
    """What umap-learn writes its bar of progress to: reads the round out of it, tells it, and gives up where nobody waits.

    Gives up once: a bar that is closed because of it is written a last time.
    """

    def __init__(self, progress: Progress, stop: Stop) -> None:
        self._progress, self._stop, self._given_up = progress, stop, False
        self.options = {"file": self, "bar_format": "{n_fmt}/{total_fmt}", "disable": False, "miniters": 1}

    def write(self, text: str) -> None:
        """Called at most every 0.1 s."""
        read = re.search(r"(\d+)/(\d+)", text)
        if read is None or self._given_up:
            return
        done, total = map(int, read.groups())
        self._given_up = True
        self._stop()
        self._given_up = False
        self._progress(_GRAPH + (1 - _GRAPH) * done / total, f"round {done} of {total}")

    def flush(self) -> None:
        """Nothing is held back."""
