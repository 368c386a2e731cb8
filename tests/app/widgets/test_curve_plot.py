"""CurvePlot draws what was measured, marks it, and reads it out exactly."""

from __future__ import annotations

import numpy as np
import pytest
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, Qt

from app.widgets.curve_plot import CurvePlot, nearest, number
from app.widgets.plot_face import GLYPHS, SYMBOLS
from app.widgets.series import Curve, thinned, window
from app.widgets.theme import DARK


@pytest.fixture
def plot(qtbot):
    made = CurvePlot("accuracy, %", unit=" %")
    qtbot.addWidget(made)
    made.set_x_label("step")
    made.resize(500, 300)
    made.show()
    return made


def sparse(n=12):
    x = np.arange(n) * 10.0
    return Curve("kNN", x, 20 + np.sqrt(x))


def drawn(plot, k=0):
    x, y = plot._series[k].raw.getData()
    return np.asarray(x), np.asarray(y)


def test_a_mark_on_the_plot_is_the_one_in_the_legend():
    top = max(-y for _, y in outline(SYMBOLS[GLYPHS.index("▲")]))
    assert [x for x, y in outline(SYMBOLS[GLYPHS.index("▲")]) if -y == top] == [0.0]


def outline(symbol):
    """Corners of a mark as it is painted: y grows downwards."""
    path = Symbols[symbol]
    return {(path.elementAt(k).x, path.elementAt(k).y) for k in range(path.elementCount())}


def test_a_short_curve_is_drawn_point_by_point(plot):
    curve = sparse()
    plot.set_curves([curve])
    for got, want in zip(drawn(plot), (curve.x, curve.y), strict=True):
        np.testing.assert_array_equal(got, want)


def test_sparse_points_carry_markers_and_dense_ones_do_not(plot):
    x = np.arange(200.0)
    plot.set_curves([sparse(), Curve("loss", x, x, dense=True)])
    assert len(plot._series[0].dots.getData()[0]) == 12
    assert len(plot._series[1].dots.getData()[0]) == 0


def test_a_long_curve_keeps_every_peak_and_no_point_is_invented(plot):
    rng = np.random.default_rng(0)
    x, y = np.arange(100_000.0), rng.normal(size=100_000)
    y[54_321] = 50.0
    plot.set_curves([Curve("loss", x, y, dense=True)])
    at, values = drawn(plot)
    assert len(at) <= 3 * plot.plot.getViewBox().width() + 4
    assert values.max() == 50.0
    np.testing.assert_array_equal(values, y[at.astype(int)])
    assert (at[0], at[-1]) == (0, 99_999)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 299, 300, 301, 1_000, 1_001])
def test_thinning_keeps_ends_extremes_and_order(n):
    y = np.random.default_rng(n).normal(size=n)
    x, kept = thinned(np.arange(n, dtype=float), y, 100)
    assert len(x) <= 302
    assert np.all(np.diff(x) > 0)
    np.testing.assert_array_equal(kept, y[x.astype(int)])
    if n:
        assert (kept.min(), kept.max(), x[0], x[-1]) == (y.min(), y.max(), 0, n - 1)


def test_the_part_in_sight_reaches_one_point_beyond_it():
    x = np.arange(10.0)
    assert x[window(x, (3.5, 6.5))].tolist() == [3, 4, 5, 6, 7]
    assert x[window(x, None)].tolist() == x.tolist()


def test_smoothing_draws_the_average_over_the_faint_measured_values(plot):
    x = np.arange(1.0, 41.0)
    y = np.where(x % 2 == 0, 1.0, 3.0)
    plot.set_smoothing(0.5)
    plot.set_curves([Curve("loss", x, y, dense=True)])
    np.testing.assert_array_equal(drawn(plot)[1], y)
    smooth = np.asarray(plot._series[0].smooth.getData()[1])
    state = weight = 0.0
    for k, value in enumerate(y):
        state, weight = 0.5 * state + value, 0.5 * weight + 1
        assert smooth[k] == pytest.approx(state / weight)


def test_sparse_curves_are_never_smoothed(plot):
    plot.set_smoothing(0.9)
    plot.set_curves([sparse()])
    assert len(plot._series[0].smooth.getData()[0]) == 0
    assert "smoothed" not in plot.reading()


def test_references_stand_at_their_values_in_sight_and_labelled(plot):
    plot.set_curves([sparse()])
    plot.set_references([("chance", 10.0), ("raw pixels", 38.0)])
    (_, _), (low, high) = plot.plot.viewRange()
    for (label, value), (rule, text) in zip(plot.references.lines, plot.references._items, strict=True):
        assert rule.value() == value
        assert low < value < high
        assert text.textItem.toPlainText() == label


