"""ImageGrid: which pixels land where, clicks and keys, messages, and what fits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.widgets import grid_headings
from app.widgets.grid_layout import GridNeeds, fit
from app.widgets.image_grid import ImageGrid, example
from app.widgets.theme import DARK, LIGHT

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def plain(colour, height=8, width=8):
    return np.full((height, width, 3), colour, np.uint8)


@pytest.fixture
def grid(qtbot):
    widget = ImageGrid()
    qtbot.addWidget(widget)
    widget.set_images([[plain(RED), plain(GREEN), plain(BLUE, 4, 4)], [plain(WHITE), plain(RED), plain(GREEN)]],
                      ["first", "second"], ["a", "b", "c"], gaps=(1,))  # fmt: skip
    widget.resize(400, 300)
    widget.show()
    return widget


def middle(grid, row, column) -> QPoint:
    return grid.layout_now().cell((row, column)).center().toPoint()


def seen(grid, point) -> tuple[int, ...]:
    return QColor(grid.grab().toImage().pixel(point)).getRgb()[:3]


def test_every_picture_is_drawn_in_its_place(grid):
    expected = [[RED, GREEN, BLUE], [WHITE, RED, GREEN]]
    for row, colours in enumerate(expected):
        for column, colour in enumerate(colours):
            assert seen(grid, middle(grid, row, column)) == colour


def test_pixels_stay_squares_when_enlarged(qtbot):
    grid = ImageGrid()
    qtbot.addWidget(grid)
    checks = (np.indices((4, 4)).sum(0) % 2 * 255).astype(np.uint8)
    grid.set_images(np.repeat(checks[None, None, ..., None], 3, -1))
    grid.resize(300, 300)
    box = grid.layout_now().picture((0, 0), 4, 4)
    image = grid.grab().toImage()
    values = {QColor(image.pixel(int(box.x() + i), int(box.center().y()) + 3)).red() for i in range(int(box.width()))}
    assert values == {0, 255}


def test_pictures_keep_their_proportion(grid):
    layout = grid.layout_now()
    large, small = layout.picture((0, 0), 8, 8), layout.picture((0, 2), 4, 4)
    assert small.width() == pytest.approx(large.width() / 2, abs=1)
    assert small.center().x() == pytest.approx(layout.cell((0, 2)).center().x(), abs=1)


def test_everything_fits_at_any_size_and_large_type(grid):
    for size in ((120, 90), (300, 500), (1200, 200)):
        grid.set_theme(dataclasses.replace(DARK, scale=1.6))
        grid.resize(*size)
        layout = grid.layout_now()
        assert layout.widths[0] >= 8
        if min(size) > 150:
            assert layout.right <= size[0] + 1
            assert layout.bottom <= size[1] + 1


def test_clicks_name_row_and_column(grid, qtbot):
    with qtbot.waitSignal(grid.clicked) as clicked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 1, 2))
    assert clicked.args == [1, 2]
    with qtbot.assertNotEmitted(grid.clicked):
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        qtbot.mouseClick(grid, Qt.MouseButton.RightButton, pos=middle(grid, 0, 0))


def test_hover_outlines_and_tells(grid, qtbot):
    box = grid.layout_now().picture((0, 1), 8, 8)
    edge = QPoint(round(box.left()) - 1, round(box.center().y()))
    before = seen(grid, edge)
    with qtbot.waitSignal(grid.hovered) as hovered:
        qtbot.mouseMove(grid, middle(grid, 0, 1))
    assert hovered.args == [0, 1]
    assert seen(grid, edge) != before


def test_arrow_keys_and_return_choose(grid, qtbot):
    grid.clearFocus()
    grid.setFocus(Qt.FocusReason.TabFocusReason)
    box = grid.layout_now().picture((0, 0), 8, 8)
    assert seen(grid, QPoint(round(box.left()) - 1, round(box.center().y()))) == QColor(LIGHT.text).getRgb()[:3]
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(grid, key)
    with qtbot.waitSignal(grid.clicked) as clicked:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert clicked.args == [1, 2]


def test_a_message_takes_the_place_of_pictures_until_new_ones_come(grid, qtbot):
    place = middle(grid, 0, 0)
    grid.set_message("Nothing to see yet.")
    assert seen(grid, place) != RED
    with qtbot.assertNotEmitted(grid.clicked):
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    grid.set_images([[plain(RED)]])
    assert grid.message == ""
    assert seen(grid, middle(grid, 0, 0)) == RED


def test_nothing_and_ragged_rows(qtbot):
    grid = ImageGrid()
    qtbot.addWidget(grid)
    grid.set_images([])
    grid.grab()
    assert grid.cell_at(5, 5) is None
    grid.set_images([[plain(RED)], [plain(RED), plain(GREEN)]])
    grid.resize(200, 200)
    assert grid.shape == (2, 2)
    assert grid.cell_at(*_xy(grid, 0, 1)) is None
    assert grid.cell_at(*_xy(grid, 1, 1)) == (1, 1)


def _xy(grid, row, column):
    centre = grid.layout_now().cell((row, column)).center()
    return centre.x(), centre.y()


def test_a_fixed_size_asks_for_room(grid):
    grid.set_cell(120)
    assert grid.minimumSizeHint().width() > 3 * 120
    assert grid.minimumSizeHint().height() > 2 * 120
    grid.set_cell(0)
    assert grid.minimumSizeHint().width() < 200


def test_rows_are_left_out_for_larger_pictures(grid):
    grid.resize(600, 200)
    all_rows = grid.layout_now()
    grid.set_least_rows(1)
    fewer = grid.layout_now()
    assert len(all_rows.ys) == 2
    assert len(fewer.ys) == 1
    assert fewer.height > 1.5 * all_rows.height
    grid.resize(300, 600)
    assert len(grid.layout_now().ys) == 2


def test_chosen_rows_are_marked(grid):
    box = grid.layout_now().cell((1, 0))
    place = QPoint(round(box.left() - 3), round(box.center().y()))
    before = seen(grid, place)
    grid.set_chosen([1])
    assert seen(grid, place) != before


def test_wide_and_tall_pictures_keep_their_shape():
    layout = fit(GridNeeds(2, (20, 20), 10), (400, 400))
    box = layout.picture((0, 0), 20, 10)
    assert box.width() == pytest.approx(2 * box.height(), abs=1)


def test_places_are_whole_device_pixels():
    layout = fit(GridNeeds(3, (32,) * 3, 32, (1,), 31.3, 13.7, 4.1), (401, 307), ratio=1.5)
    for row in range(3):
        box = layout.picture((row, 2), 32, 32)
        for side in (box.x(), box.y(), box.width(), box.height()):
            assert side * 1.5 == pytest.approx(round(side * 1.5), abs=1e-6)


def test_columns_of_small_pictures_are_narrow(grid):
    widths = grid.layout_now().widths
    assert widths[0] == widths[1] == widths[2]  # the second row has a large picture there
    grid.set_images([[plain(RED), plain(BLUE, 4, 4)]])
    large, small = grid.layout_now().widths
    assert small == pytest.approx(large / 2)


def test_headings_are_shortened_where_columns_are_narrow(qapp):
    from PySide6.QtCore import QRectF

    labels, short = ["original", "view 10\n24 px"], ["orig.", "10"]
    wide, narrow = [QRectF(0, 0, 200, 40)] * 2, [QRectF(0, 0, 34, 40)] * 2
    assert grid_headings.choose(DARK, wide, labels, short)[0] == labels
    assert grid_headings.choose(DARK, narrow, labels, short)[0] == short
    assert grid_headings.choose(DARK, narrow, labels, ())[0] == labels


def test_the_pixels_can_be_read_back(grid):
    assert (grid.picture(0, 2) == plain(BLUE, 4, 4)).all()


def test_example(qtbot):
    widget = example()
    qtbot.addWidget(widget)
    assert widget.shape == (3, 4)
