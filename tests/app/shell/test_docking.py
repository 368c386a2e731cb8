"""Views docked beside and above each other: by key, by menu and by drag, remembered, and put back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout

from app.panels.base import Panel
from app.widgets.dock_tree import Split, Tabs, groups, to_text

LETTERS = "abcd"


class View(Panel):
    """A view that counts how often it came into sight."""

    def build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shown = 0
        QVBoxLayout(self).addWidget(QLabel(self.name, self))

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.shown += 1


PANELS = tuple((letter, type(letter, (View,), {"name": letter, "title": f"View {letter}"})) for letter in LETTERS)


@pytest.fixture
def desk(window_with):
    made = window_with(*PANELS)
    made.resize(1400, 900)
    return made


def layout(window) -> list[str]:
    return ["".join(group.names) for group in groups(window.views.tree)]


def on_top(window) -> str:
    return "".join(panel.name for panel in window.views.visible())


def centre_of(window, name) -> QPoint:
    """Of a tab, on the screen."""
    bar = window.views.group_of(name).bar
    return bar.mapToGlobal(bar.tabRect(window.views.group_of(name).names.index(name)).center())


def drag(window, name: str, way: list[QPoint], *, give_up: bool = False) -> None:
    """The tab of a view over places on the screen, and let go at the last."""
    bar = window.views.group_of(name).bar
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.mapFromGlobal(centre_of(window, name)))
    for place in way:
        QTest.mouseMove(bar, bar.mapFromGlobal(place))
    if give_up:
        QTest.keyClick(bar, Qt.Key.Key_Escape)
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=bar.mapFromGlobal(way[-1]))


def place_in(window, name: str, x: float, y: float) -> QPoint:
    """In shares of a view that is in sight, on the screen."""
    panel = window.views.panels[name]
    return panel.mapToGlobal(QPoint(round(x * panel.width()), round(y * panel.height())))


def test_keys_dock_the_view_that_has_the_keyboard(qtbot, desk):
    desk.activateWindow()
    desk.views.show_panel("b")
    keys = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    for key, expected in (
        (Qt.Key.Key_Right, ["acd", "b"]),
        (Qt.Key.Key_Left, ["acdb"]),
        (Qt.Key.Key_Down, ["acd", "b"]),
    ):
        qtbot.keyClick(QApplication.focusWidget() or desk, key, keys)
        assert layout(desk) == expected
        assert desk.views.in_front().name == "b"


def test_what_is_in_sight_is_what_draws(desk):
    desk.views.show_panel("c")
    assert (on_top(desk), desk.views.panels["a"].isVisible()) == ("c", False)
    desk.views.dock("c", "right")
    desk.views.dock("d", "below")
    assert sorted(on_top(desk)) == ["b", "c", "d"] or sorted(on_top(desk)) == ["a", "c", "d"]
    for name, panel in desk.views.panels.items():
        assert panel.isVisible() == (name in on_top(desk))


def test_the_keyboard_goes_round(qtbot, desk):
    desk.views.dock("d", "right")
    desk.views.dock("c", "right")
    seen = []
    for _ in range(4):
        desk.actions_table["next_view"].trigger()
        seen.append(desk.views.in_front().name)
    assert len(set(seen)) == 3
    assert seen[0] == seen[3]


def test_ctrl_backslash_goes_to_the_other_side_and_back(desk):
    desk.views.show_panel("b")
    desk.actions_table["side_by_side"].trigger()
    assert layout(desk) == ["acd", "b"]
    desk.actions_table["side_by_side"].trigger()
    assert layout(desk) == ["acdb"]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(0.9, 0.5, ["abc", "d"]), (0.1, 0.5, ["d", "abc"]), (0.5, 0.12, ["d", "abc"]), (0.5, 0.9, ["abc", "d"]),
     (0.5, 0.5, ["abcd"])],
)  # fmt: skip
def test_a_tab_is_dragged_to_a_side(desk, x, y, expected):
    drag(desk, "d", [place_in(desk, "a", 0.4, 0.4), place_in(desk, "a", x, y)])
    assert layout(desk) == expected
    if len(expected) > 1:
        assert isinstance(desk.views.tree, Split)
        assert desk.views.tree.across == (y == 0.5)
    assert not desk.views._mark.isVisible()


def test_while_it_is_dragged_a_mark_says_where_it_would_go(desk):
    bar = desk.views.group_of("d").bar
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.mapFromGlobal(centre_of(desk, "d")))
    QTest.mouseMove(bar, bar.mapFromGlobal(place_in(desk, "a", 0.9, 0.5)))
    mark = desk.views._mark
    assert mark.isVisible()
    assert mark.text == "View d to the right"
    assert mark.geometry().left() > 0.4 * desk.views.width()
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert not mark.isVisible()
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=bar.mapFromGlobal(place_in(desk, "a", 0.9, 0.5)))
    assert layout(desk) == ["abcd"]


def test_a_tab_is_dragged_into_other_tabs_and_to_the_rim_of_everything(desk):
    desk.views.dock("d", "right")
    drag(desk, "a", [place_in(desk, "d", 0.5, 0.3), centre_of(desk, "d")])
    assert layout(desk) == ["bc", "ad"]
    corner = desk.views.mapToGlobal(QPoint(desk.views.width() // 2, desk.views.height() - 4))
    drag(desk, "b", [place_in(desk, "c" if on_top(desk)[0] == "c" else "b", 0.5, 0.5), corner])
    assert layout(desk) == ["c", "ad", "b"]
    assert not desk.views.tree.across


def test_within_the_bar_a_drag_changes_the_order(desk):
    drag(desk, "a", [centre_of(desk, "b"), centre_of(desk, "c") + QPoint(4, 0)])
    assert sorted(layout(desk)[0]) == list(LETTERS)
    assert layout(desk)[0] != "abcd"


def test_the_layout_is_remembered_while_views_come_one_by_one(desk, window_with):
    desk.views.dock("c", "right")
    desk.views.dock("d", "below")
    desk.views.show_panel("b")
    split = next(iter(desk.views.findChildren(type(desk.views._root))))
    assert split is not None
    before, tops = desk.views.tree, on_top(desk)
    desk.close()
    again = window_with(*PANELS)
    assert layout(again) == ["".join(group.names) for group in groups(before)]
    assert sorted(on_top(again)) == sorted(tops)


def test_borders_are_remembered(qtbot, desk, window_with):
    desk.views.dock("d", "right")
    root = desk.views._root
    root.moveSplitter(round(0.3 * root.width()), 1)
    shares = desk.views.tree.shares
    assert shares[0] == pytest.approx(0.3, abs=0.03)
    desk.close()
    again = window_with(*PANELS)
    assert again.views.tree.shares == pytest.approx(shares, abs=0.01)
    again.resize(1400, 900)
    QApplication.processEvents()
    sizes = again.views._root.sizes()
    assert sizes[0] / sum(sizes) == pytest.approx(shares[0], abs=0.03)


def test_a_view_that_could_not_be_made_keeps_its_place(desk, window_with):
    desk.views.dock("d", "right")
    desk.close()
    poorer = window_with(*PANELS[:3])
    assert [group.isVisible() for group in poorer.views.groups] == [True, False]
    assert on_top(poorer) == "a"
    poorer.close()
    assert layout(window_with(*PANELS)) == ["abc", "d"]


def test_a_new_view_joins_the_first_group_and_foreign_words_are_left(desk, window_with):
    tree = Split(True, (Tabs(("a",), "a"), Tabs(("b", "gone"), "gone")), (0.5, 0.5))
    for text, expected in ((to_text(tree), ["acd", "bgone"]), ("{nonsense", ["abcd"])):
        desk.close()
        desk.settings.setValue("window/views", text)
        desk.settings.sync()
        desk = window_with(*PANELS)
        assert layout(desk) == expected
        assert len(on_top(desk)) == len(expected)


def test_what_is_asked_for_while_views_are_made_is_not_overruled_by_memory(desk, window_with):
    desk.views.show_panel("d")
    desk.close()
    panels = list(PANELS)
    again = window_with(*panels)
    assert on_top(again) == "d"


def test_reset_puts_every_view_back_in_one_group(desk):
    for name, side in (("b", "right"), ("c", "below"), ("d", "left")):
        desk.views.dock(name, side)
    desk.reset_layout()
    assert layout(desk) == ["abcd"]
    assert all(panel.parent() is not None for panel in desk.views.panels.values())


def test_the_menu_of_a_tab_docks_it(desk):
    menu = desk.views.menu("c")
    next(action for action in menu.actions() if action.text() == "Dock above").trigger()
    assert layout(desk) == ["c", "abd"]
    menu.close()


def test_views_side_by_side_do_not_widen_the_window(desk):
    width = desk.width()
    for name in "bcd":
        desk.views.panels[name].setMinimumWidth(900)
        desk.views.dock(name, "right")
    assert desk.width() == width