def test_reference_labels_do_not_lie_on_each_other(plot):
    plot.set_curves([sparse()])
    plot.set_references([("chance", 10.0), ("random weights", 30.0), ("raw pixels", 30.5)])
    boxes = [text.mapRectToScene(text.boundingRect()) for _, text in plot.references._items]
    assert not any(a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_marks_stand_at_their_steps_above_the_data(plot):
    plot.set_curves([sparse()])
    plot.set_marks([(40.0, "negatives → off"), (45.0, "crop → off")])
    assert [rule.value() for rule, _ in plot.marks._items] == [40.0, 45.0]
    boxes = [text.mapRectToScene(text.boundingRect()) for _, text in plot.marks._items]
    assert not boxes[0].intersects(boxes[1])
    top = plot.plot.getViewBox().mapViewToScene(QPointF(0, float(sparse().y.max()))).y()
    assert boxes[0].bottom() <= top + 1


def test_the_read_out_snaps_to_the_nearest_measured_point(plot):
    curve = sparse()
    plot.set_curves([curve])
    plot.point_at(43.0)
    assert plot._cursor == 40.0
    assert plot._hair.value() == 40.0
    assert number(float(curve.y[4])) in plot.reading()
    assert "at step 40" in plot.reading()
    assert plot._dots.getData()[1].tolist() == [curve.y[4]]
    plot.point_at(float("nan"))
    assert not plot._hair.isVisible()
    assert number(float(curve.y[-1]), 3) in plot.reading()


def test_arrow_keys_walk_over_measured_points(plot, qtbot):
    plot.set_curves([sparse()])
    for key, at in ((Qt.Key.Key_Left, 110), (Qt.Key.Key_Left, 100), (Qt.Key.Key_Right, 110), (Qt.Key.Key_Right, 110)):
        qtbot.keyClick(plot, key)
        assert plot._cursor == at
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert np.isnan(plot._cursor)


def test_a_logarithmic_axis_leaves_out_what_is_not_positive(plot):
    x = np.arange(4.0)
    plot.set_curves([Curve("loss", x, np.array([100.0, 0.0, -1.0, 10.0]))])
    plot.set_references([("chance", 1.0)])
    plot.set_log(True)
    assert drawn(plot)[0].tolist() == [0, 3]
    assert drawn(plot)[1].tolist() == [2, 1]
    assert plot.references._items[0][0].value() == 0
    plot.set_log(False)
    assert drawn(plot)[1].tolist() == [100, 0, -1, 10]
    assert plot.references._items[0][0].value() == 1


def test_values_without_a_positive_one_stay_linear_and_say_so(plot):
    plot.set_log(True)
    plot.set_curves([Curve("uniformity", np.arange(3.0), np.array([-1.0, -2.0, -3.0]))])
    assert drawn(plot)[1].tolist() == [-1, -2, -3]
    assert "linear" in plot.legend.text()
    plot.set_curves([Curve("loss", np.arange(3.0), np.array([1.0, 10.0, 100.0]))])
    assert drawn(plot)[1].tolist() == [0, 1, 2]
    assert "linear" not in plot.legend.text()


def test_a_single_point_has_an_axis_of_ten_steps(plot):
    plot.set_curves([Curve("loss", np.array([0.0]), np.array([1.0]))])
    (left, right), _ = plot.plot.viewRange()
    assert right - left == pytest.approx(10.0, rel=0.1)


def test_labels_of_close_lines_do_not_cover_each_other_on_a_narrow_plot(plot):
    plot.resize(190, 260)
    plot.set_curves([Curve("kNN", np.arange(20.0), np.linspace(0.0, 100.0, 20))])
    plot.set_references([("raw pixels of the data", 50.0), ("random weights, seed 0", 51.0)])
    plot.grab()
    first, second = (text.sceneBoundingRect() for _, text in plot.references._items)
    assert not first.adjusted(1, 1, -1, -1).intersects(second.adjusted(1, 1, -1, -1))


def test_a_label_wider_than_the_plot_is_broken_into_lines(plot):
    plot.resize(200, 260)
    plot.set_curves([Curve("loss", np.arange(20.0), np.linspace(0.0, 5.0, 20))])
    plot.set_references([("lowest possible: collapse reaches it", 2.0)])
    plot.grab()
    label = plot.references._items[0][1].sceneBoundingRect()
    assert label.right() <= plot.plot.getViewBox().sceneBoundingRect().right() + 1


def test_zooming_in_is_kept_while_data_grows_until_all_is_asked_for(plot):
    plot.set_curves([sparse(12)])
    plot.plot.getViewBox().scaleBy((0.2, 0.2))
    plot.plot.getViewBox().sigRangeChangedManually.emit([True, True])
    before = plot.plot.viewRange()
    plot.set_curves([sparse(50)])
    assert plot.plot.viewRange() == before
    plot.show_all()
    assert plot.plot.viewRange()[0][1] >= 490


def test_the_table_has_a_blank_where_a_series_was_not_measured(plot):
    plot.set_curves(
        [Curve("z", np.array([1.0, 2.0]), np.array([5.0, 6.0])), Curve("h", np.array([2.0]), np.array([7.0]))]
    )
    names, rows = plot.table()
    assert names == ["step", "z", "h"]
    assert rows[1] == [2, 6, 7]
    assert rows[0][:2] == [1, 5]
    assert np.isnan(rows[0][2])


def test_colours_are_those_of_the_theme(plot):
    x = np.arange(50.0)
    plot.set_curves([Curve("loss", x, x, dense=True)])
    plot.set_theme(DARK)
    image = plot.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 1) for y in range(60, image.height(), 3)}
    assert DARK.panel in seen
    assert DARK.series[0] in seen


def test_clearing_leaves_nothing(plot):
    plot.set_curves([sparse()])
    plot.set_references([("chance", 10.0)])
    plot.clear()
    assert plot._series[0].raw.getData()[0] is None or not len(plot._series[0].raw.getData()[0])
    assert plot.references._items == []
    assert "not measured" in plot.legend.text()


def test_nearest():
    x = np.array([0.0, 10.0, 20.0])
    assert [nearest(x, at) for at in (-5, 4, 6, 14, 99)] == [0, 0, 1, 1, 2]
