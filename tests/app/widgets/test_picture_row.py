"""The row of pictures and its brush: which patches a stroke touches, where pictures lie, what the widget tells."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from app.widgets import row_layout
from app.widgets.brush import touched
from app.widgets.picture_row import PictureRow, Shown, example
from app.widgets.theme import LIGHT

GRID = (6, 8)


def cells(*places: tuple[int, int]) -> list[int]:
    return sorted(row * GRID[1] + column for row, column in places)


def test_a_click_touches_the_patch_below_it():
    assert list(touched((2.4, 3.9), (2.4, 3.9), 1, GRID)) == cells((2, 3))


def test_a_fast_stroke_leaves_no_gaps():
    assert list(touched((2.5, 0.5), (2.5, 7.5), 1, GRID)) == cells(*((2, c) for c in range(8)))
    slanted = touched((0.5, 0.5), (5.5, 7.5), 1, GRID)
    rows, columns = np.divmod(slanted, GRID[1])
    assert set(columns) == set(range(8))
    assert (np.abs(np.diff(rows[np.argsort(columns, kind="stable")])) <= 1).all()


@pytest.mark.parametrize(("size", "count"), [(3, 9), (5, 25)])
def test_a_wide_brush_is_a_square_around_its_patch(size, count):
    found = touched((2.6, 3.1), (2.6, 3.1), size, (6, 8))
    assert len(found) == count
    rows, columns = np.divmod(found, 8)
    assert (rows.mean(), columns.mean()) == (2.0, 3.0)


def test_beyond_the_edge_nothing_is_touched():
    assert len(touched((-3.0, -2.0), (-3.0, -2.0), 1, GRID)) == 0
    assert list(touched((-0.4, 0.5), (-0.4, 0.5), 3, GRID)) == cells((0, 0), (0, 1))


@pytest.mark.parametrize("room", [(1200, 400), (420, 600), (260, 1400), (80, 60)])
def test_pictures_never_overlap_and_keep_their_shape(room, qapp):
    shown = [("What the encoder saw: hidden patches are grey.", False)] * 4 + [("An error.", True)]
    layout = row_layout.fit(LIGHT, shown, (64, 48), room)
    for k, box in enumerate(layout.boxes):
        assert box.width() / box.height() == pytest.approx(64 / 48)
        assert not any(box.intersects(QRectF(layout.whole(j))) for j in range(5) if j != k)


def test_a_wide_room_has_one_row_and_a_narrow_one_more(qapp):
    shown = [("Words.", False)] * 5
    wide, narrow = (row_layout.fit(LIGHT, shown, (1, 1), room) for room in ((1400, 420), (400, 700)))
    assert len({box.y() for box in wide.boxes}) == 1
    assert len({box.y() for box in narrow.boxes}) > 1


def test_a_message_takes_the_place_of_pictures(qtbot):
    row = example()
    qtbot.addWidget(row)
    row.resize(600, 300)
    row.show()
    inside = row.layout_now().boxes[0].center()
    assert row.place_at(inside) is not None
    row.set_message("Opening …")
    assert row.place_at(inside) is None
    row.set_theme(dataclasses.replace(LIGHT, scale=1.6))
    assert not row.grab().isNull()


def test_places_are_counted_in_patches(qtbot):
    row = PictureRow()
    qtbot.addWidget(row)
    row.resize(500, 200)
    pictures = [Shown(name, np.zeros((32, 32, 3), np.uint8)) for name in "ab"]
    row.set_pictures(pictures, (4, 4), paintable=True)
    box = row.layout_now().boxes[1]
    found = row.place_at(box.topLeft() + QPointF(box.width() * 0.875, box.height() * 0.375))
    assert found is not None
    assert found[0] == 1
    assert found[1] == pytest.approx((1.5, 3.5))
