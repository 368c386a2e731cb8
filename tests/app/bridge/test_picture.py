"""RunPicture folds events; its table never interpolates."""

import numpy as np

from app.bridge.picture import RunPicture
from sslviz.spec.events import (
    Diagnosed,
    Failed,
    Finished,
    Flipped,
    Progressed,
    Referenced,
    Scalars,
    StateChanged,
    frozen,
)

NAN = float("nan")


def rows(names, steps, values):
    return Scalars("r", steps[-1], names, frozen(np.array(steps, np.int64)), frozen(np.array(values, float)))


def test_columns_appear_later_and_gaps_stay_gaps():
    picture = RunPicture("r")
    picture.fold(rows(("loss",), [1, 2], [[3.0], [2.0]]))
    picture.fold(rows(("knn", "loss"), [3, 4], [[0.5, 1.0], [NAN, 0.9]]))
    steps, loss = picture.table.series("loss")
    assert steps.tolist() == [1, 2, 3, 4]
    assert loss.tolist() == [3.0, 2.0, 1.0, 0.9]
    assert [a.tolist() for a in picture.table.series("knn")] == [[3], [0.5]]
    assert picture.table.series("unknown")[0].size == 0
    assert picture.latest("knn") == 0.5
    assert np.isnan(picture.latest("unknown"))


def test_growth_keeps_every_row():
    picture = RunPicture("r")
    for start in range(1, 2001, 7):
        steps = list(range(start, start + 7))
        picture.fold(rows(("loss",), steps, [[float(s)] for s in steps]))
    steps, loss = picture.table.series("loss")
    assert np.array_equal(steps, np.arange(1, len(steps) + 1))
    assert np.array_equal(loss, steps)


def test_the_other_events():
    picture = RunPicture("r")
    picture.fold(StateChanged("r", 0, "preparing", "decoding", 0.5))
    assert (picture.state, picture.status, picture.fraction) == ("preparing", "decoding", 0.5)
    picture.fold(Referenced("r", 0, "loss", "chance", 6.2))
    picture.fold(Referenced("r", 0, "loss", "chance", 5.0))
    picture.fold(Flipped("r", 3, "negatives", True, False))
    picture.fold(Progressed("r", 3, 10, 0.1, 1.0, 100.0, 2.0, 1))
    picture.fold(Diagnosed("r", 3, "warning", "collapsing"))
    picture.fold(Failed("r", 4, "NonFinite", "NaN"))
    picture.fold(Finished("r", 4, "failed", "x"))
    assert picture.references == {("loss", "chance"): 5.0}
    assert picture.flips[0].name == "negatives"
    assert picture.failure is not None
    assert picture.state == "failed"
    assert picture.version == 8


def test_a_reference_line_that_no_longer_holds_is_withdrawn():
    picture = RunPicture("r")
    picture.fold(Referenced("r", 0, "loss", "chance", 6.2))
    picture.fold(Referenced("r", 0, "knn", "chance", 0.1))
    picture.fold(Referenced("r", 5, "loss", "chance", NAN))
    picture.fold(Referenced("r", 5, "loss", "never told", NAN))
    assert picture.references == {("knn", "chance"): 0.1}
    picture.fold(Referenced("r", 9, "loss", "chance", 5.0))
    assert picture.references["loss", "chance"] == 5.0
