"""One image is chosen in the whole window: told to every view, looked at, said below, and let go of."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt

from app.panels.base import Panel, Selection, same_images
from app.widgets.picture_source import Source
from sslviz.spec.config import DataConfig
from sslviz.spec.inspection import PictureRef

DATA = DataConfig("cifar10")
CHOSEN = Selection(1234, "cifar10", DATA, "val")


class Gallery(Panel):
    """A view of images that remembers what it was told."""

    name, title = "wall", "Wall"

    def build(self) -> None:
        self.told: list[Selection | None] = []
        self.pictures: list[PictureRef] = []

    def select(self, selection) -> None:
        self.told.append(selection)

    def deselect(self) -> None:
        self.told.append(None)

    def show_picture(self, picture) -> None:
        self.pictures.append(picture)


class Looker(Gallery):
    name, title, looks = "attention", "Attention", True


@pytest.fixture
def desk(window_with) -> object:
    """A window with a gallery and a view that looks."""
    return window_with(("wall", Gallery), ("attention", Looker))


def test_an_image_chosen_in_one_view_is_chosen_in_all_and_looked_at(desk):
    gallery, looker = (desk.views.panels[name] for name in ("wall", "attention"))
    gallery.selected.emit(CHOSEN)
    assert gallery.told == looker.told == [CHOSEN]
    assert looker.pictures == [PictureRef(data=DATA, index=1234, split="val")]
    assert gallery.pictures == []
    assert desk.selecting.current == CHOSEN
    assert gallery.isVisible()


def test_the_status_bar_says_which_and_a_click_looks_at_it(qtbot, desk):
    button = desk.status.selection
    assert button.isHidden()
    desk.views.panels["wall"].selected.emit(CHOSEN)
    assert button.text() == "Image 1,234, cifar10"
    assert "validation image 1,234 of cifar10" in button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.views.panels["attention"].isVisible()


def test_escape_lets_go_of_it_but_leaves_presenter_mode_first(qtbot, desk):
    gallery = desk.views.panels["wall"]
    gallery.selected.emit(CHOSEN)
    desk.set_presenting(True)
    qtbot.keyClick(desk, Qt.Key.Key_Escape)
    assert desk.selecting.current == CHOSEN
    qtbot.keyClick(desk, Qt.Key.Key_Escape)
    assert desk.selecting.current is None
    assert gallery.told == [CHOSEN, None]
    assert desk.status.selection.isHidden()
    qtbot.keyClick(desk, Qt.Key.Key_Escape)
    assert gallery.told == [CHOSEN, None]


def test_a_picture_of_a_data_set_that_is_looked_at_is_selected_and_any_other_ends_the_selection(desk):
    gallery, looker = (desk.views.panels[name] for name in ("wall", "attention"))
    looker.picture_chosen.emit(PictureRef(data=DATA, index=7, size=(96, 96)))
    assert gallery.told == [Selection(7, "cifar10", DATA, "val")]
    assert looker.pictures == []
    looker.picture_chosen.emit(PictureRef(sample="chelsea"))
    assert gallery.told[-1] is None
    assert gallery.pictures[-1] == PictureRef(sample="chelsea")


def test_a_selection_whose_data_is_unknown_is_marked_but_not_looked_at(desk):
    gallery, looker = (desk.views.panels[name] for name in ("wall", "attention"))
    gallery.selected.emit(Selection(3, "mine"))
    assert looker.told == [Selection(3, "mine")]
    assert looker.pictures == []


def test_a_view_that_comes_later_is_told(desk):
    desk.views.panels["wall"].selected.emit(CHOSEN)
    late = Gallery(desk)
    desk.selecting.add(late)
    assert late.told == [CHOSEN]


def test_a_folder_is_called_by_its_name_alone(desk):
    desk.views.panels["wall"].selected.emit(Selection(0, "", DataConfig("/a/b/cats & dogs"), "train"))
    assert desk.status.selection.text() == "Image 0, cats && dogs"


@pytest.mark.parametrize(
    ("change", "same"),
    [({"image_size": 64}, True), ({"download": True}, True), ({"seed": 1}, False), ({"val_fraction": 0.2}, False),
     ({"dials": {"objects": 2}}, False), ({"source": "cifar100"}, False)],
)  # fmt: skip
def test_a_number_means_the_same_image_at_any_size(change, same):
    other = dataclasses.replace(DATA, **change)
    assert same_images(DATA, other) is same
    assert CHOSEN.is_of(other, "val") is same
    assert not CHOSEN.is_of(other, "train")
    assert not CHOSEN.is_of(None, "val")


def test_pictures_are_stepped_through_in_the_split_of_the_one_that_is_shown(qtbot):
    source = Source()
    qtbot.addWidget(source)
    source.show_ref(PictureRef(data=DATA, index=5, split="train"))
    assert "training picture 5" in source.what.text()
    with qtbot.waitSignal(source.chosen) as chosen:
        source.step(1)
    assert chosen.args == [PictureRef(data=DATA, index=6, split="train")]
