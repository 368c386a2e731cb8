"""The Augment panel with recorded answers: what it asks, what it draws, what it says when there is nothing to draw."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.panels.augment import AugmentPanel, contents
from app.panels.augment.__main__ import example as alone_example
from app.panels.augment.choice import Choice
from app.panels.augment.example import answer, example_catalogue
from app.panels.base import PANELS, Selection
from app.widgets.theme import DARK
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Advanced, Refused

CATALOGUE = example_catalogue()
SIMCLR, DINO = (info.augmentation for info in CATALOGUE.augmentations)
CONFIG = RunConfig(augmentation=SIMCLR)


class Desk:
    """Collects requests; answers when told to."""

    def __init__(self, panel):
        self.panel, self.requests = panel, []
        panel.requested.connect(self.requests.append)

    def wait(self, qtbot, count):
        qtbot.waitUntil(lambda: len(self.requests) >= count)
        return self.requests[-1]

    def answer(self, **given):
        self.panel.answered(answer(self.requests[-1], **given))


def rest(panel, qtbot):
    """Until whatever was about to be asked has been asked."""
    qtbot.waitUntil(lambda: not panel._pace.isActive())


@pytest.fixture
def panel(qtbot):
    widget = AugmentPanel()
    qtbot.addWidget(widget)
    widget.resize(1000, 640)
    widget.show()
    return widget


@pytest.fixture
def desk(panel):
    return Desk(panel)


@pytest.fixture
def drawn(panel, desk, qtbot):
    """A panel that shows views of several images."""
    panel.configure(CONFIG, CATALOGUE)
    desk.wait(qtbot, 1)
    desk.answer()
    desk.wait(qtbot, 2)
    desk.answer()
    return panel


def test_it_is_registered_and_says_what_it_waits_for(panel):
    assert PANELS["augment"] is AugmentPanel
    assert panel.title == "Augment"
    assert "worker" in panel.grid.message


def test_it_learns_how_many_images_there_are_then_asks_for_some(drawn, desk):
    first, second = desk.requests
    assert first.indices == (0,)
    assert len(set(second.indices)) == len(second.indices) == 6
    assert max(second.indices) < 500
    assert second.data == CONFIG.data
    assert second.augmentation == SIMCLR
    assert drawn.grid.shape == (6, 3)
    assert "500 training images" in drawn.where.text()


def test_one_image_is_one_row(panel, desk, qtbot):
    panel.configure(CONFIG, CATALOGUE)
    desk.wait(qtbot, 1)
    desk.answer(count=1)
    desk.wait(qtbot, 2)
    desk.answer(count=1)
    assert panel.grid.shape == (1, 3)
    panel.toolbar.other.click()
    assert desk.wait(qtbot, 3).indices == (0,)


def test_pictures_are_those_of_the_answer(drawn, desk):
    payload = answer(desk.requests[-1]).payload
    assert (drawn.grid.picture(2, 0) == payload["originals"][2]).all()
    assert (drawn.grid.picture(2, 1) == payload["views"][2, 0]).all()
    assert (drawn.grid.picture(2, 2) == payload["views"][2, 1]).all()


def test_multi_crop_has_all_its_views(drawn, desk, qtbot):
    drawn.form.presets.activated.emit(1)
    desk.wait(qtbot, 3)
    desk.answer()
    payload = answer(desk.requests[-1]).payload
    assert drawn.grid.shape == (6, 7)
    assert (drawn.grid.picture(0, 6) == payload["views_1"][0, 3]).all()
    assert drawn.form.tabs.tabText(1) == "Views 3–6 · 16 px"


def test_each_operation_alone(drawn, desk, qtbot):
    payload = answer(desk.requests[-1]).payload
    drawn.toolbar.alone.click()
    assert drawn.grid.shape == (6, 7)
    assert (drawn.grid.picture(1, 2) == payload["alone_flip"][1]).all()
    assert "by itself" in drawn.what.text()
    drawn.toolbar.views.click()
    assert drawn.grid.shape == (6, 3)
    assert len(desk.requests) == 2


def test_a_travelling_slider_asks_at_its_pace_and_the_newest_wins(drawn, desk, qtbot):
    slider = drawn.form.cards["crop"].sliders["crop_min"].slider
    for notch in range(100, 200, 5):
        slider.setValue(notch)
    newest = desk.wait(qtbot, 3)
    assert len(desk.requests) == 3
    assert newest.augmentation.views[0].crop_min == pytest.approx(0.49, abs=0.01)


def test_an_older_answer_never_replaces_a_newer_one(drawn, desk, qtbot):
    drawn.new_seed()
    older = desk.wait(qtbot, 3)
    drawn.new_seed()
    newer = desk.wait(qtbot, 4)
    drawn.answered(answer(newer))
    drawn.answered(answer(older))
    assert (drawn.grid.picture(0, 1) == answer(newer).payload["views"][0, 0]).all()
    assert f"seed {newer.seed}" in drawn.where.text()


def test_while_many_are_under_way_older_answers_are_drawn_too(drawn, desk, qtbot):
    drawn.new_seed()
    older = desk.wait(qtbot, 3)
    drawn.new_seed()
    desk.wait(qtbot, 4)
    drawn.answered(answer(older))
    assert (drawn.grid.picture(0, 1) == answer(older).payload["views"][0, 0]).all()


def test_space_draws_anew(drawn, desk, qtbot):
    qtbot.keyClick(drawn.grid, Qt.Key.Key_Space)
    request = desk.wait(qtbot, 3)
    assert request.seed == 1
    assert request.indices == desk.requests[1].indices


def test_editing_changes_the_configuration_that_train_starts_with(drawn, qtbot):
    with qtbot.waitSignal(drawn.config_changed) as changed:
        drawn.form.cards["grayscale"].toggle.click()
    config = changed.args[0]
    assert config.augmentation.views[0].grayscale is False
    assert dataclasses.replace(config, augmentation=SIMCLR) == CONFIG


def test_a_configuration_that_comes_back_is_not_asked_for_twice(drawn, desk, qtbot):
    drawn.config_changed.connect(lambda config: drawn.configure(config, CATALOGUE))
    drawn.form.cards["grayscale"].toggle.click()
    desk.wait(qtbot, 3)
    rest(drawn, qtbot)
    assert len(desk.requests) == 3


def test_other_data_is_loaded_with_its_progress_said(drawn, desk, qtbot):
    stale = desk.requests[-1]
    drawn.configure(dataclasses.replace(CONFIG, data=DataConfig("/some/folder")), CATALOGUE)
    request = desk.wait(qtbot, 3)
    assert request.indices == (0,)
    assert drawn.grid.message
    drawn.answered(answer(stale))
    assert drawn.grid.message
    drawn.answered(Advanced("", 0, request.request_id, 0.42, "decoding 42 of 100 images"))
    assert drawn.grid.message == "decoding 42 of 100 images 42 %"
    drawn.answered(Advanced("", 0, request.request_id, float("nan"), "looking for images"))
    assert drawn.grid.message == "looking for images"


def test_a_refusal_is_said_with_its_remedy_and_tried_again(drawn, desk, qtbot):
    drawn.new_seed()
    request = desk.wait(qtbot, 3)
    drawn.answered(
        Refused("", 0, request.request_id, "DataError", "CIFAR-10 is not on this machine.", "Allow the download.")
    )
    assert drawn.grid.message == "CIFAR-10 is not on this machine. Allow the download."
    drawn.configure(CONFIG, CATALOGUE)
    desk.wait(qtbot, 4)
    desk.answer()
    assert drawn.grid.message == ""


def test_without_a_worker_it_waits_for_one(panel, desk, qtbot):
    panel.configure(CONFIG, CATALOGUE)
    request = desk.wait(qtbot, 1)
    panel.answered(Refused("", 0, request.request_id, "WorkerLost", "There is no worker process.", "Restart it."))
    assert panel.grid.message == panel.idle_text
    panel.configure(CONFIG, CATALOGUE)
    desk.wait(qtbot, 2)


@pytest.mark.parametrize("kind", ["Superseded", "Cancelled"])
def test_being_superseded_is_no_trouble(drawn, desk, qtbot, kind):
    drawn.new_seed()
    request = desk.wait(qtbot, 3)
    drawn.answered(Refused("", 0, request.request_id, kind, "A newer request came."))
    assert drawn.grid.message == ""


def test_foreign_answers_are_ignored(drawn):
    drawn.answered(Refused("", 0, 10_000, "DataError", "not mine"))
    drawn.answered(Advanced("", 0, 10_001, 0.5, "not mine"))
    assert drawn.grid.message == ""


def test_nothing_is_asked_while_the_view_is_hidden(qtbot):
    panel = AugmentPanel()
    qtbot.addWidget(panel)
    desk = Desk(panel)
    panel.configure(CONFIG, CATALOGUE)
    rest(panel, qtbot)
    assert not desk.requests
    panel.show()
    desk.wait(qtbot, 1)


def test_a_click_selects_the_image_everywhere(drawn, desk, qtbot):
    place = drawn.grid.layout_now().cell((1, 2)).center().toPoint()
    with qtbot.waitSignal(drawn.selected) as selected:
        qtbot.mouseClick(drawn.grid, Qt.MouseButton.LeftButton, pos=place)
    assert selected.args[0] == Selection(desk.requests[-1].indices[1], "shapes", desk.requests[-1].data)


def test_an_image_chosen_elsewhere_joins_the_first_row(drawn, desk, qtbot):
    shown = desk.requests[-1].indices
    other = next(index for index in range(500) if index not in shown)
    drawn.select(Selection(other, "shapes"))
    assert desk.wait(qtbot, 3).indices[0] == other
    desk.answer()
    assert drawn.grid._chosen == {0}
    drawn.select(Selection(499, "another data set"))
    rest(drawn, qtbot)
    assert len(desk.requests) == 3


def test_hovering_says_what_is_seen(drawn):
    drawn.grid.hovered.emit(0, 2)
    assert drawn.where.text().startswith("view 2 of image ")
    drawn.grid.hovered.emit(-1, -1)
    assert "training images" in drawn.where.text()


def test_zoom_and_fit(drawn):
    fitted = drawn.grid.layout_now().widths[0]
    drawn.sizes.larger.click()
    assert drawn.grid.layout_now().widths[0] > fitted
    drawn.sizes.smaller.click()
    drawn.sizes.smaller.click()
    assert drawn.grid.layout_now().widths[0] < fitted
    drawn.sizes.fit.click()
    assert drawn.grid.layout_now().widths[0] == fitted


def test_the_picture_can_be_saved_and_a_failure_is_told(drawn, tmp_path):
    assert drawn.save_picture(tmp_path / "views.png")
    assert (tmp_path / "views.png").stat().st_size > 1000
    assert not drawn.save_picture(tmp_path / "missing" / "views.png")


def test_clearing_forgets_and_asks_again(drawn, desk, qtbot):
    drawn.clear()
    assert drawn.grid.message
    desk.wait(qtbot, 3)
    desk.answer()
    assert drawn.grid.message == ""


def test_large_type_in_a_small_dark_window(drawn):
    drawn.set_theme(dataclasses.replace(DARK, scale=1.6))
    assert drawn.minimumSizeHint().width() <= 1280
    drawn.resize(1280, 720)
    assert drawn.left.width() < 0.45 * drawn.width()
    assert not drawn.grab().isNull()


def test_a_choice_keeps_to_the_images_that_there_are():
    choice = Choice()
    assert choice.learn(3)
    assert sorted(choice.indices) == [0, 1, 2]
    assert not choice.learn(3)
    assert not choice.include(3)
    assert not choice.include(1)
    choice.learn(100)
    assert choice.include(77) or 77 in choice.indices
    assert len(choice.indices) == 6
    choice.forget()
    assert choice.indices == (0,)


def test_headings_say_what_happens_to_a_view():
    view = ViewRecipe(flip=False, jitter_p=0.8, grayscale_p=1.0)
    request_answer = answer_for(Augmentation("x", (view,)))
    shown = contents.views(request_answer, Augmentation("x", (view,)))
    assert shown.tips[-1, 1] == "crop, colour jitter in 80 %, grayscale"
    assert shown.name(0, 1) == "view 1 of image 4, square"
    assert contents.alone(request_answer, Augmentation("x", (view,))).column_labels[2] == "flip\n(not used)"


def test_labels_that_are_not_known_are_left_out():
    request_answer = dict(answer_for(SIMCLR)) | {"labels": np.array([-1])}
    assert contents.views(request_answer, SIMCLR).row_labels == ["image 4"]


def answer_for(augmentation):
    from sslviz.spec.requests import AugmentImages

    return answer(AugmentImages(1, DataConfig(), augmentation, (4,))).payload


def test_it_starts_alone(qtbot):
    panel = alone_example()
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.grid.shape == (6, 3))
