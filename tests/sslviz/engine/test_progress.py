"""The progress bar: what a log keeps of a run."""

import io
import math

import numpy as np

from sslviz.engine.progress import ProgressBar
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Failed, Progressed, Scalars, Started, StateChanged

STARTED = Started("a", 0, RunConfig(steps=4), "runs/a", True, "cpu, 1 thread, fp32", "120 images.", 120, 1, 1)


def drawn(*events) -> str:
    out = io.StringIO()
    with ProgressBar(out) as bar:
        for event in events:
            bar.hear(event)
    return out.getvalue()


def test_a_run_that_never_began_leaves_no_bar():
    text = drawn(StateChanged("a", 0, "preparing", "opening the run folder"), Failed("a", 0, "DataError", "Empty."))
    assert "steps" not in text


def test_a_run_leaves_its_last_step_and_numbers():
    loss = Scalars("a", 4, ("loss",), np.array([4]), np.array([[1.25]]))
    text = drawn(STARTED, loss, Progressed("a", 4, 4, 1.0, 2.0, 60.0, math.nan, 1))
    assert "120 images." in text
    assert "4/4 steps, loss 1.250, images/s 60" in text.splitlines()[-1]


def test_a_run_that_fails_under_way_says_so():
    assert "failed" in drawn(STARTED, Failed("a", 2, "OutOfMemory", "Too large.")).splitlines()[-1]
