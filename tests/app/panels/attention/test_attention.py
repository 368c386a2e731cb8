"""The Attention panel with made-up answers: what it asks, what it draws, how it says what is not to be had."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

from app.bridge.example_run import RUN
from app.panels.attention import AttentionPanel, contents
from app.panels.attention.__main__ import example as alone_example
from app.panels.attention.example import CONVOLUTIONAL, DESCRIPTION, MODEL, WITH_REGISTERS, answer, attended
from app.panels.attention.looking import FIRST, SHIPPED
from app.panels.attention.modes import MODES, NO_ATTENTION, READ
from app.widgets.map_tile import patch_box
from app.widgets.theme import DARK, LIGHT
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import (
    CLASS_QUERY,
    Attend,
    ListModels,
    MeasureMemory,
    MemoryNeed,
    ModelRef,
    PictureRef,
)


@pytest.fixture
def panel(qtbot):
    made = AttentionPanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 1000))
    made.resize(1180, 760)
    return made


@pytest.fixture
def requests(panel):
    asked = []
    panel.requested.connect(asked.append)
    return asked


@pytest.fixture
def settle(panel, qtbot):
    """Until the panel has asked what it wants to ask."""

    def wait():
        qtbot.waitUntil(lambda: not panel._pace.isActive())

    return wait


@pytest.fixture
def reply(panel, requests, settle):
    """Answer everything that is asked, until nothing is."""

    def run(description=DESCRIPTION):
        settle()
        done = 0
        while done < len(requests):
            batch, done = requests[done:], len(requests)
            for request in batch:
                panel.answered(answer(request, description))
            settle()
        requests.clear()

    return run


@pytest.fixture
def shown(panel, reply):
    """The panel with the first answer drawn."""
    panel.look_at(MODEL, DESCRIPTION)
    panel.show()
    reply()
    return panel


def of_side(requests, side):
    return [request for request in requests if isinstance(request, Attend) and request.view == side]


# Beginning -----------------------------------------------------------------------------------------------------------


def test_the_first_start_looks_at_the_shipped_model_and_a_picture_with_a_mask(panel, requests, settle):
    panel.look_at(ModelRef(""), None)
    panel.show()
    settle()
    (request,) = requests
    assert (request.model, request.picture) == (SHIPPED, FIRST)
    assert (request.layers, request.query, request.wants, request.share) == ((-1,), CLASS_QUERY, ("maps",), 0.6)


def test_nothing_is_asked_while_nobody_looks(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    panel.look_from(3)
    settle()
    assert requests == []
    panel.show()
    settle()
    assert len(requests) == 1


def test_every_head_and_the_mean_are_drawn_with_their_layer(shown):
    mosaic = shown.display.stages["a"].mosaic
    assert mosaic.shape == (1, DESCRIPTION.heads + 1)
    assert [mosaic.title((0, k)) for k in (0, 5, 6)] == ["layer 12, head 1", "layer 12, head 6", "layer 12, mean"]
    assert mosaic.tile(0, 6).values == pytest.approx(np.mean([mosaic.tile(0, k).values for k in range(6)], axis=0))
    assert READ in shown.display.warning.text()


# Queries and layers --------------------------------------------------------------------------------------------------


def test_a_click_on_a_patch_asks_from_there_and_marks_it_at_once(shown, requests, settle, qtbot):
    view = shown.sight.picture
    place = patch_box(view.box(), view.grid, 3 * 14 + 5).center()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert shown.display.stages["a"].mosaic.query == 3 * 14 + 5
    settle()
    assert requests[-1].query == 3 * 14 + 5
    assert "row 4, column 6" in shown.sight.queries.words.text()


def test_arrows_move_the_query_and_c_goes_back_to_the_class_token(shown, requests, settle, qtbot):
    shown.look_from(30)
    for key, query in ((Qt.Key.Key_Right, 31), (Qt.Key.Key_Down, 45), (Qt.Key.Key_Left, 44), (Qt.Key.Key_Up, 30)):
        qtbot.keyClick(shown.sight.picture, key)
        assert shown.state.query == query
    qtbot.keyClick(shown.sight.picture, Qt.Key.Key_C)
    settle()
    assert requests[-1].query == CLASS_QUERY


def test_registers_are_queries_of_their_own(panel, reply, requests, settle):
    panel.look_at(MODEL, WITH_REGISTERS)
    panel.show()
    reply(WITH_REGISTERS)
    assert [button.text() for button in panel.sight.queries.buttons.values()] == ["CLS", "R1", "R2", "R3", "R4"]
    panel.sight.queries.buttons[-3].click()
    settle()
    assert requests[-1].query == -3
    assert "register 2" in panel.sight.queries.words.text()


def test_a_network_without_class_token_is_looked_at_from_the_middle(panel, reply):
    bare = dataclasses.replace(DESCRIPTION, class_token=False)
    panel.look_at(MODEL, bare)
    panel.show()
    reply(bare)
    assert panel.state.query == 7 * 14 + 7
    assert panel.sight.queries.buttons == {}


def test_chosen_layers_are_the_rows(shown, requests, reply, settle):
    shown.toolbar.layers.choose([2, 11])
    settle()
    assert requests[-1].layers == (2, 11)
    reply()
    mosaic = shown.display.stages["a"].mosaic
    assert mosaic.shape == (2, 7)
    assert mosaic.title((0, 0)) == "layer 3, head 1"


def test_the_share_of_the_mass_is_asked_for(shown, requests, settle):
    shown.sight.looks.share.slider.setValue(shown.sight.looks.share.slider.maximum())
    settle()
    assert of_side(requests, "a")[-1].share == pytest.approx(0.95)


# Numbers beside the maps ---------------------------------------------------------------------------------------------


def test_numbers_of_a_mask_stand_beside_those_of_random_weights(shown):
    tile = shown.display.stages["a"].mosaic.tile(0, 0)
    assert "random" in tile.words[0]
    assert tile.words[0].startswith("IoU")
    words = shown.display.stages["a"].words.text()
    assert words.startswith("Best for the objects: IoU 0.")
    assert "random weights at best 0." in words
    assert words.count("head") == 2


def test_numbers_of_another_question_are_not_put_beside(shown, requests, settle):
    shown.look_from(5)
    settle()
    shown.answered(answer(of_side(requests, "a")[-1]))
    assert "random" not in shown.display.stages["a"].mosaic.tile(0, 0).words[0]


def test_random_weights_are_named_as_long_as_a_number_has_room():
    request = Attend(1, MODEL, PictureRef(sample="shapes 1"))
    words = contents.score(attended(request), attended(request), 0, 0)
    lengths = [len(each) for each in words]
    assert lengths == sorted(lengths, reverse=True)
    assert ["random" in each for each in words] == [True, True, True, False, False]


def test_without_a_mask_there_are_no_numbers():
    request = Attend(1, MODEL, PictureRef(sample="flower"))
    found = attended(request)
    blind = {**found.arrays, "jaccard": np.full((1, 6), np.nan), "auroc": np.full((1, 6), np.nan)}
    found = dataclasses.replace(found, arrays=blind)
    assert contents.best_head(found) is None
    assert contents.score(found, None, 0, 0) == ()
    assert contents.sentence("heads", found, request, None) == ""


# Ways of looking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_every_way_asks_for_what_it_draws_and_draws_it(shown, requests, reply, settle, mode):
    before = shown.display.grab().toImage()
    shown.toolbar.set_mode(mode)
    if mode == "heads":
        return
    settle()
    assert requests[-1].wants == (MODES[mode].want,)
    reply()
    assert shown.display.stages["a"].mosaic.message == "" or mode in ("layers", "masking")
    assert shown.display.grab().toImage() != before
    names, rows = shown.display.stages["a"].table()
    assert rows
    assert all(len(row) == len(names) for row in rows)


def test_an_entry_of_the_overview_becomes_its_map(shown, requests, reply, settle):
    shown.toolbar.set_mode("layers")
    reply()
    shown.display.stages["a"].overview.entropy.chosen.emit(4, 2)
    settle()
    assert (requests[-1].layers, requests[-1].wants) == ((4,), ("maps",))
    reply()
    assert shown.toolbar.mode == "heads"
    assert shown.display.large == (0, 2)
    assert shown.display.stages["a"].mosaic.title((0, 2)) == "layer 5, head 3"


def test_similarity_needs_a_patch(shown, requests, settle):
    shown.toolbar.set_mode("similarity")
    settle()
    assert requests[-1].query == 7 * 14 + 7


def test_pca_follows_the_border_without_asking(shown, requests, reply):
    shown.toolbar.set_mode("pca")
    reply()
    mosaic = shown.display.stages["a"].mosaic
    before = int(mosaic.tile(0, 0).kept.sum())
    shown.sight.looks.border.slider.setValue(0)
    assert requests == []
    assert mosaic.tile(0, 0).kept.sum() > before
    shown.sight.looks.foreground.setChecked(True)
    shown.sight.looks.border.slider.setValue(shown.sight.looks.border.slider.maximum())
    assert (mosaic.tile(0, 0).values == 128).all()


def test_norms_speak_of_outliers_and_of_registers():
    request = Attend(1, MODEL, PictureRef(sample="flower"), wants=("norms",))
    assert "registers would take in" in contents.sentence("norms", attended(request), request, None)
    assert "no outliers" in contents.sentence("norms", attended(request, WITH_REGISTERS), request, None)
    assert contents.norm_lines(attended(request)).series == contents.NORM_SERIES[:3]
    assert contents.norm_lines(attended(request, WITH_REGISTERS)).series == contents.NORM_SERIES


def test_the_masking_test_stands_below_the_map_that_is_large(shown, requests, reply, settle):
    shown.sight.looks.beside.setChecked(True)
    reply()
    stage = shown.display.stages["a"]
    assert stage.tests_beside
    stage.mosaic._enlarge((0, 3))
    (request,) = of_side(requests, "beside")
    assert (request.wants, request.layers, request.head) == (("masks",), (-1,), 3)
    stage.mosaic._enlarge((0, 6))
    assert of_side(requests, "beside")[-1].head == -1
    shown.toolbar.set_mode("rollout")
    reply()
    assert not stage.tests_beside


# Two models ----------------------------------------------------------------------------------------------------------


def test_random_weights_are_the_same_network_on_the_same_picture(shown, requests, settle, qtbot):
    qtbot.keyClick(shown.sight.picture, Qt.Key.Key_W)
    settle()
    a, b = of_side(requests, "a")[-1], of_side(requests, "b")[-1]
    assert b == dataclasses.replace(
        a, request_id=b.request_id, view="b", model=dataclasses.replace(a.model, random=True)
    )
    for request in (a, b):
        shown.answered(answer(request))
    assert shown.display.card_of["b"].isVisible()
    assert shown.display.card_of["b"].title.startswith("Random weights")
    qtbot.keyClick(shown.sight.picture, Qt.Key.Key_W)
    assert not shown.display.card_of["b"].isVisible()


def test_a_second_model_is_chosen_from_the_list(shown, requests, reply, settle):
    shown.toolbar.beside.buttons["second"].click()
    assert isinstance(requests[-1], ListModels)
    shown.answered(answer(requests[-1]))
    (action, *_) = shown.toolbar.menu.actions()
    action.trigger()
    shown.toolbar.menu.close()
    settle()
    assert of_side(requests, "b")[-1].model == ModelRef("dino-shapes")
    assert of_side(requests, "b")[-1].picture == of_side(requests, "a")[-1].picture


def test_what_is_large_at_one_side_is_large_at_the_other(shown, reply):
    shown.toggle_random()
    reply()
    shown.display.stages["b"].mosaic._enlarge((0, 4))
    assert shown.display.stages["a"].mosaic.large == (0, 4)


# Pictures ------------------------------------------------------------------------------------------------------------


def test_a_picture_of_the_data_by_number(shown, requests, settle):
    data = DataConfig(source="cifar10")
    told = []
    shown.picture_chosen.connect(told.append)
    shown.configure(RunConfig(data=data), Catalogue())
    shown.sight.source.step(1)
    settle()
    picture = of_side(requests, "a")[-1].picture
    assert (picture.data, picture.index, picture.split) == (data, 1, "val")
    assert told == [PictureRef(data=data, index=1)]
    assert "cifar10" in shown.sight.source.what.text()


def test_a_picture_from_elsewhere_keeps_size_and_fit_and_is_not_told_again(shown, requests, settle):
    told = []
    shown.picture_chosen.connect(told.append)
    shown.sight.fitting.fits.buttons["pad"].click()
    shown.show_picture(PictureRef(path="cat.png", size=(1, 1)))
    shown.show_picture(PictureRef(path="cat.png"))
    settle()
    assert of_side(requests, "a")[-1].picture == PictureRef(path="cat.png", size=(0, 0), fit="pad")
    assert told == []


def test_what_is_cut_is_dimmed_and_what_is_added_is_not(shown, reply):
    view = shown.sight.picture
    assert not view._whole.isNull()
    assert view.box().width() < view.width() * 0.8
    shown.sight.fitting.fits.buttons["resize"].click()
    reply()
    assert view._whole.isNull()


def test_a_size_is_looked_at_once_it_is_known_to_fit(shown, requests, settle):
    shown.look_from(14 * 7 + 7)
    settle()
    requests.clear()
    shown.sight.fitting.slider.setValue(28)
    assert requests == [MeasureMemory(requests[0].request_id, MODEL, (448, 448), ("maps",))]
    shown.answered(Answered("", 0, requests[0].request_id, MemoryNeed(10**9, 2 * 10**9, 785, "785 tokens need 1 GB.")))
    settle()
    assert of_side(requests, "a")[-1].picture.size == (448, 448)
    assert of_side(requests, "a")[-1].query == 15 * 28 + 15
    assert "785" in shown.sight.fitting.memory.text()


def test_a_size_that_does_not_fit_is_not_looked_at(shown, requests, settle):
    shown.sight.fitting.slider.setValue(56)
    shown.answered(Answered("", 0, requests[0].request_id, MemoryNeed(10**12, 10**9, 3137, "It needs 1 TB of 1 GB.")))
    settle()
    assert of_side(requests, "a") == []
    assert "1 TB" in shown.sight.fitting.memory.text()


def test_the_pictures_own_shape_is_kept_where_it_is_asked_for(shown, requests):
    shown.sight.fitting.shaped.setChecked(True)
    assert requests[-1].size == (224, 336)  # the example is half as wide again as high


# Models --------------------------------------------------------------------------------------------------------------


def test_another_number_of_heads_reads_the_model_otherwise(shown):
    told = []
    shown.model_chosen.connect(told.append)
    shown.sight.model.changed.emit("heads", "3")
    shown.sight.model.changed.emit("network", "student")
    assert told == [dataclasses.replace(MODEL, heads=3), dataclasses.replace(MODEL, network="student")]


def test_another_model_begins_anew_but_keeps_the_picture(shown, requests, settle):
    shown.show_picture(PictureRef(path="cat.png"))
    shown.look_from(7)
    shown.toolbar.layers.choose([0])
    shown.look_at(ModelRef("other.pth"), None)
    settle()
    request = of_side(requests, "a")[-1]
    assert (request.model.source, request.layers, request.query) == ("other.pth", (-1,), CLASS_QUERY)
    assert request.picture.path == "cat.png"
    assert "Opening" in shown.display.stages["a"].mosaic.message


def test_an_answer_about_the_model_before_comes_too_late(shown, requests, settle):
    shown.look_from(7)
    settle()
    late = of_side(requests, "a")[-1]
    shown.look_at(ModelRef("other.pth"), None)
    shown.answered(answer(late))
    assert "Opening" in shown.display.stages["a"].mosaic.message


def test_a_convolutional_network_shows_what_it_has_and_why_not_more(panel, reply, requests, settle):
    panel.look_at(MODEL, CONVOLUTIONAL)
    panel.show()
    reply(CONVOLUTIONAL)
    assert panel.toolbar.mode == "pca"
    tabs = panel.toolbar.findChild(QTabBar)
    possible = [name for k, name in enumerate(MODES) if tabs.isTabEnabled(k)]
    assert possible == ["pca", "similarity", "occlusion"]
    assert tabs.tabToolTip(0) == NO_ATTENTION
    assert panel.display.warning.text() == NO_ATTENTION
    for mode in possible:
        panel.toolbar.set_mode(mode)
        reply(CONVOLUTIONAL)
        assert panel.display.stages["a"].mosaic.message == ""


# Live ----------------------------------------------------------------------------------------------------------------


def test_a_run_is_looked_at_again_once_it_got_further_and_the_last_answer_is_there(panel, requests, settle, picture_at):
    panel.look_at(ModelRef("runs/x", run_id=RUN), DESCRIPTION)
    panel.show()
    panel.refresh(picture_at(100))
    settle()
    assert len(requests) == 1
    panel.refresh(picture_at(200))
    settle()
    assert len(requests) == 1, "one at a time"
    live = dataclasses.replace(attended(requests[0]), step=100)
    panel.answered(Answered("", 0, requests[0].request_id, live))
    panel.answered(answer(of_side(requests, "control")[0]))
    settle()
    assert len(of_side(requests, "a")) == 2
    assert panel.display.card_of["a"].title.endswith("step 100")
    assert panel.display.caption.text().endswith("step 100")
    panel.answered(answer(of_side(requests, "a")[1]))
    settle()
    assert len(of_side(requests, "control")) == 1, "random weights do not train"
    asked = len(of_side(requests, "a"))
    panel.refresh(picture_at(200))
    settle()
    assert len(of_side(requests, "a")) == asked, "it got no further"


def test_a_worker_that_shows_the_same_again_is_asked_less_often(panel, requests, settle, picture_at):
    panel.look_at(ModelRef("runs/x", run_id=RUN), DESCRIPTION)
    panel.show()
    panel.refresh(picture_at(10))
    settle()
    picture, asked = picture_at(10), []
    for step in range(11, 31):
        picture.progress = dataclasses.replace(picture.progress, step=step)
        for request in requests:
            same = dataclasses.replace(attended(request), step=10)
            panel.answered(Answered("", 0, request.request_id, same))
        requests.clear()
        panel.refresh(picture)
        settle()
        asked += [step for request in requests if request.view == "a"]
    assert 3 <= len(asked) <= 8
    assert np.diff(asked)[-1] > np.diff(asked)[0]


# Trouble -------------------------------------------------------------------------------------------------------------


def test_a_refusal_is_said_where_the_maps_would_be(shown, requests, settle):
    shown.look_from(3)
    settle()
    shown.answered(
        Refused("", 0, requests[-1].request_id, "InspectError", "Its positions are fixed.", "Choose 224 px.")
    )
    assert shown.display.stages["a"].mosaic.message == "Its positions are fixed. Choose 224 px."
    assert not shown.display.caption.text()
    assert not shown.display.card_of["a"].title


def test_what_was_overtaken_is_not_said(shown, requests, settle):
    shown.look_from(3)
    settle()
    shown.answered(Refused("", 0, requests[-1].request_id, "Superseded", "A newer one."))
    assert shown.display.stages["a"].mosaic.message == ""


def test_a_lost_worker_is_asked_again(shown, requests, settle):
    shown.look_from(3)
    settle()
    shown.answered(Refused("", 0, requests[-1].request_id, "WorkerLost", "It is gone."))
    before = len(requests)
    shown.refresh(None)
    settle()
    assert len(requests) == before + 1


def test_progress_is_said_until_there_is_something_to_see(panel, requests, settle):
    panel.look_at(MODEL, None)
    panel.show()
    settle()
    panel.answered(Advanced("", 0, requests[0].request_id, 0.5, "reading"))
    assert panel.display.stages["a"].mosaic.message == "reading 50 %"


# Figure and looks ----------------------------------------------------------------------------------------------------


def test_the_figure_carries_model_hash_size_layer_and_query(shown):
    widget, title = shown.figure()
    assert widget.isAncestorOf(shown.display.caption)
    for word in ("DINO ViT-S/16", DESCRIPTION.short_hash, "224 × 224 px", "layers", "query"):
        assert word in shown.display.caption.text()
    assert "/" not in title


def test_alone_it_shows_maps_in_every_look(qtbot):
    panel = alone_example()
    qtbot.addWidget(panel)
    panel.resize(900, 700)
    panel.show()
    qtbot.waitUntil(lambda: panel.display.stages["a"].mosaic.shape == (1, 7))
    looks = []
    for theme in (LIGHT, DARK, dataclasses.replace(LIGHT, scale=1.6)):
        panel.set_theme(theme)
        looks.append(panel.grab().toImage())
    assert looks[0] != looks[1]
    assert looks[0] != looks[2]


def test_everything_is_offered_to_the_palette(panel):
    words = [action.text() for action in panel.offers()]
    assert len(words) == len(set(words)) == len(MODES) + 4


@pytest.mark.parametrize(("picked", "then"), [(None, "heads"), ("occlusion", "occlusion")])
def test_a_way_that_a_network_lacks_comes_back_with_one_that_has_it(panel, reply, picked, then):
    panel.look_at(MODEL, CONVOLUTIONAL)
    panel.show()
    reply(CONVOLUTIONAL)
    if picked:
        panel.toolbar.set_mode(picked)
    panel.look_at(ModelRef("another.pth"), DESCRIPTION)
    assert panel.toolbar.mode == then
