"""The first start, the marks, the menu of samples, what the gallery leads to, and what a later start remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from app.panels.attention import AttentionPanel
from app.panels.compare import ComparePanel
from app.panels.gallery import GalleryPanel
from app.panels.train import TrainPanel
from app.shell import run_display, samples_menu, welcome
from app.widgets.coach_marks import CoachMarks, Mark, beside
from sslviz.spec.inspection import DescribeModel, ModelRef
from sslviz.spec.places import shipped
from sslviz.spec.requests import OpenRun
from sslviz.spec.samples import SAMPLES

Key = Qt.Key
VIEWS = (("train", TrainPanel), ("attention", AttentionPanel), ("compare", ComparePanel), ("gallery", GalleryPanel))


# --- the marks by themselves


@pytest.fixture
def page(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


@pytest.fixture
def marks(page, qtbot) -> CoachMarks:
    made = CoachMarks(page)
    made.begin([Mark("One", "first", lambda: QRect(10, 10, 60, 20)), Mark("Two", "second"), Mark("Three", "third")])
    return made


def press(qtbot, key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_keys_go_on_back_and_end(marks, qtbot):
    ended = []
    marks.ended.connect(lambda: ended.append(marks.step))
    assert (marks.title.text(), marks.count.text()) == ("One", "1 of 3")
    for key, title in ((Key.Key_Right, "Two"), (Key.Key_Left, "One"), (Key.Key_Left, "One"), (Key.Key_Return, "Two"),
                       (Key.Key_Return, "Three")):  # fmt: skip
        press(qtbot, key)
        assert marks.title.text() == title
    assert marks.forth.text() == "Done"
    press(qtbot, Key.Key_Return)
    assert not marks.isVisible()
    assert ended == [2]


def test_tab_stays_among_the_buttons_and_escape_ends(marks, qtbot):
    assert marks.forth.hasFocus()
    press(qtbot, Key.Key_Right)
    seen = []
    for _ in range(4):
        seen.append(QApplication.focusWidget())
        press(qtbot, Key.Key_Tab)
    assert seen == [marks.forth, marks.skip, marks.back, marks.forth]
    press(qtbot, Key.Key_Escape)
    assert not marks.isVisible()


def test_with_the_marks_the_keyboard_leaves_even_where_nothing_had_it_before(marks, page, qtbot):
    field = QLineEdit(page)
    field.show()
    press(qtbot, Key.Key_Escape)
    assert page.focusWidget() is field


def test_return_on_a_button_presses_that_button(marks, qtbot):
    press(qtbot, Key.Key_Right)
    marks.back.setFocus()
    press(qtbot, Key.Key_Return)
    assert marks.title.text() == "One"
    marks.skip.setFocus()
    press(qtbot, Key.Key_Return)
    assert not marks.isVisible()


def test_the_hole_can_be_used_and_the_shade_cannot(marks, page):
    assert page.childAt(QPoint(30, 15)) is None  # the page itself
    assert page.childAt(QPoint(500, 380)) is marks
    page.resize(700, 500)
    assert marks.size() == page.size()


@pytest.mark.parametrize(
    "hole", [QRect(10, 10, 60, 20), QRect(10, 360, 60, 20), QRect(5, 5, 30, 390), QRect(560, 5, 30, 390)]
)
def test_the_bubble_covers_nothing_that_it_is_about(hole):
    room = QRect(0, 0, 600, 400)
    box = beside(hole, QSize(300, 150), room, 10)
    assert not box.intersects(hole)
    assert room.contains(box)


def test_without_a_place_the_bubble_is_in_the_middle():
    assert beside(QRect(), QSize(300, 150), QRect(0, 0, 600, 400), 10).center() == QRect(0, 0, 600, 400).center()


# --- in the window


@pytest.fixture
def fresh(catalogue, open_window, monkeypatch, qtbot):
    """Opens a window as the program does."""
    from app.shell import panel_maker

    monkeypatch.setattr(panel_maker, "find_panels", lambda: iter(VIEWS))
    monkeypatch.setattr(welcome, "SETTLE_MS", 0)

    def start():
        window = open_window()
        window.welcome.begin()
        with qtbot.waitSignal(window.complete):
            window.show()
        return window

    return start


def kept(window) -> list[object]:
    """Requests from here on, which go no further."""
    found: list[object] = []
    window.bridge.send = found.append
    return found


def test_the_first_start_opens_on_attention_with_marks_that_go_for_good(fresh, qtbot):
    window = fresh()
    assert window.views.on_top() == ("attention",)
    qtbot.waitUntil(window.welcome.marks.isVisible)
    assert [mark.title for mark in window.welcome.steps()] == ["Train a model", "Open a checkpoint", "Take a lesson"]
    qtbot.waitUntil(lambda: window.welcome.steps()[1].where() is not None)  # the tabs have their places a moment later
    places = [mark.where() for mark in window.welcome.steps()]
    assert places[0] == welcome.place_of(window.chrome.transport.widgetForAction(window.actions_table["train"]), window)
    tabs = window.views.group_of("gallery").bar
    assert places[1].center() == tabs.mapTo(window, tabs.tabRect(3).center())
    assert places[2] is None  # there is no such view in this window
    window.welcome.marks.end()
    window.close()
    again = fresh()
    assert not again.welcome.marks.isVisible()
    assert not again.welcome._later.isActive()
    again.actions_table["welcome"].trigger()
    assert again.welcome.marks.isVisible()


def test_marks_that_were_not_put_away_come_again_and_the_layout_stays(fresh, qtbot):
    window = fresh()
    window.views.show_panel("gallery")
    window.close()
    again = fresh()
    assert again.views.on_top() == ("gallery",)
    qtbot.waitUntil(again.welcome.marks.isVisible)


def test_a_window_that_the_program_did_not_begin_shows_no_marks(window_with):
    window = window_with(*VIEWS)
    assert window.views.on_top() == ("train",)
    assert not window.welcome.marks.isVisible()
    assert not window.welcome._later.isActive()


def test_a_later_start_shows_the_run_and_the_model_again(fresh, tmp_path, qtbot, monkeypatch):
    run = tmp_path / "a run"
    run.mkdir()
    (run / "run.toml").write_text("")
    window = fresh()
    window.current.folder, window.current.run_id = str(run), "gone"
    window.model.ref = ModelRef("dino-shapes")
    window.close()
    asked = []
    from app.bridge.bridge import Bridge

    send = Bridge.send
    monkeypatch.setattr(Bridge, "send", lambda self, request: (asked.append(request), send(self, request))[1])
    fresh()
    assert [request.folder for request in asked if isinstance(request, OpenRun)] == [str(run)]
    assert ModelRef("dino-shapes") in [request.model for request in asked if isinstance(request, DescribeModel)]


def test_what_is_gone_or_would_be_fetched_is_not_opened_again(tmp_path):
    assert welcome.is_here("dino-shapes")
    assert welcome.is_here(str(tmp_path))
    assert not welcome.is_here(str(tmp_path / "gone.pth"))
    assert not welcome.is_here("timm:vit_tiny_patch16_224")


# --- samples and the gallery


def test_every_sample_and_data_set_is_in_the_menu_and_is_looked_at(window_with, qtbot):
    window = window_with(*VIEWS)
    menu = QMenu(window)
    samples_menu.fill(menu, window)
    titles = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert titles[: len(SAMPLES)] == [sample.title for sample in SAMPLES]
    assert len(titles) == len(SAMPLES) + sum(info.name != "folder" for info in window.draft.catalogue.data)
    action = next(action for action in menu.actions() if action.text() == SAMPLES[0].title)
    action.trigger()
    assert window.looking.picture.sample == SAMPLES[0].name
    assert window.views.on_top() == ("attention",)
    menu.actions()[-1].trigger()
    assert window.looking.picture.data is not None


def test_the_gallery_leads_to_views_records_and_comparisons(window_with, qtbot):
    window = window_with(*VIEWS)
    panel = window.views.panels["gallery"]
    asked = kept(window)
    panel.opened.emit(ModelRef("dino-shapes"), "attention")
    assert window.views.on_top() == ("attention",)
    assert [r.model for r in asked if isinstance(r, DescribeModel)] == [ModelRef("dino-shapes")]
    folder = str(shipped("models") / "dino-shapes")
    panel.recorded.emit(folder)
    assert window.views.on_top() == ("train",)
    assert window.windowTitle() == "dino-shapes (recorded) – SSLViz"
    assert [r.folder for r in asked if isinstance(r, OpenRun)] == [folder]
    assert not window.actions_table["resume"].isEnabled()
    pair = (ModelRef("dino-shapes"), ModelRef("mae-shapes"))
    panel.compared.emit(pair)
    assert window.views.on_top() == ("compare",)
    assert tuple(window.views.panels["compare"].chosen.models) == pair


def test_only_models_that_ship_are_records(tmp_path: Path):
    assert run_display.is_recorded(str(shipped("models") / "dino-shapes"))
    assert not run_display.is_recorded(str(tmp_path / "dino-shapes"))
    assert not run_display.is_recorded("")
