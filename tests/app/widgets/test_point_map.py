"""The map of points under mouse and keyboard: what is told, what is seen, what is kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.widgets.point_map import PointMap
from app.widgets.saving import save_picture
from app.widgets.theme import LIGHT

POINTS = np.array([[0, 0], [4, 0], [0, 4], [4, 4], [2, 2]], float)
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def shown(qtbot):
    made = PointMap()
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.set_points(POINTS)
    made.set_colours([0, 0, 1, 1, 2], ["cat", "dog", "eel"], "label")
    with qtbot.waitExposed(made):
        made.show()
    return made


def pixel(shown, row) -> QPoint:
    return QPointF(*shown.plane.view.to_screen(shown.plane.picture.points[row : row + 1])[0].tolist()).toPoint()


def heard(signal):
    told = []
    signal.connect(told.append)
    return told


def drag(qtbot, plane, places, held=NONE):
    qtbot.mousePress(plane, LEFT, held, places[0])
    for place in places[1:]:
        qtbot.mouseMove(plane, place)
    qtbot.mouseRelease(plane, LEFT, held, places[-1])


def wheel(plane, at: QPoint, turned=120):
    event = QWheelEvent(QPointF(at), plane.mapToGlobal(QPointF(at)), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton,
                        NONE, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(plane, event)


# Mouse ---------------------------------------------------------------------------------------------------------------


def test_the_point_under_the_pointer_is_told_once(shown, qtbot):
    told = heard(shown.hovered)
    for off in (QPoint(0, 0), QPoint(3, 2), QPoint(60, 40)):
        qtbot.mouseMove(shown.plane, pixel(shown, 4) + off)
    assert told == [4, -1]


def test_a_click_chooses_and_is_ringed(shown, qtbot):
    told = heard(shown.clicked)
    before = shown.plane.grab().toImage()
    qtbot.mouseClick(shown.plane, LEFT, NONE, pixel(shown, 3))
    qtbot.mouseClick(shown.plane, LEFT, NONE, pixel(shown, 3) + QPoint(80, 80))
    assert told == [3]
    assert shown.plane.grab().toImage() != before
    shown.select(-1)
    assert shown.plane.chosen == -1


def test_a_drag_moves_the_map_and_chooses_nothing(shown, qtbot):
    told, start = heard(shown.clicked), pixel(shown, 0)
    drag(qtbot, shown.plane, [start, start + QPoint(30, -20), start + QPoint(50, -40)])
    assert (pixel(shown, 0) - start).toTuple() == (50, -40)
    assert told == []


def test_the_wheel_zooms_at_the_pointer_and_a_double_click_fits_all(shown, qtbot):
    at, whole = pixel(shown, 1), shown.plane.view
    wheel(shown.plane, at)
    assert shown.plane.view.scale == pytest.approx(1.25 * whole.scale)
    assert (pixel(shown, 1) - at).manhattanLength() <= 1
    qtbot.mouseDClick(shown.plane, LEFT, NONE, QPoint(5, 5))
    assert shown.plane.view == whole


def test_a_point_can_be_pointed_out_from_outside(shown):
    told = heard(shown.hovered)
    before = shown.plane.grab().toImage()
    shown.point_out(2)
    assert shown.plane.grab().toImage() != before
    shown.point_out(-1)
    assert shown.plane.grab().toImage() == before
    assert told == []


def test_zoom_has_ends(shown):
    for _ in range(60):
        shown.plane.zoom_by(2.0)
    assert shown.plane.picture.zoom(shown.plane.view) <= 400
    for _ in range(60):
        shown.plane.zoom_by(0.5)
    assert shown.plane.picture.zoom(shown.plane.view) >= 0.5


def around(shown, rows) -> list[QPoint]:
    at = np.array([pixel(shown, row).toTuple() for row in rows])
    (x0, y0), (x1, y1) = at.min(0) - 15, at.max(0) + 15
    return [QPoint(*map(int, place)) for place in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]


@pytest.mark.parametrize("way", ["shift", "ctrl", "lasso", "rectangle"])
def test_an_outline_or_a_box_catches_points(shown, qtbot, way):
    told = heard(shown.lassoed)
    corners = around(shown, [0, 1])
    held = {"shift": Qt.KeyboardModifier.ShiftModifier, "ctrl": Qt.KeyboardModifier.ControlModifier}.get(way, NONE)
    if way in ("lasso", "rectangle"):
        shown.modes.buttons[way].click()
    boxed = way in ("ctrl", "rectangle")
    drag(qtbot, shown.plane, [corners[0], corners[2], corners[2]] if boxed else [*corners, corners[0]], held)
    assert [rows.tolist() for rows in told] == [[0, 1]]
    assert "2 of 5" in shown.reading.text()
    qtbot.keyClick(shown.plane, Qt.Key.Key_Escape)
    assert told[-1].tolist() == []
    assert shown.marked.tolist() == []


def test_faded_points_are_neither_caught_nor_found(shown, qtbot):
    shown.legend.keep(1)
    told = heard(shown.lassoed)
    drag(qtbot, shown.plane, [*around(shown, range(5)), around(shown, range(5))[0]], Qt.KeyboardModifier.ShiftModifier)
    assert told[0].tolist() == [2, 3]
    hovered = heard(shown.hovered)
    qtbot.mouseMove(shown.plane, pixel(shown, 0))
    qtbot.mouseMove(shown.plane, pixel(shown, 2))
    assert hovered == [2]


# Keyboard ------------------------------------------------------------------------------------------------------------


def test_arrows_walk_return_chooses_and_space_marks(shown, qtbot):
    hovered, clicked, caught = heard(shown.hovered), heard(shown.clicked), heard(shown.lassoed)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Space):
        qtbot.keyClick(shown.plane, key)
    assert hovered[0] == 4  # in the middle of the view
    assert hovered[1] in (1, 3)
    assert clicked == [hovered[1]]
    assert caught[0].tolist() == [hovered[1]]
    qtbot.keyClick(shown.plane, Qt.Key.Key_Space)
    assert caught[1].tolist() == []


def test_keys_zoom_move_and_go_home(shown, qtbot):
    whole = shown.plane.view
    qtbot.keyClick(shown.plane, Qt.Key.Key_Plus)
    assert shown.plane.view.scale == pytest.approx(1.25 * whole.scale)
    qtbot.keyClick(shown.plane, Qt.Key.Key_Minus)
    qtbot.keyClick(shown.plane, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert shown.plane.view.x > whole.x
    qtbot.keyClick(shown.plane, Qt.Key.Key_Home)
    assert shown.plane.view == whole


def test_a_point_that_is_chosen_comes_into_view(shown):
    shown.plane.zoom_by(20.0)
    assert not shown.plane.rect().contains(pixel(shown, 0))
    shown.select(0)
    assert shown.plane.rect().contains(pixel(shown, 0))


# Legend --------------------------------------------------------------------------------------------------------------


def test_the_legend_counts_and_keeps_one_alone(shown, qtbot):
    legend = shown.legend
    assert "cat: 2 points; dog: 2 points; eel: 1 points" in legend.accessibleDescription()
    qtbot.mouseClick(legend, LEFT, NONE, legend.box(1).center().toPoint())
    qtbot.mouseMove(legend, QPoint(3, 3))  # the title
    assert shown.plane.picture.bright == {1}
    qtbot.mouseClick(legend, LEFT, Qt.KeyboardModifier.ControlModifier, legend.box(0).center().toPoint())
    assert legend.kept == {0, 1}
    qtbot.keyClick(legend, Qt.Key.Key_Escape)
    assert shown.plane.picture.bright is None


def test_an_entry_under_the_pointer_or_the_keyboard_is_shown_alone_for_a_while(shown, qtbot):
    legend = shown.legend
    qtbot.mouseMove(legend, legend.box(2).center().toPoint())
    assert shown.plane.picture.bright == {2}
    qtbot.mouseMove(legend, QPoint(3, 3))
    assert shown.plane.picture.bright is None
    legend.setFocus()
    QTest.keyClick(legend, Qt.Key.Key_Down)
    assert shown.plane.picture.bright == {0}
    QTest.keyClick(legend, Qt.Key.Key_Return)
    assert legend.kept == {0}


def test_other_colours_let_all_classes_back_in(shown):
    shown.legend.keep(0)
    shown.set_colours(np.linspace(0, 1, 5), None, "loss")
    assert shown.plane.picture.bright is None
    assert shown.legend.kept is None
    shown.legend.grab()


# Moving points -------------------------------------------------------------------------------------------------------


def test_points_glide_and_arrive(shown, qtbot):
    view = shown.plane.view
    shown.set_points(POINTS, extent=np.vstack([POINTS, POINTS + 6]))
    whole = shown.plane.view
    assert whole.scale < view.scale
    shown.move_to(POINTS + 6, 60)
    assert shown.plane.is_gliding
    qtbot.waitUntil(lambda: not shown.plane.is_gliding)
    assert np.allclose(shown.plane.picture.points, POINTS + 6)
    assert shown.plane.view == whole
    assert shown.plane.picture.colours.names == ("cat", "dog", "eel")
    assert shown.plane.row_at(*pixel(shown, 2).toTuple()) == 2


def test_a_view_that_fits_everything_follows(shown, qtbot):
    shown.move_to(POINTS * 10, 60)
    qtbot.waitUntil(lambda: not shown.plane.is_gliding)
    assert all(shown.plane.rect().contains(pixel(shown, row)) for row in range(5))
    shown.plane.zoom_by(2.0)
    view = shown.plane.view
    shown.move_to(POINTS, 0)
    assert shown.plane.view == view


def test_points_glide_on_from_where_they_are(shown):
    shown.move_to(POINTS + 1, 10_000)
    shown.move_to(POINTS - 1, 0)
    assert not shown.plane.is_gliding
    assert np.allclose(shown.plane.picture.points, POINTS - 1)


def test_a_hidden_map_has_arrived(shown):
    shown.move_to(POINTS + 1, 10_000)
    shown.hide()
    assert not shown.plane.is_gliding
    assert np.allclose(shown.plane.picture.points, POINTS + 1)


def test_only_the_same_points_can_move(shown):
    with pytest.raises(ValueError, match="3 places for 5 points"):
        shown.move_to(POINTS[:3])


# Pictures and names --------------------------------------------------------------------------------------------------


def test_pictures_are_asked_for_when_there_is_room_and_stand_in_place(shown, qtbot):
    asked = []
    shown.set_thumbnail_source(asked.extend)
    shown.plane.zoom_by(3.0)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [4]  # the others are out of view
    shown.put_thumbnails([4], [np.full((8, 8, 3), (10, 200, 30), np.uint8)])
    assert shown.plane.grab().toImage().pixelColor(pixel(shown, 4)) == QColor(10, 200, 30)
    corner = pixel(shown, 4) + QPoint(18, 18)
    assert shown.plane.row_at(*corner.toTuple()) == 4  # all of the picture is the point
    shown.buttons["pictures"].click()
    assert shown.plane.in_place() == []


def test_middles_are_named_and_can_be_left_out(shown, qtbot):
    bare = shown.plane.grab().toImage()
    shown.set_groups([0, 0, 1, 1, -1], ["cat", "dog"])
    assert {group.name: (group.x, group.y) for group in shown.plane.names_now()} == {"cat": (2, 0), "dog": (2, 4)}
    assert shown.plane.grab().toImage() != bare
    shown.set_groups([0, 0, 1, 1, 2], ["cat", "dog", "eel"])
    shown.legend.keep(2)
    assert [group.name for group in shown.plane.names_now()] == ["eel"]  # those of faded classes go with them
    shown.legend.keep_all()
    shown.buttons["names"].click()
    assert shown.plane.grab().toImage() == bare


# Awkward data --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [np.empty((0, 2)), [[1, 1]], np.ones((9, 2)), [[0, 0], [np.nan, 1], [np.inf, 2]]])
def test_awkward_points_are_drawn_and_handled(shown, qtbot, points):
    points = np.asarray(points, float)
    shown.set_points(points)
    shown.set_colours(np.arange(len(points)), None, "number")
    shown.mark(np.arange(len(points)))
    shown.select(len(points) - 1)
    shown.grab()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Plus, Qt.Key.Key_Escape):
        qtbot.keyClick(shown.plane, key)
    qtbot.mouseMove(shown.plane, QPoint(50, 50))
    shown.move_to(points, 0)
    assert len(shown.table()[1]) == len(points)


def test_other_points_begin_anew(shown):
    shown.mark([1, 2])
    shown.select(3)
    shown.set_points(POINTS + 1)
    assert shown.marked.tolist() == [1, 2]
    shown.set_points(POINTS[:3])
    assert shown.marked.tolist() == []
    assert shown.plane.chosen == -1
    assert shown.plane.picture.colours.title == ""


def test_a_sentence_stands_in_place_of_points(shown, qtbot):
    told = heard(shown.clicked)
    shown.set_message("Nothing has been laid out yet.")
    qtbot.mouseClick(shown.plane, LEFT, NONE, pixel(shown, 4))
    assert told == []
    assert "laid out" in shown.plane.accessibleDescription()
    shown.set_points(POINTS)
    assert shown.plane.message == ""


# Files ---------------------------------------------------------------------------------------------------------------


def test_the_table_has_places_values_and_marks(shown):
    shown.mark([2])
    names, rows = shown.table()
    assert names == ["point", "x", "y", "label", "marked"]
    assert rows[2] == [2, 0.0, 4.0, "dog", 1]
    shown.set_colours([np.nan, 1, 2, 3, 4], None, "loss")
    assert shown.table()[1][4][3] == 4.0


def test_a_file_is_finer_than_the_screen(shown):
    size = shown.plane.size()
    fine = QImage(size * 3, QImage.Format.Format_RGB32)
    painter = QPainter(fine)
    painter.scale(3, 3)
    shown.plane.render(painter, QPoint())
    painter.end()
    coarse = shown.plane.grab().toImage().scaled(size * 3)
    assert len({fine.pixel(x, y) for x in range(0, fine.width(), 2) for y in range(0, fine.height(), 2)}) > 5
    assert fine != coarse
    assert fine.pixelColor(pixel(shown, 4) * 3) == shown.plane.grab().toImage().pixelColor(pixel(shown, 4))


def test_a_drawing_of_lines_has_shapes_of_few_points_and_a_picture_of_many(shown, tmp_path):
    few, many = tmp_path / "few.svg", tmp_path / "many.svg"
    save_picture(shown.plane, few, "map")
    text = few.read_text()
    assert "<image" not in text
    assert text.count("<circle") + text.count("<ellipse") + text.count("<path") >= 5
    shown.set_points(np.random.default_rng(0).normal(size=(4_000, 2)))
    save_picture(shown.plane, many, "map")
    assert "<image" in many.read_text()


def test_large_type_makes_larger_dots(shown):
    before = shown.plane.picture.radius(shown.plane.view)
    shown.set_theme(dataclasses.replace(LIGHT, scale=1.6))
    assert shown.plane.picture.radius(shown.plane.view) > before
