"""t-SNE (van der Maaten & Hinton 2008; Barnes-Hut, van der Maaten 2014) by scikit-learn, seeded, with progress."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from io import TextIOBase
from typing import Any

import numpy as np

from sslviz.inspect.layouts.layout import Progress
from sslviz.inspect.layouts.starting import starting_points
from sslviz.inspect.layouts.unheard import others_unheard
from sslviz.inspect.stopping import Stop
from sslviz.spec.events import Array
from sslviz.spec.mapping import LayoutPlan

ROUNDS = 1_000
"""Where the plan leaves them to the method."""
CONTINUED_ROUNDS = 250
"""Of a layout that is begun from another one's, which is not drawn together again before it spreads (see `aligned`)."""
WIDTH = 6e-4
"""Of the start: about 1e-4 of spread on the first axis, as scikit-learn makes its own starts (Kobak & Berens 2019)."""
_GRAPH = 0.1  # share of the time that finding neighbours takes, roughly


def tsne_points(values: Array, plan: LayoutPlan, start: Array | None, progress: Progress, stop: Stop) -> Array:
    """values (n, F), all rows different, n > 3 · perplexity -> (n, 2) float32, equal to what scikit-learn gives for `settings`.

    Its rounds are read from what it prints, every 50 of them, so nothing else should print in this process meanwhile. Between two
    lines it cannot be given up: whoever must be free at once runs it in a process of its own, and ends that.
    """
    progress(0.0, "getting t-SNE ready")
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    stop()
    progress(0.02, "finding neighbours")
    chosen = settings(values, plan, start)
    lines = _Lines(progress, stop, chosen["max_iter"])
    with (
        others_unheard(),
        redirect_stdout(lines),
        threadpool_limits(1),
    ):  # of several, sums differ from fit to fit
        points = TSNE(**chosen, verbose=2).fit_transform(values)
    return np.asarray(points, np.float32)


def settings(values: Array, plan: LayoutPlan, start: Array | None) -> dict[str, Any]:
    """What scikit-learn's `TSNE` is given beside its progress."""
    width = WIDTH if start is None else 2 * float(abs(start - start.mean(axis=0)).max())
    return {
        "perplexity": plan.perplexity,
        "metric": plan.metric,
        "max_iter": plan.epochs or (ROUNDS if start is None else CONTINUED_ROUNDS),
        "early_exaggeration": 12.0 if start is None else 1.0,
        "init": starting_points(values, plan, start, width),
        "random_state": plan.seed,
        "n_jobs": 1,
    }


class _Lines(TextIOBase):
    """What t-SNE prints to: reads the round, tells it, gives up where nobody waits. What others print goes where it went."""

    def __init__(self, progress: Progress, stop: Stop, rounds: int) -> None:
        self._progress, self._stop, self._rounds, self._others = progress, stop, rounds, sys.stdout

    def write(self, text: str) -> int:
        if read := re.match(r"\[t-SNE\] Iteration (\d+)", text):
            done = int(read[1])
            self._progress(_GRAPH + (1 - _GRAPH) * min(done / self._rounds, 1.0), f"round {done:,} of {self._rounds:,}")
        elif not text.startswith("[t-SNE]") and text != "\n":
            return self._others.write(text)
        self._stop()
        return len(text)
