"""MatrixView: colours by value, partners outlined, clicks name the right entry."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.widgets.ink import rgb
from app.widgets.matrix_rows import Rows
from app.widgets.matrix_view import MatrixView, diverging
from app.widgets.theme import DARK, LIGHT

N = 6


@pytest.fixture
def view(qtbot):
    made = MatrixView()
    qtbot.addWidget(made)
    made.resize(320, 300)
    made.show()
    cosine = np.zeros((2 * N, 2 * N), np.float32)
    np.fill_diagonal(cosine, 1)
    cosine[2, 2 + N] = cosine[2 + N, 2] = 0.5
    cosine[1, 4] = cosine[4, 1] = -1
    made.set_matrix(cosine)
    return made


def colour_at(view, row, column):
    point = view.centre_of(row, column)
    return view.grab().toImage().pixelColor(int(point.x()), int(point.y()))


def difference(a, b):
    return max(abs(p - q) for p, q in zip((a.red(), a.green(), a.blue()), b, strict=True))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_values_have_the_colours_of_the_bar_whatever_the_batch(view, theme):
    view.set_theme(theme)
    table = diverging(theme)[:, 2::-1].astype(int)  # BGRA to RGB
    for row, column, level in ((0, 0, 255), (1, 4, 0), (0, 1, 128), (2, 2 + N, 191)):
        assert difference(colour_at(view, row, column), table[level]) <= 2
    view.set_matrix(view.cosine * 0.5)
    assert difference(colour_at(view, 0, 0), table[191]) <= 2


def test_the_colour_map_is_the_ground_at_zero_and_apart_at_both_ends():
    for theme in (LIGHT, DARK):
        table = diverging(theme)[:, 2::-1].astype(int)
        assert np.abs(table[127] - np.array(rgb(theme.plot))).max() <= 2
        assert np.abs(table[0] - table[255]).max() > 100


def test_clicking_an_entry_names_row_column_and_kind(view, qtbot):
    for row, column, kind in ((2, 2 + N, "partners"), (3, 3, "itself"), (1, 4, "strangers"), (2 + N, 2, "partners")):
        with qtbot.waitSignal(view.chosen) as caught:
            qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.centre_of(row, column).toPoint())
        entry = caught.args[0]
        assert (entry.row, entry.column, entry.kind) == (row, column, kind)
        assert entry.cosine == view.cosine[row, column]


def test_partners_are_outlined_and_strangers_are_not(view):
    def edge(row, column):
        point, cell = view.centre_of(row, column), view.field().width() / (2 * N)
        image = view.grab().toImage()
        across = (image.pixelColor(round(point.x() - cell / 2) + k, round(point.y())) for k in (-1, 0, 1))
        return min(difference(seen, rgb(LIGHT.text)) for seen in across)

    assert edge(3, 3 + N) < 60
    assert edge(3, 4) > 150


def test_arrow_keys_move_the_choice_and_stop_at_the_border(view, qtbot):
    view.mark(0, 0)
    for key, want in (
        (Qt.Key.Key_Right, (0, 1)),
        (Qt.Key.Key_Down, (1, 1)),
        (Qt.Key.Key_Up, (0, 1)),
        (Qt.Key.Key_Up, (0, 1)),
    ):
        qtbot.keyClick(view, key)
        assert (view.entry.row, view.entry.column) == want


def test_means_are_those_of_partners_and_strangers(view):
    rng = np.random.default_rng(0)
    cosine = rng.uniform(-1, 1, (2 * N, 2 * N)).astype(np.float32)
    view.set_matrix(cosine)
    partner = np.array([[abs(i - j) == N for j in range(2 * N)] for i in range(2 * N)])
    stranger = ~partner & ~np.eye(2 * N, dtype=bool)
    assert view.means() == pytest.approx((cosine[partner].mean(), cosine[stranger].mean()), abs=1e-5)


def test_a_chosen_entry_follows_the_next_batch_and_goes_with_a_smaller_one(view):
    view.mark(2, 2 + N)
    view.set_matrix(np.full((2 * N, 2 * N), 0.25, np.float32))
    assert view.entry.cosine == 0.25
    view.set_matrix(np.ones((2, 2), np.float32))
    assert view.entry is None
    assert view.means()[0] == 1
    view.clear()
    assert view.reading() == "not seen yet"


def test_values_that_are_no_numbers_are_drawn_without_complaint(view):
    view.set_matrix(np.full((4, 4), np.nan, np.float32))
    assert not view.grab().isNull()


def test_images_by_themselves_are_outlined_class_by_class(view):
    groups = ("disc",) * 4 + ("ring",) * 8
    view.set_matrix(view.cosine, Rows(2 * N, paired=False, groups=groups))
    assert [view.entry_at(*at).kind for at in ((0, 0), (0, 3), (0, 6))] == ["image", "alike", "unlike"]
    image, cell = view.grab().toImage(), view.field().width() / (2 * N)
    for k in (4, 12):  # the lower border of each block
        point = view.centre_of(k - 1, k - 2)
        across = (image.pixelColor(round(point.x()), round(point.y() + cell / 2) + d) for d in (-1, 0, 1))
        assert min(difference(seen, rgb(LIGHT.text)) for seen in across) < 60
    point = view.centre_of(5, 5)
    inside = (image.pixelColor(round(point.x()), round(point.y() + cell / 2) + d) for d in (-1, 0, 1))
    assert min(difference(seen, rgb(LIGHT.text)) for seen in inside) > 150
    assert view.name_of(3) == "image 3"
    assert view.table()[0][11] == "image 11"


def test_means_are_those_of_one_class_and_of_others(view):
    cosine = np.random.default_rng(0).uniform(-1, 1, (6, 6)).astype(np.float32)
    rows = Rows(6, paired=False, groups=("a", "a", "b", "b", "b", "c"))
    view.set_matrix(cosine, rows)
    same = np.array([[g == h for h in rows.groups] for g in rows.groups]) & ~np.eye(6, dtype=bool)
    other = np.array([[g != h for h in rows.groups] for g in rows.groups])
    assert view.means() == pytest.approx((cosine[same].mean(), cosine[other].mean()), abs=1e-6)
    view.set_matrix(cosine, Rows(6, paired=False))
    assert np.isnan(view.means()[0])
    view.set_matrix(cosine[:1, :1], Rows(1, paired=False, groups=("a",)))
    assert view.reading() == "same class –, other classes –"
    view.clear("The folder is gone.")
    assert view.reading() == "The folder is gone."
    assert not view.grab().isNull()
