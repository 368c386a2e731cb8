"""RecipeForm and its parts: what is shown is the recipe, what is moved changes it, published recipes come back."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt

from app.widgets.live_slider import LiveSlider
from app.widgets.recipe_form import GROUPS, RecipeForm, example
from app.widgets.recipe_text import tab_titles, view_columns
from app.widgets.theme import DARK
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe
from sslviz.spec.catalogue import AugmentationInfo
from sslviz.spec.params import describe

SIMCLR = Augmentation("simclr", (ViewRecipe(brightness=0.8),))
DINO = Augmentation("dino", (ViewRecipe(count=1), ViewRecipe(count=1, blur=False), ViewRecipe(count=8, share=0.43)))
INFOS = [
    AugmentationInfo("simclr", "SimCLR", "a/b file @1", "strong", SIMCLR),
    AugmentationInfo("dino", "DINO", "c/d", "", DINO),
]
FIELDS = {info.name: info for info in describe(ViewRecipe)}


@pytest.fixture
def form(qtbot):
    widget = RecipeForm()
    qtbot.addWidget(widget)
    widget.set_recipes(INFOS)
    widget.set_augmentation(SIMCLR)
    widget.show()
    return widget


def test_every_setting_of_a_view_is_in_the_form():
    offered = {name for names in GROUPS.values() for name in names} | set(OPERATIONS) | {"count", "share", "size"}
    assert offered == set(FIELDS)


def test_it_shows_the_recipe(form):
    assert form.cards["jitter"].sliders["brightness"].value == 0.8
    assert form.presets.currentText() == "SimCLR"
    assert form.source.text() == "a/b file @1"
    assert "strong" in form.source.toolTip()
    assert not form.undo.isEnabled()
    assert form.tabs.isHidden()


def test_moving_a_slider_tells_at_once_and_rests_later(form, qtbot):
    slider = form.cards["crop"].sliders["crop_min"]
    with qtbot.waitSignal(form.moved) as moved, qtbot.assertNotEmitted(form.rested):
        slider.slider.setValue(200)
    assert moved.args[0].views[0].crop_min == slider.value == pytest.approx(0.505, abs=0.01)
    with qtbot.waitSignal(form.rested) as rested:
        pass
    assert rested.args[0] == moved.args[0]


def test_typing_a_number_counts(form, qtbot):
    box = form.cards["jitter"].sliders["hue"].box
    box.setFocus()
    box.selectAll()
    with qtbot.waitSignal(form.rested) as rested:
        qtbot.keyClicks(box, "0.37")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert rested.args[0].views[0].hue == 0.37


def test_flipping_a_switch_hides_its_strengths_and_says_what_it_teaches(form, qtbot):
    card = form.cards["jitter"]
    with qtbot.waitSignal(form.rested) as rested:
        card.toggle.click()
    assert rested.args[0].views[0].jitter is False
    assert card.effect.text() == FIELDS["jitter"].down
    assert all(slider.isHidden() for slider in card.sliders.values())


def test_an_operation_that_never_happens_says_so(form):
    card = form.cards["blur"]
    assert "never happens" in card.effect.text()
    card.sliders["blur_p"].slider.setValue(100)
    assert card.effect.isHidden()


def test_one_click_brings_the_published_recipe_back(form, qtbot):
    form.cards["flip"].toggle.click()
    assert form.is_edited
    assert form.source.text().startswith("Changed by you.")
    with qtbot.waitSignal(form.rested) as rested:
        form.undo.click()
    assert rested.args[0] == SIMCLR
    assert form.cards["flip"].toggle.isChecked()
    assert not form.undo.isEnabled()


def test_choosing_a_recipe_replaces_everything(form, qtbot):
    with qtbot.waitSignal(form.rested) as rested:
        form.presets.activated.emit(1)
    assert rested.args[0] == DINO
    assert form.tabs.count() == 3


def test_a_tab_edits_its_own_view_only(form, qtbot):
    form.set_augmentation(DINO)
    form.tabs.setCurrentIndex(1)
    assert not form.cards["blur"].toggle.isChecked()
    with qtbot.waitSignal(form.rested) as rested:
        form.cards["flip"].toggle.click()
    assert [view.flip for view in rested.args[0].views] == [True, False, True]
    form.tabs.setCurrentIndex(0)
    assert form.cards["flip"].toggle.isChecked()


def test_a_recipe_that_no_one_published(form):
    form.set_augmentation(Augmentation("custom", (ViewRecipe(),)))
    assert form.presets.currentText() == "Own recipe"
    assert form.source.isHidden()
    form.presets.activated.emit(1)
    assert form.augmentation == SIMCLR
    assert form.presets.count() == 2


def test_showing_sends_nothing(form, qtbot):
    with qtbot.assertNotEmitted(form.moved), qtbot.assertNotEmitted(form.rested):
        form.set_augmentation(DINO)
        form.set_recipes(INFOS[:1])
        form.set_image_size((64, 64))
        form.set_theme(dataclasses.replace(DARK, scale=1.6))


def test_titles_of_views():
    assert tab_titles(SIMCLR, (32, 32)) == ["Views 1–2"]
    assert tab_titles(DINO, (64, 64)) == ["View 1", "View 2", "Views 3–10 · 24 px"]
    assert tab_titles(DINO, None) == ["View 1", "View 2", "Views 3–10"]


def test_columns_follow_the_arrays_of_an_answer():
    mixed = Augmentation("m", (ViewRecipe(count=1, size=16), ViewRecipe(count=2), ViewRecipe(count=1, size=16)))
    columns = view_columns(mixed, (32, 32))
    assert [(c.array, c.place, c.recipe) for c in columns] == [
        ("views", 0, 0),
        ("views_1", 0, 1),
        ("views_1", 1, 1),
        ("views", 1, 2),
    ]
    assert [c.title for c in columns] == ["view 1\n16 px", "view 2", "view 3", "view 4\n16 px"]


def test_a_hidden_slider_sends_what_it_holds(qtbot):
    slider = LiveSlider(FIELDS["crop_min"])
    qtbot.addWidget(slider)
    slider.show()
    slider.slider.setValue(100)
    with qtbot.waitSignal(slider.rested) as rested:
        slider.hide()
    assert rested.args[0] == slider.value


def test_whole_numbers_stay_whole(qtbot):
    slider = LiveSlider(FIELDS["count"])
    qtbot.addWidget(slider)
    slider.slider.setValue(3)
    assert slider.value == 4
    assert isinstance(slider.value, int)


def test_every_control_has_a_tooltip_and_a_name(form):
    for card in form.cards.values():
        for slider in card.sliders.values():
            assert slider.slider.toolTip()
            assert slider.slider.accessibleName()
            assert slider.box.accessibleName()


def test_example(qtbot):
    widget = example()
    qtbot.addWidget(widget)
    assert widget.tabs.tabText(1) == "Views 3–8 · 24 px"
