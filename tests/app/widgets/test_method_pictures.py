"""The pictures that methods declare are drawn as their arrays say: matrix, series, tiles; formulas, symbols and source."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from app.widgets.choice_row import ChoiceRow
from app.widgets.code_colours import spans
from app.widgets.heat_map import HeatMap
from app.widgets.pair_grid import PairGrid
from app.widgets.series_plot import FEW, SeriesPlot
from app.widgets.source_view import SourceView
from app.widgets.symbol_table import Sign, SymbolTable
from app.widgets.theme import DARK, LIGHT
from app.widgets.tile_grid import TileGrid
from app.widgets.typeset import Typeset

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 24"><rect width="48" height="24" fill="black"/></svg>'


def shown(qtbot, widget, width=400, height=300):
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    return widget


def colour_at(widget, point):
    return widget.grab().toImage().pixelColor(point.toPoint())


# Matrix --------------------------------------------------------------------------------------------------------------


def test_each_entry_has_the_colour_of_its_value(qtbot):
    heat = shown(qtbot, HeatMap(lo=0.0, hi=1.0))
    values = np.zeros((24, 24))
    values[3, 7] = 1.0
    heat.set_matrix(values)
    strong, weak = (colour_at(heat, heat.cell(*cell).center()) for cell in ((3, 7), (7, 3)))
    assert strong.lightnessF() < 0.3 < 0.85 < weak.lightnessF()


@pytest.mark.parametrize(("values", "limits"), [
    ([[0.2, 3.0]], (0.2, 3.0)), ([[-1.0, 0.5]], (-1.0, 1.0)), ([[2.0, 2.0]], (2.0, 3.0)), ([[np.nan, 1.0]], (1.0, 2.0)),
])  # fmt: skip
def test_without_a_range_it_is_that_of_the_values(qtbot, values, limits):
    heat = shown(qtbot, HeatMap())
    heat.set_matrix(np.array(values))
    assert heat.limits() == limits


def test_an_entry_is_read_by_its_names(qtbot):
    heat = shown(qtbot, HeatMap("answer", "class"))
    heat.set_matrix(np.array([[0.1, 0.2], [0.3, 0.4]]), ["disc", "ring"])
    qtbot.mouseMove(heat, heat.cell(1, 0).center().toPoint())
    heat.point_at((1, 0))
    assert heat.reading() == "0.3: ring × answer 0"
    qtbot.keyClick(heat, Qt.Key.Key_Right)
    assert heat.reading() == "0.4: ring × answer 1"
    heat.clear()
    assert heat.reading() == "not seen yet"


def test_pictures_stand_for_names(qtbot):
    heat = shown(qtbot, HeatMap())
    red = np.zeros((4, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    heat.set_matrix(np.zeros((4, 4)), row_images=red, column_images=red)
    first = heat.cell(0, 0)
    assert colour_at(heat, QPointF(first.left() - 10, first.center().y())).red() > 200
    assert colour_at(heat, QPointF(first.center().x(), first.top() - 10)).green() < 50


# Series --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bars", [False, True])
@pytest.mark.parametrize("places", [3, FEW + 1])
def test_series_are_drawn_whole_and_given_as_a_table(qtbot, bars, places):
    plot = shown(qtbot, SeriesPlot("place", "share", ("one", "two"), bars=bars))
    values = np.random.default_rng(0).random((2, places))
    plot.set_series(values, levels=np.array([1.4]))
    names, rows = plot.table()
    assert names == ["place", "one", "two"]
    np.testing.assert_array_equal(np.array(rows)[:, 1:], values.T)
    (left, right), (bottom, top) = plot.plot.viewRange()
    assert left <= 0
    assert right >= places - 1
    assert bottom <= (0 if bars else values.min())
    assert top >= 1.4


def test_the_legend_reads_the_place_under_the_pointer(qtbot):
    plot = shown(qtbot, SeriesPlot("prototype", series=("teacher",), bars=True))
    plot.set_series(np.array([0.25, 0.75]), places=["a", "b"])
    plot._read(1)
    assert "teacher 0.75" in plot.reading()
    assert "at b" in plot.reading()


@pytest.mark.parametrize("bars", [False, True])
def test_values_that_are_no_numbers_do_not_hinder(qtbot, bars):
    plot = shown(qtbot, SeriesPlot(bars=bars))
    plot.set_series(np.array([[np.nan, 1.0], [np.inf, np.nan]]), levels=np.array([np.nan]))
    plot.grab()
    plot.clear()
    assert plot.table()[1] == []


def test_more_bars_than_pixels_lose_no_peak_and_say_so(qtbot):
    plot = shown(qtbot, SeriesPlot(bars=True))
    values = np.zeros(4096)
    values[1234] = 5.0
    plot.set_series(values)
    _, heights = plot._items[0].getData()
    assert heights.max() == 5.0
    assert len(heights) <= 400
    assert "highest of each 11" in plot.reading()


def test_what_is_missing_from_a_long_line_stays_a_gap(qtbot):
    plot = shown(qtbot, SeriesPlot(series=("one", "two")))
    values = np.ones((2, 100))
    values[0, 50] = np.nan
    plot.set_series(values)
    assert np.isnan(plot._items[0].getData()[1][50])
    assert all(np.isfinite(item.getData()[1]).all() for item in plot._items[1:])


# Tiles ---------------------------------------------------------------------------------------------------------------


def test_each_tile_lies_where_it_is_said_with_its_words(qtbot):
    grid = shown(qtbot, TileGrid(), 500, 400)
    tiles = np.zeros((2, 3, 8, 8, 3), np.uint8)
    tiles[1, 2, ..., 1] = 255
    grid.set_tiles(tiles, ["a", "b"], ["x", "y", "z"], [["1", "2", "3"], ["4", "5", "6"]])
    assert grid.shown() == (2, 3)
    assert colour_at(grid, grid.box(1, 2).center()).green() == 255
    assert colour_at(grid, grid.box(0, 2).center()).green() == 0
    assert grid.tip(1, 2) == "b, z, 6"


def test_little_room_leaves_out_rows_and_columns_without_names(qtbot):
    tiles = np.zeros((6, 8, 8, 8, 3), np.uint8)
    grid = shown(qtbot, TileGrid(), 220, 200)
    grid.set_tiles(tiles)
    rows, columns = grid.shown()
    assert rows < 6
    assert 3 <= columns < 8
    assert grid.box(rows - 1, columns - 1).bottom() <= grid.height()
    grid.set_tiles(tiles, columns=[str(k) for k in range(8)])
    assert grid.shown()[1] == 8
    grid.resize(1000, 900)
    grid.set_tiles(tiles)
    assert grid.shown() == (6, 8)


# Views of several sizes ----------------------------------------------------------------------------------------------


def test_small_views_stand_below_the_large_ones_in_proportion(qtbot):
    grid = shown(qtbot, PairGrid(), 600, 500)
    large, small = np.zeros((2, 5, 32, 32, 3), np.uint8), np.full((4, 5, 16, 16, 3), 200, np.uint8)
    grid.set_views(large, smaller=[small])
    assert grid.sentence() == "5 images, 2 views of 32 px + 4 of 16 px each"
    assert grid.tall() == 3.0
    first, local = grid.box(0, 0), grid.box(3, 0, 1)
    assert local.width() == pytest.approx(first.width() / 2)
    assert local.bottom() == pytest.approx(grid.block(0).bottom())
    assert colour_at(grid, local.center()).red() == 200
    assert grid.place_at(local.center()) == 0


def test_one_view_an_image_is_said_so(qtbot):
    grid = shown(qtbot, PairGrid(), 600, 300)
    grid.set_views(np.zeros((1, 4, 8, 8, 3), np.uint8))
    assert grid.sentence() == "4 images, 1 view each"


# Formulas, symbols, source -------------------------------------------------------------------------------------------


def test_a_formula_has_the_ink_of_the_theme_and_fits(qtbot):
    formula = shown(qtbot, Typeset("big"), 200, 60)
    formula.set_formula(SVG, "x")
    for theme in (LIGHT, DARK):
        formula.set_theme(theme)
        assert colour_at(formula, formula.place().center()).name() == theme.text
    natural = formula.sizeHint().width()
    formula.set_theme(dataclasses.replace(LIGHT, scale=2.0))
    assert formula.sizeHint().width() > 1.8 * natural
    formula.resize(20, 60)
    assert formula.place().width() <= 20


def test_without_a_picture_the_latex_is_shown_and_said(qtbot):
    formula = shown(qtbot, Typeset(), 300, 60)
    formula.set_formula(b"", r"\tau")
    assert not formula.is_typeset
    assert "LaTeX" in formula.toolTip()
    picture = formula.grab().toImage()
    assert len({picture.pixel(x, y) for x in range(60) for y in range(60)}) > 2


def test_values_of_symbols_change_without_a_rebuild(qtbot):
    table = shown(qtbot, SymbolTable())
    signs = [Sign(SVG, "x", "one"), Sign(b"", "y", "two")]
    table.set_signs(signs)
    table.set_values(["1", ""])
    labels = list(table.values)
    table.set_signs(signs)
    table.set_values(["2", "3"])
    assert table.values == labels
    assert [label.text() for label in labels] == ["2", "3"]


def test_source_is_copied_whole_and_coloured_by_what_it_is(qtbot):
    view = shown(qtbot, SourceView())
    source = 'def f(x):\n    """Two\n    lines."""\n    return 2 * x  # twice\n'
    view.set_source(source)
    view.copy_all()
    assert QGuiApplication.clipboard().text() == source
    kinds = {row: [span.kind for span in found] for row, found in spans(source).items()}
    assert kinds == {0: ["keyword", "name"], 1: ["text"], 2: ["text"], 3: ["keyword", "number", "comment"]}
    assert view.isReadOnly()


def test_what_is_no_python_is_shown_all_the_same(qtbot):
    view = shown(qtbot, SourceView())
    view.set_source('def broken(:\n  """never ends')
    assert "never ends" in view.toPlainText()


def test_a_choice_is_told_once(qtbot):
    row = shown(qtbot, ChoiceRow("mask", ("random", "block")), 200, 60)
    told = []
    row.changed.connect(told.append)
    row.set_value("block")
    row._chosen("block")
    row._chosen("random")
    assert told == ["random"]
