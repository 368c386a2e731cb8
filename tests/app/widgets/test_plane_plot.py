"""PlanePlot: the trail lies where it was measured, collapse and better are where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.widgets.plane_plot import PIECES, PlanePlot, anchor, within


@pytest.fixture
def plot(qtbot):
    made = PlanePlot()
    qtbot.addWidget(made)
    made.resize(400, 320)
    made.show()
    return made


STEPS = np.arange(0.0, 200.0, 10)
X, Y = -np.linspace(0.2, 3.5, 20), np.linspace(0.9, 0.3, 20)


def test_the_trail_joins_all_measured_points_in_order(plot):
    plot.set_trail(STEPS, X, Y)
    pieces = [item.getData() for item in plot.trail]
    x = np.concatenate([pieces[0][0], *(piece[0][1:] for piece in pieces[1:])])
    y = np.concatenate([pieces[0][1], *(piece[1][1:] for piece in pieces[1:])])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    assert (plot.now.getData()[0][0], plot.now.getData()[1][0]) == (X[-1], Y[-1])


def test_older_pieces_are_fainter(plot):
    plot.set_trail(STEPS, X, Y)
    alphas = [item.opts["pen"].color().alphaF() for item in plot.trail]
    assert len(alphas) == PIECES
    assert alphas == sorted(alphas)
    assert alphas[0] < 0.4 < 0.9 < alphas[-1]


def test_collapse_is_the_origin_in_the_lower_right_and_better_the_lower_left(plot):
    plot.set_trail(STEPS, X, Y)
    box = plot.plot.getViewBox()
    origin = box.mapViewToScene(QPointF(0, 0))
    frame = box.sceneBoundingRect()
    assert plot.corner.rect().contains(QPointF(0, 0))
    assert origin.x() > frame.left() + 0.9 * frame.width()
    assert origin.y() > frame.top() + 0.85 * frame.height()
    assert plot.arrow.scenePos().x() < frame.left() + 0.2 * frame.width()
    assert plot.corner_label.toPlainText() == "collapse"


def test_a_flip_stands_at_the_last_point_measured_before_it(plot):
    plot.set_trail(STEPS, X, Y)
    plot.set_marks([(95.0, "negatives → off"), (100.0, "crop → off")])
    assert plot.flips.getData()[0].tolist() == [X[9], X[10]]
    assert [label.toPlainText() for label in plot._mark_labels] == ["negatives → off", "crop → off"]


@pytest.mark.parametrize("at", [-0.2, -2.0, -4.0])
def test_labels_of_flips_stay_inside(plot, at):
    plot.set_trail(STEPS[:2], np.full(2, at), np.full(2, 0.2))
    plot.set_marks([(5.0, "negatives → off")])
    frame = plot.plot.getViewBox().sceneBoundingRect()
    label = plot._mark_labels[0]
    box = label.mapRectToScene(label.boundingRect())
    assert frame.left() <= box.left()
    assert box.right() <= frame.right()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_are_enough(plot, n):
    plot.set_trail(STEPS[:n], X[:n], Y[:n])
    plot.set_marks([(5.0, "tau → 1")])
    assert len(plot.now.getData()[0]) == min(n, 1)
    assert not plot.grab().isNull()


def test_far_values_stay_in_sight(plot):
    plot.set_trail(STEPS[:1], np.array([-7.0]), np.array([3.5]))
    (left, right), (bottom, top) = plot.plot.viewRange()
    assert left < -7 < 0 < right
    assert bottom < 0 < 3.5 < top


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize(("room", "wide"), [(130.0, 90.0), (400.0, 90.0), (130.0, 60.0)])
def test_the_name_of_a_switch_is_never_cut_off(room, wide, row):
    for at in np.linspace(0.0, room, 27):
        across, down = anchor(at, room, wide, row)
        left = at - across * wide
        assert left >= -1e-9
        assert left + wide <= room + 1e-9
        covers = left < at < left + wide
        assert not covers or down < 0  # then it stands below its point


@pytest.mark.parametrize("share", [1.1, 0.2, -0.35, -1.25])
def test_the_name_of_a_switch_is_never_cut_off_at_the_foot(share):
    room, tall = 110.0, 18.0
    for at in np.linspace(0.0, room, 23):
        top = at - within(share, at, room, tall) * tall
        assert -1e-9 <= top <= room - tall + 1e-9
    assert within(share, room / 2, room, tall) == share  # in the middle all is as it was meant
    assert within(-0.35, room, room, tall) == 1.35  # above its point


def test_names_keep_their_side_when_the_plot_is_resized(plot):
    plot.set_trail(STEPS, X, Y)
    plot.set_marks([(STEPS[-1], "negatives → off")])
    for wide in (190, 420):
        plot.resize(wide, 240)
        label, box = plot._mark_labels[0], plot.plot.getViewBox()
        (low, high), _ = plot.plot.viewRange()
        at = (X[-1] - low) / (high - low) * box.width()
        left = at - label.anchor[0] * label.boundingRect().width()
        assert left >= -1
        assert left + label.boundingRect().width() <= box.width() + 1
