"""Galleries of many pictures, and pictures that are cut into patches."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.widgets.gallery_grid import GalleryGrid
from app.widgets.patch_pictures import NOWHERE, PatchPictures

RED = np.full((8, 8, 3), (220, 30, 30), np.uint8)


@pytest.fixture
def grid(qtbot):
    made = GalleryGrid()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.known = {}
    made.asked = []
    made.set_source(made.known.get)
    made.needed.connect(made.asked.append)
    made.show()
    return made


def test_only_what_is_in_sight_is_asked_for_once(grid, qtbot):
    grid.set_items(60_000, str)
    qtbot.waitUntil(lambda: bool(grid.asked))
    (first,) = grid.asked
    assert first == tuple(grid.in_sight())
    assert len(first) < 60
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: len(grid.asked) == 2)
    assert grid.asked[1][-1] == 59_999


def test_pictures_are_drawn_when_they_come(grid, qtbot):
    grid.set_items(2, str)
    qtbot.waitUntil(lambda: bool(grid.asked))
    at = grid.box(1).center().toPoint()
    before = grid.viewport().grab().toImage().pixelColor(at)
    grid.known[1] = RED
    grid.update_pictures()
    after = grid.viewport().grab().toImage().pixelColor(at)
    assert before != after
    assert after.red() > 200


def test_items_are_chosen_by_mouse_and_keyboard(grid, qtbot):
    chosen, hovered = [], []
    grid.chosen.connect(chosen.append)
    grid.hovered.connect(hovered.append)
    grid.set_items(9, str)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.box(2).center().toPoint())
    assert chosen == [2]
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(grid, key)
    assert chosen == [2, 3 + grid.columns]
    assert hovered[-1] == 3 + grid.columns
    assert grid.item_at(1.0, 1.0) == -1


def test_a_message_takes_the_place_of_pictures(grid):
    grid.set_items(1)
    grid.set_message("Nothing was caught.")
    assert (grid.message, grid.count) == ("Nothing was caught.", 0)
    grid.set_items(1)
    assert not grid.message


@pytest.fixture
def pictures(qtbot):
    made = PatchPictures()
    qtbot.addWidget(made)
    made.resize(400, 220)
    made.set_pictures([RED, RED, None], ["one", "two", "three"], (4, 4))
    made.show()
    return made


def test_the_place_under_the_pointer_is_a_patch_of_a_picture(pictures, qtbot):
    hovered = []
    pictures.hovered.connect(lambda k, patch: hovered.append((k, patch)))
    box = pictures.box(1)
    x, y = box.x() + 0.4 * box.width(), box.y() + 0.6 * box.height()
    assert pictures.place_at(x, y) == (1, 9)
    qtbot.mouseMove(pictures, QPoint(round(x), round(y)))
    assert hovered == [(1, 9)]
    assert pictures.place_at(-5, -5) == NOWHERE


def test_a_marked_patch_is_seen(pictures):
    before = pictures.grab().toImage()
    pictures.mark([(0, 5)])
    assert pictures.grab().toImage() != before
    pictures.mark([(0, 99), (7, 1)])  # there are no such patches
    assert pictures.grab().toImage() == before


def test_arrows_walk_from_patch_to_patch_and_stop_at_the_edge(pictures, qtbot):
    chosen = []
    pictures.chosen.connect(lambda k, patch: chosen.append((k, patch)))
    keys = [Qt.Key.Key_Right, *[Qt.Key.Key_Right] * 5, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_Return]
    for key in keys:
        qtbot.keyClick(pictures, key)
    assert chosen == [(1, 7)]


def test_without_patches_a_picture_is_one_place(pictures):
    pictures.set_pictures([RED], ["one"])
    box = pictures.box(0)
    assert pictures.place_at(box.center().x(), box.center().y()) == (0, -1)
    pictures.set_message("Nothing to see.")
    assert pictures.count == 0
