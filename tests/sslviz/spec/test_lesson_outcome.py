"""Expectations hold where the difference is as large as asked, in every seed."""

import math

import pytest

from sslviz.spec.lesson import Expectation
from sslviz.spec.lesson_outcome import checked, holds, margin
from tests.sslviz.lessons.tiny_lesson import tiny_lesson

BETTER = Expectation("shape", "both", "crop", "Both.", by=0.1)
ABOVE = Expectation("shape", "both", "", "Above.", level=0.5)
BELOW = Expectation("shape", "", "both", "Below.", level=0.5)


def values(both, crop):
    return {("both", "shape"): both, ("crop", "shape"): crop, ("both", "hue"): 9.0}


@pytest.mark.parametrize(
    ("expectation", "both", "crop", "expected"),
    [
        (BETTER, 0.75, 0.5, 0.15),
        (BETTER, 0.55, 0.5, -0.05),
        (BETTER, 0.5, 0.75, -0.35),
        (ABOVE, 0.75, 0.0, 0.25),
        (BELOW, 0.75, 0.0, -0.25),
    ],
)
def test_margins(expectation, both, crop, expected):
    assert margin(expectation, values(both, crop)) == pytest.approx(expected)
    assert holds(expectation, values(both, crop)) is (expected >= 0)


def test_what_is_not_known_is_neither_shown_nor_not():
    assert holds(BETTER, {("both", "shape"): 0.5}) is None
    assert holds(BETTER, values(math.nan, 0.5)) is None


def test_the_worst_seed_decides(tmp_path):
    lesson = tiny_lesson(tmp_path)
    good = {("crop", "hue"): 0.5, ("random weights", "shape"): 1.0, ("both", "shape"): 0.0}
    bad = {**good, ("both", "shape"): 0.5}
    assert [one.holds for one in checked(lesson, [good, good])] == [True, True]
    hue, shape = checked(lesson, [good, bad])
    assert (hue.holds, shape.holds, shape.says) == (True, False, "Random weights are perfect.")
    assert shape.margin == pytest.approx(1.0 - 0.5 - 0.99)
    assert not checked(lesson, [good, {}])[0].holds
