"""Maps over pictures, the picture with its query, the strip of layers: what is drawn where, and what mouse and keys do."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPoint, QRectF, Qt
from PySide6.QtGui import QColor

from app.widgets import heat_colours, mosaic_layout
from app.widgets.layer_strip import LayerStrip
from app.widgets.map_mosaic import MapMosaic
from app.widgets.map_tile import MapTile, patch_at, patch_box
from app.widgets.mosaic_layout import MosaicNeeds
from app.widgets.outlines import outline
from app.widgets.picture_view import PictureView
from app.widgets.segments import Segments
from app.widgets.theme import LIGHT


@pytest.fixture
def shown(qtbot):
    def show(widget, width=420, height=340):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


def picture(side=32, value=100):
    return np.full((side, side, 3), value, np.uint8)


# Colours and outlines ------------------------------------------------------------------------------------------------


def test_colours_grow_lighter_from_little_to_much():
    table = heat_colours.TABLE.astype(float)
    light = table @ [0.2126, 0.7152, 0.0722]
    assert table.shape == (256, 3)
    assert (np.diff(light) > -0.6).all()
    assert light[-1] - light[0] > 150


def test_scales_are_own_shared_or_clipped():
    maps = np.stack([np.linspace(0, 1, 200).reshape(10, 20), np.linspace(0, 10, 200).reshape(10, 20)])
    maps[1, 0, 0] = 500.0
    assert heat_colours.limits_of(maps, "own") == [(0, 1), (pytest.approx(10 / 199), 500)]
    assert heat_colours.limits_of(maps, "shared") == [(0, 500)] * 2
    assert heat_colours.limits_of(maps, "clipped")[1][1] < 11
    assert heat_colours.limits(np.full((2, 2), np.nan)) == (0, 1)


def test_what_is_not_a_number_is_drawn_as_the_least():
    drawn = heat_colours.coloured(np.array([[np.nan, 1.0]]), 0.0, 1.0)
    assert drawn[0, 0].tolist() == heat_colours.TABLE[0].tolist()
    assert drawn[0, 1].tolist() == heat_colours.TABLE[-1].tolist()


def test_an_outline_surrounds_what_is_kept_in_joined_lines():
    kept = np.zeros((4, 5), bool)
    kept[1:3, 2:4] = True
    lines = {(line.x1(), line.y1(), line.x2(), line.y2()) for line in outline(kept)}
    assert lines == {(2, 1, 4, 1), (2, 3, 4, 3), (2, 1, 2, 3), (4, 1, 4, 3)}
    assert outline(np.zeros((3, 3), bool)) == []
    assert sum(line.length() for line in outline(np.ones((3, 7), bool))) == 20
    assert all(isinstance(line, QLineF) for line in outline(kept))


def test_two_that_touch_at_a_corner_keep_all_their_sides():
    assert sum(line.length() for line in outline(np.eye(2))) == 8


# Layout --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "columns", "size"), [(1, 7, (600, 400)), (3, 7, (600, 400)), (12, 13, (300, 500)), (1, 1, (90, 300))]
)
def test_tiles_lie_inside_without_overlap(rows, columns, size):
    needs = MosaicNeeds(rows, columns, 1.5, 50, 14, 6, worded=True)
    layout = mosaic_layout.fit(needs, QRectF(0, 0, *size))
    boxes = [layout.box(r, c) for r in range(rows) for c in range(columns)]
    assert all(QRectF(-0.5, -0.5, size[0] + 1, size[1] + 1).contains(box) for box in boxes)
    assert not any(a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert boxes[0].width() / boxes[0].height() == pytest.approx(1.5)


def test_one_row_is_broken_into_lines_where_that_makes_maps_larger():
    needs = MosaicNeeds(1, 8, 1.0, 0, 14, 6)
    flat, tall = (mosaic_layout.fit(needs, QRectF(0, 0, *size)) for size in ((800, 120), (400, 400)))
    assert flat.lines == 1
    assert tall.lines == 3
    assert tall.width > 2 * (400 / 8 - 6)


def test_patches_are_counted_row_by_row():
    box = QRectF(10, 20, 70, 30)
    assert patch_at(box, (3, 7), 10.5, 20.5) == 0
    assert patch_at(box, (3, 7), 79.5, 49.5) == 20
    assert patch_at(box, (3, 7), 5, 25) == -1
    assert all(
        patch_at(box, (3, 7), c.x(), c.y()) == k for k in range(21) for c in [patch_box(box, (3, 7), k).center()]
    )


# Mosaic --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mosaic(shown):
    made = shown(MapMosaic())
    tiles = [
        [MapTile(f"head {c + 1}", np.eye(4) * (r + c + 1), np.eye(4) > 0, (f"IoU {c}",)) for c in range(3)]
        for r in range(2)
    ]
    made.set_maps(picture(), tiles, ("layer 1", "layer 2"), unit="of what is read", percent=True)
    return made


def seen(widget, where) -> QColor:
    return widget.grab().toImage().pixelColor(where.toPoint() if hasattr(where, "toPoint") else where)


def test_opacity_blends_the_map_with_the_picture(mosaic):
    box = mosaic.box(0, 0)
    corner = patch_box(box, (4, 4), 3).center()  # a zero of the map
    for opacity, expected in ((0.0, (100, 100, 100)), (1.0, heat_colours.TABLE[0])):
        mosaic.set_look(opacity, "own", outlined=False)
        colour = seen(mosaic, corner)
        assert (colour.red(), colour.green(), colour.blue()) == tuple(expected)


def test_the_outline_can_be_left_out(mosaic):
    mosaic.set_look(0.5, "own", outlined=True)
    with_lines = mosaic.grab().toImage()
    mosaic.set_look(0.5, "own", outlined=False)
    assert mosaic.grab().toImage() != with_lines


def test_a_click_enlarges_a_second_one_chooses_a_patch_and_escape_puts_back(mosaic, qtbot):
    with qtbot.waitSignal(mosaic.enlarged) as caught:
        qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=mosaic.box(1, 2).center().toPoint())
    assert caught.args == [(1, 2)]
    box = mosaic.box(1, 2)
    assert box.width() > 200
    with qtbot.waitSignal(mosaic.patch_chosen) as caught:
        qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=patch_box(box, (4, 4), 6).center().toPoint())
    assert caught.args == [6]
    assert "Esc" in mosaic.reading() or "row" in mosaic.reading()
    qtbot.keyClick(mosaic, Qt.Key.Key_Escape)
    assert mosaic.large is None


def test_keys_go_from_map_to_map(mosaic, qtbot):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(mosaic, key)
    assert mosaic.large == (1, 1)
    qtbot.keyClick(mosaic, Qt.Key.Key_Left)
    assert mosaic.large == (1, 0)


def test_the_value_under_the_pointer_is_read(mosaic, qtbot):
    qtbot.mouseMove(mosaic, patch_box(mosaic.box(0, 1), (4, 4), 5).center().toPoint())
    assert mosaic.reading() == "layer 1, head 2, row 2, column 2: 200 %"


def test_a_map_that_is_gone_is_no_longer_large(mosaic):
    mosaic.enlarge((1, 2))
    mosaic.set_maps(picture(), [[MapTile("head 1", np.eye(4))]])
    assert mosaic.large is None
    mosaic.enlarge_next((0, 0))
    mosaic.set_maps(picture(), [[MapTile("head 1", np.eye(4)), MapTile("mean", np.eye(4))]])
    assert mosaic.large == (0, 0)


def test_every_value_is_in_the_table(mosaic):
    names, rows = mosaic.table()
    assert names == ["map", "row", "column", "value"]
    assert len(rows) == 6 * 16
    assert rows[16 * 4] == ["layer 2, head 2", 0.0, 0.0, 3.0]


def test_awkward_maps_are_drawn(shown):
    made = shown(MapMosaic())
    for values in (np.full((2, 3), np.nan), np.full((2, 3), np.inf), np.zeros((1, 1)), np.full((5, 2), -1.0)):
        made.set_maps(None, [[MapTile("", values)]])
        assert not made.grab().isNull()
    made.set_maps(picture(), [])
    made.set_message("nothing")
    assert not made.grab().isNull()


# The picture ---------------------------------------------------------------------------------------------------------


def test_what_was_cut_is_dimmed_and_patches_lie_in_what_is_left(shown, qtbot):
    view = shown(PictureView(), 400, 200)
    whole = np.full((50, 100, 3), 0, np.uint8)
    view.set_picture(picture(50, 0), (5, 5), whole, (0.0, 0.25, 1.0, 0.75))
    assert view.box() == QRectF(100, 0, 200, 200)
    assert seen(view, QPoint(50, 100)).red() > 100  # dimmed towards the light ground
    assert seen(view, QPoint(190, 90)).red() == 0
    with qtbot.waitSignal(view.patch_chosen) as caught:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(299, 199))
    assert caught.args == [24]
    with qtbot.assertNotEmitted(view.patch_chosen):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 100))


def test_what_was_added_belongs_to_what_the_model_gets(shown):
    view = shown(PictureView(), 200, 200)
    view.set_picture(picture(50), (5, 5), picture(50)[:25], (-0.5, 0.0, 1.5, 1.0))
    assert view.box() == QRectF(0, 0, 200, 200)


def test_arrows_stay_inside_and_home_leaves_the_patches(shown, qtbot):
    view = shown(PictureView())
    view.set_picture(picture(), (3, 4))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.query == 1 * 4 + 2
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.query == 1 * 4 + 3
    with qtbot.waitSignal(view.patch_chosen) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Home)
    assert caught.args == [-1]


def test_without_a_picture_it_says_what_to_do(shown, qtbot):
    view = shown(PictureView())
    view.set_message("Drop a picture here.")
    assert not view.grab().isNull()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.query == -1


# Layers and segments -------------------------------------------------------------------------------------------------


@pytest.fixture
def strip(shown):
    made = shown(LayerStrip(), 300, 30)
    made.set_layers(12, (11,))
    return made


def test_layers_are_chosen_one_by_one_in_ranges_and_in_addition(strip, qtbot):
    def click(layer, modifier=Qt.KeyboardModifier.NoModifier):
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, modifier, strip.box(layer).center().toPoint())

    click(2)
    assert strip.chosen == (2,)
    click(5, Qt.KeyboardModifier.ShiftModifier)
    assert strip.chosen == (2, 3, 4, 5)
    click(3, Qt.KeyboardModifier.ControlModifier)
    assert strip.chosen == (2, 4, 5)
    click(9)
    click(9, Qt.KeyboardModifier.ControlModifier)
    assert strip.chosen == (9,), "one stays"


def test_layers_are_chosen_by_keys(strip, qtbot):
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert strip.chosen == (10,)
    qtbot.keyClick(strip, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert strip.chosen == (9, 10)
    qtbot.keyClick(strip, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(strip, Qt.Key.Key_Space)
    assert strip.chosen == (0, 9, 10)
    qtbot.keyClick(strip, Qt.Key.Key_A)
    assert strip.chosen == tuple(range(12))


def test_no_layers_are_drawn_too(shown, qtbot):
    strip = shown(LayerStrip(), 300, 30)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert strip.chosen == ()
    assert not strip.grab().isNull()


def test_a_segment_that_cannot_be_had_says_why(shown, qtbot):
    row = shown(Segments("Fit", [("crop", "crop", "cut"), ("pad", "pad", "grey")]))
    row.set_theme(LIGHT)
    with qtbot.waitSignal(row.chosen) as caught:
        row.buttons["pad"].click()
    assert (caught.args, row.value) == (["pad"], "pad")
    row.set_possible({"crop": "Nothing can be cut."})
    assert not row.buttons["crop"].isEnabled()
    assert row.buttons["crop"].toolTip() == "Nothing can be cut."
    row.set_possible({"crop": ""})
    assert row.buttons["crop"].toolTip() == "cut"
