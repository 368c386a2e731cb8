"""The Embeddings panel with recorded answers: what it asks, what it draws, what it says, how it goes on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.bridge.example_run import RUN
from app.panels.base import Selection
from app.panels.embeddings import EmbeddingsPanel
from app.panels.embeddings.__main__ import example as alone
from app.panels.embeddings.example import DATA, DESCRIPTION, GRID, MODEL, STEPS, answer
from app.panels.embeddings.panel import IDLE, OPENING
from app.panels.embeddings.state import SHIPPED
from app.widgets.theme import DARK
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Advanced, Refused
from sslviz.spec.inspection import DescribeModel, ModelRef, PictureRef
from sslviz.spec.mapping import (
    CLUSTER,
    OWN_PATCH,
    ColourPoints,
    FindNeighbours,
    LayoutPlan,
    MapFeatures,
    MapRun,
)
from sslviz.spec.requests import Cancel

FOLDER = ModelRef("runs/x")


@pytest.fixture
def panel(qtbot):
    made = EmbeddingsPanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 100_000))
    made.resize(1200, 760)
    made.configure(RunConfig(), shipped_catalogue())
    made.show()
    return made


@pytest.fixture
def requests(panel):
    asked = []
    panel.requested.connect(asked.append)
    return asked


@pytest.fixture
def settle(panel, qtbot):
    def wait():
        qtbot.waitUntil(lambda: not panel._pace.isActive())

    return wait


def of(requests, kind):
    return [request for request in requests if isinstance(request, kind)]


def refuse(panel, request, message="It cannot be.", hint="Change it.", kind="InspectError", field=""):
    panel.answered(Refused("", 0, request.request_id, kind, message, hint, "", field))


@pytest.fixture
def drawn(panel, requests, settle):
    """A map of 2,000 images by UMAP."""
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    for request in of(requests, MapFeatures):
        panel.answered(answer(request))
    del requests[:]
    return panel


# What is asked -----------------------------------------------------------------------------------------------------


def test_pca_is_asked_for_at_once_and_umap_beside_it(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    quick, thorough = of(requests, MapFeatures)
    assert (quick.layout, quick.view) == (LayoutPlan("pca"), "a:pca")
    assert (thorough.layout.method, thorough.view) == ("umap", "a")
    assert quick.features == thorough.features
    assert (quick.features.model, quick.features.data, quick.features.split) == (MODEL, DATA, "val")
    assert (quick.features.images, quick.features.tokens, quick.features.layer) == (2_000, "pooled", -1)


def test_without_a_model_the_one_that_ships_is_described_first(panel, requests, settle):
    panel.look_at(ModelRef(""), None)
    settle()
    (request,) = of(requests, DescribeModel)
    assert request.model == SHIPPED
    panel.answered(answer(request))
    settle()
    assert of(requests, MapFeatures)[0].features.data == DATA


def test_the_data_of_the_next_run_stand_in_where_nobody_knows_the_models_own(panel, requests, settle):
    panel.look_at(MODEL, dataclasses.replace(DESCRIPTION, data=None))
    settle()
    assert of(requests, MapFeatures)[0].features.data == RunConfig().data
    assert "Nobody knows" in panel.controls.data.note.text()


def test_a_hidden_view_asks_for_nothing(panel, requests, settle):
    panel.hide()
    del requests[:]  # what was asked while it was seen
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    assert not requests
    panel.show()
    settle()
    assert len(of(requests, MapFeatures)) == 2


def test_parameters_that_pca_does_not_have_do_not_change_its_plan(drawn, requests, settle):
    drawn.change("neighbours", 40)
    settle()
    quick, thorough = of(requests, MapFeatures)
    assert quick.layout == LayoutPlan("pca")
    assert thorough.layout == LayoutPlan("umap", neighbours=40)
    drawn.change("method", "PCA")
    settle()
    assert of(requests, MapFeatures)[-1].layout == LayoutPlan("pca")
    drawn.change("method", "t-SNE")
    settle()
    assert of(requests, MapFeatures)[-1].layout == LayoutPlan("tsne")


@pytest.mark.parametrize(("name", "value", "field", "wanted"), [
    ("split", "training", "split", "train"), ("images", 0, "images", 0), ("sample_seed", 3, "seed", 3),
    ("tokens", "projected (z)", "tokens", "projected"), ("layer", 4, "layer", 3), ("layer", 12, "layer", -1),
])  # fmt: skip
def test_choices_are_what_is_asked(drawn, requests, settle, name, value, field, wanted):
    drawn.controls.changed.emit(name, value)
    settle()
    assert all(getattr(request.features, field) == wanted for request in of(requests, MapFeatures))


def test_own_images_are_asked_for_by_their_path(drawn, requests, settle, tmp_path):
    drawn.controls.data.choose(str(tmp_path))
    settle()
    assert of(requests, MapFeatures)[0].features.data.source == str(tmp_path)
    assert tmp_path.name in drawn.controls.data.box.currentText()
    drawn.controls.data.choose("")
    settle()
    assert of(requests, MapFeatures)[-1].features.data == DATA


def test_a_class_token_is_offered_only_by_networks_that_have_one(panel):
    panel.look_at(MODEL, DESCRIPTION)
    assert "class token" in panel.controls.features.rows["tokens"].info.choices
    panel.look_at(ModelRef("cnn.pth"), dataclasses.replace(DESCRIPTION, class_token=False, kind="cnn"))
    assert "class token" not in panel.controls.features.rows["tokens"].info.choices


def test_only_parameters_that_matter_are_shown(drawn):
    rows = drawn.controls.map.rows
    assert not rows["min_dist"].editor.isHidden()
    assert rows["perplexity"].editor.isHidden()
    assert "keeps small groups" in drawn.controls.effects.text()
    drawn.change("method", "t-SNE")
    assert rows["min_dist"].editor.isHidden()
    assert not rows["perplexity"].editor.isHidden()


# What is drawn -----------------------------------------------------------------------------------------------------


def test_pca_is_drawn_until_umap_is_there(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    quick, thorough = of(requests, MapFeatures)
    panel.answered(Advanced("", 0, quick.request_id, 0.4, "painting 8,000 of 20,000 images"))
    assert panel.stage.map.plane.message == "Painting 8,000 of 20,000 images …"
    panel.answered(answer(quick))
    assert panel.page.card.title.startswith("PCA: 2,000 of 2,000 images")
    assert "31\u00a0% + 17\u00a0%" in panel.page.card.title
    assert panel.controls.button.text() == "Cancel"
    panel.answered(Advanced("", 0, thorough.request_id, 0.4, "UMAP, round 80 of 200"))
    assert panel.controls.progress.share == 0.4
    assert panel.stage.map.plane.message == ""
    panel.answered(answer(thorough))
    assert panel.page.card.title.startswith("UMAP: 2,000")
    assert panel.controls.button.text() == "Lay out again"
    panel.look_at(ModelRef("another"), DESCRIPTION)
    assert panel.stage.map.plane.message == OPENING
    assert panel.page.card.title == "Map"  # nothing is said of a map that is gone


def test_umap_that_was_laid_out_before_is_not_replaced_by_pca(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    quick, thorough = of(requests, MapFeatures)
    panel.answered(answer(thorough))
    panel.answered(answer(quick))
    assert panel.page.card.title.startswith("UMAP")


def test_what_the_map_does_not_show_is_always_beside_it(drawn):
    assert "gaps between them" in drawn.stage.about.text()
    assert "Trustworthiness 0.94" in drawn.stage.scores.text()
    assert DESCRIPTION.short_hash in drawn.stage.caption.text()
    for label in (drawn.stage.about, drawn.stage.scores, drawn.stage.caption):
        assert label.isVisible()


def test_a_cancelled_layout_leaves_pca_standing(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    quick, thorough = of(requests, MapFeatures)
    panel.answered(answer(quick))
    panel.controls.button.click()
    assert of(requests, Cancel) == [Cancel(thorough.request_id)]
    refuse(panel, thorough, kind="Cancelled")
    assert panel.controls.button.text() == "Lay out again"
    assert panel.page.card.title.startswith("PCA")
    assert not panel.stage.problem.text()


def test_why_there_is_no_map_is_said_in_its_place_or_beside_the_one_that_is_there(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    quick, thorough = of(requests, MapFeatures)
    refuse(panel, quick, "Features of 3 images are not numbers.", "Leave them out.")
    assert panel.stage.map.plane.message == "Features of 3 images are not numbers. Leave them out."
    panel.lay_out_again()
    settle()
    quick, thorough = of(requests, MapFeatures)[-2:]
    panel.answered(answer(quick))
    refuse(panel, thorough, "Too few points.", "Take more.", field="neighbours")
    assert panel.controls.map.rows["neighbours"].problem.text() == "Too few points. Take more."
    refuse(panel, thorough)  # an answer that nobody waits for changes nothing
    assert panel.stage.cloud is not None


def test_a_lost_worker_is_asked_again(panel, requests, settle):
    panel.look_at(MODEL, DESCRIPTION)
    settle()
    refuse(panel, of(requests, MapFeatures)[0], kind="WorkerLost")
    panel.refresh(None)
    settle()
    assert len(of(requests, MapFeatures)) == 4


def test_another_model_takes_everything_away(drawn, requests, settle):
    drawn.catch(np.arange(5))
    drawn.look_at(ModelRef("other.pth"), None)
    assert drawn.stage.cloud is None
    assert not drawn.side.gallery.images
    settle()
    assert of(requests, DescribeModel)[0].model.source == "other.pth"


# Colours -----------------------------------------------------------------------------------------------------------


def test_labels_need_no_question_and_the_rest_is_asked_for(drawn, requests):
    assert drawn.stage.colours.title == "label"
    drawn.change("clusters", 4)
    drawn.change("colour", "k-means group")
    (request,) = of(requests, ColourPoints)
    assert (request.by, request.clusters) == (CLUSTER, 4)
    drawn.answered(answer(request))
    assert drawn.stage.colours.title == "k-means, 4 groups"
    assert "seeded" in drawn.controls.about_colour.text()
    drawn.change("colour", "label")
    drawn.change("colour", "k-means group")
    assert len(of(requests, ColourPoints)) == 1  # it is known


def test_factors_of_the_data_can_be_chosen(drawn, requests):
    assert {"hue", "size"} <= set(drawn.controls.colours.rows["colour"].info.choices)
    drawn.change("colour", "hue")
    assert of(requests, ColourPoints)[0].by == "hue"


def test_a_colour_that_cannot_be_had_says_why_and_changes_nothing(drawn, requests):
    drawn.change("colour", "loss")
    refuse(drawn, of(requests, ColourPoints)[0], "Its task is not known.", "Colour by label.")
    assert drawn.controls.about_colour.text() == "Its task is not known. Colour by label."
    assert drawn.stage.colours.title == "label"


def test_colours_of_another_number_of_points_are_not_drawn(drawn, requests, settle):
    drawn.change("colour", "loss")
    late = of(requests, ColourPoints)[0]
    drawn.change("images", 100)
    settle()
    for request in of(requests, MapFeatures):
        drawn.answered(answer(request))
    drawn.answered(answer(late))
    assert drawn.stage.map.count == 100
    assert of(requests, ColourPoints)[-1].features.images == 100


# Choosing ----------------------------------------------------------------------------------------------------------


def test_a_click_selects_everywhere_and_lists_the_nearest(drawn, requests, qtbot):
    told = []
    drawn.selected.connect(told.append)
    drawn.stage.map.clicked.emit(40)
    index = int(drawn.stage.cloud.index[40])
    assert told == [Selection(index, "shapes", DATA, "val")]
    (request,) = of(requests, FindNeighbours)
    assert (request.index, request.patch, request.metric) == (index, OWN_PATCH, "cosine")
    drawn.answered(answer(request))
    assert drawn.side.nearest.text_of(0).startswith("0.020")
    assert f"image {index:,}" in drawn.side.cards[1].title
    drawn.select(told[0])
    assert len(told) == 1
    assert len(of(requests, FindNeighbours)) == 1
    near = drawn.side.neighbours[2]
    drawn.side.nearest.chosen.emit(2)
    assert told[-1].index == near


def test_images_chosen_elsewhere_are_found_or_it_is_said_why_not(drawn, requests, settle):
    drawn.change("images", 50)
    settle()
    for request in of(requests, MapFeatures):
        drawn.answered(answer(request))
    cloud = drawn.stage.cloud
    inside = int(cloud.index[7])
    drawn.show_picture(PictureRef(data=DATA, index=inside, split="val"))
    assert drawn.drawing.point == (inside, OWN_PATCH)
    outside = next(k for k in range(2_000) if k not in cloud.pictures)
    drawn.select(Selection(outside, data=dataclasses.replace(DATA, download=True), split="val"))
    assert "is not among the 50" in drawn.side.nearest.message
    drawn.select(Selection(inside, data=DataConfig(source="cifar10"), split="val"))
    drawn.select(Selection(inside, data=DATA, split="train"))
    assert drawn.drawing.point is None
    drawn.select(Selection(inside, data=DATA, split="val"))
    drawn.deselect()
    assert drawn.drawing.point is None
    assert drawn.stage.map.plane.chosen == -1


def test_hovering_shows_the_picture_and_leaving_the_chosen_one(drawn, requests):
    drawn.stage.map.clicked.emit(3)
    drawn.stage.map.hovered.emit(9)
    index = int(drawn.stage.cloud.index[9])
    assert drawn.side.large.texts[0].startswith(f"image {index:,}")
    fetched = of(requests, FetchImages)
    assert any(index in request.indices for request in fetched)
    for request in fetched:
        drawn.answered(answer(request))
    assert drawn.side.large._images[0] is not None
    drawn.stage.map.hovered.emit(-1)
    assert drawn.side.large.texts[0].startswith(f"image {int(drawn.stage.cloud.index[3]):,}")


def test_a_vanished_data_set_is_said_once_pictures_are_wanted(drawn, requests):
    drawn.stage.map.hovered.emit(9)
    refuse(drawn, of(requests, FetchImages)[0], "The folder is gone.", "Choose another.")
    assert drawn.stage.problem.text() == "The folder is gone. Choose another."


def test_thumbnails_come_from_the_data(drawn, requests):
    put = []
    drawn.stage.map.put_thumbnails = lambda rows, pictures: put.append((tuple(rows), [p.shape for p in pictures]))
    drawn.drawing._want_thumbnails((5, 6))
    (request,) = of(requests, FetchImages)
    assert set(request.indices) == set(drawn.stage.cloud.index[[5, 6]].tolist())
    drawn.answered(answer(request))
    assert put == [((5, 6), [(48, 48, 3)] * 2)]


# Patches -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def patches(drawn, requests, settle):
    """The patches of an image and of its nearest neighbours."""
    drawn.stage.map.clicked.emit(40)
    drawn.answered(answer(of(requests, FindNeighbours)[0]))
    drawn.map_patches()
    settle()
    for request in of(requests, MapFeatures):
        drawn.answered(answer(request))
    return drawn


def test_patches_of_the_chosen_image_and_its_neighbours(patches, requests):
    plan = of(requests, MapFeatures)[-1].features
    assert plan.tokens == "patches"
    assert len(plan.chosen) == 6
    assert patches.side.large.count == 6
    assert patches.side.large.grid == GRID
    assert patches.stage.map.count == 6 * GRID[0] * GRID[1]
    assert patches.stage.colours.title == "picture"
    assert len(patches.stage.colours.names) == 6


def test_points_and_patches_point_at_each_other(patches):
    cloud = patches.stage.cloud
    row = GRID[0] * GRID[1] + 7  # the eighth patch of the second picture
    patches.stage.map.hovered.emit(row)
    assert patches.side.large.marked == {(1, 7)}
    patches.stage.map.hovered.emit(-1)
    assert not patches.side.large.marked
    patches.side.large.hovered.emit(2, 5)
    assert patches.stage.map.plane.under == cloud.row_of(cloud.pictures[2], 5)
    patches.side.large.hovered.emit(-1, -1)
    assert patches.stage.map.plane.under == -1


def test_a_chosen_patch_is_outlined_with_those_nearest_to_it(patches, requests):
    patches.side.large.chosen.emit(1, 7)
    request = of(requests, FindNeighbours)[-1]
    assert request.patch == 7
    patches.answered(answer(request))
    assert (1, 7) in patches.side.large.marked
    assert len(patches.side.large.marked) > 1
    assert "row 2, column 2" in patches.side.cards[1].title


def test_patches_are_not_asked_for_as_whole_images(patches, requests):
    assert patches.drawing.point is None
    asked = len(of(requests, FindNeighbours))
    patches.select(Selection(patches.stage.cloud.pictures[0], data=DATA, split="val"))
    patches.select(Selection(1_999, data=DATA, split="val"))
    assert "not mapped" in patches.side.nearest.message
    assert len(of(requests, FindNeighbours)) == asked


def test_back_to_whole_images(patches, requests, settle):
    patches.side.large.chosen.emit(1, 7)
    index = patches.drawing.point[0]
    patches.map_images()
    settle()
    plan = of(requests, MapFeatures)[-1].features
    for request in of(requests, MapFeatures)[-2:]:
        patches.answered(answer(request))
    assert patches.drawing.point == (index, OWN_PATCH)
    assert (plan.tokens, plan.chosen, plan.images) == ("pooled", (), 2_000)
    assert patches.state.by == "label"


# Time --------------------------------------------------------------------------------------------------------------


def test_the_timeline_asks_once_for_all_snapshots_and_then_only_moves_points(drawn, requests, settle):
    drawn.look_at(FOLDER, DESCRIPTION)
    drawn.at_step(100)
    settle()
    quick, thorough = of(requests, MapRun)
    assert not of(requests, MapFeatures)
    assert (quick.layout.method, thorough.layout.method) == ("pca", "umap")
    assert (quick.features.model, quick.steps) == (FOLDER, ())
    for request in (quick, thorough):
        drawn.answered(answer(request))
    assert "Step 100: snapshot 3 of 5" in drawn.page.card.title
    frames = answer(thorough).payload.points
    for step in STEPS:
        drawn.look_at(dataclasses.replace(FOLDER, snapshot=step), DESCRIPTION)
        drawn.at_step(step)
        settle()
        assert np.array_equal(drawn.stage.cloud.points, frames[STEPS.index(step)])
    assert len(of(requests, MapRun)) == 2
    drawn.at_step(None)
    settle()
    assert of(requests, MapFeatures)


def test_other_parameters_are_asked_for_while_snapshots_are_laid_out(drawn, requests, settle):
    drawn.look_at(FOLDER, DESCRIPTION)
    drawn.at_step(0)
    settle()
    first = of(requests, MapRun)
    drawn.at_step(40)
    settle()
    assert len(of(requests, MapRun)) == len(first)
    drawn.change("neighbours", 5)
    settle()
    assert {request.request_id for request in of(requests, Cancel)} == {request.request_id for request in first}
    assert of(requests, MapRun)[-1].layout.neighbours == 5


def test_colours_of_a_snapshot_are_asked_for_once_the_timeline_rests(drawn, requests, settle, qtbot):
    drawn.change("colour", "loss")
    drawn.look_at(FOLDER, DESCRIPTION)
    drawn.at_step(0)
    settle()
    for request in of(requests, MapRun):
        drawn.answered(answer(request))
    del requests[:]
    for step in STEPS[1:]:
        drawn.look_at(dataclasses.replace(FOLDER, snapshot=step), DESCRIPTION)
        drawn.at_step(step)
    assert not of(requests, ColourPoints)
    qtbot.waitUntil(lambda: bool(of(requests, ColourPoints)))
    (request,) = of(requests, ColourPoints)
    assert request.features.model.snapshot == STEPS[-1]


def test_neighbours_follow_the_timeline_once_it_rests(drawn, requests, settle, qtbot):
    drawn.look_at(FOLDER, DESCRIPTION)
    drawn.at_step(0)
    settle()
    for request in of(requests, MapRun):
        drawn.answered(answer(request))
    drawn.stage.map.clicked.emit(3)
    drawn.look_at(dataclasses.replace(FOLDER, snapshot=40), DESCRIPTION)
    drawn.at_step(40)
    qtbot.waitUntil(lambda: len(of(requests, FindNeighbours)) == 2)
    assert of(requests, FindNeighbours)[-1].features.model.snapshot == 40


def test_all_snapshots_at_once_coloured_by_their_step(drawn, requests):
    drawn.change("colour", "snapshot")
    for request in of(requests, MapRun):
        drawn.answered(answer(request))
    assert drawn.stage.map.count == 2_000 * len(STEPS)
    assert drawn.stage.colours.title == "snapshot, step"
    drawn.change("colour", "label")
    assert drawn.stage.map.count == 2_000
    assert drawn.stage.colours.title == "label"


def test_a_run_without_snapshots_says_so(drawn, requests, settle):
    drawn.change("colour", "snapshot")
    for request in of(requests, MapRun):
        refuse(drawn, request, "There are no snapshots.", "Choose a run.")
    assert drawn.stage.problem.text() == "There are no snapshots. Choose a run."
    assert drawn.stage.map.count == 2_000


# A run that trains -------------------------------------------------------------------------------------------------


def test_of_a_run_that_trains_pca_alone_is_asked_for_until_the_user_wants_more(panel, requests, settle, picture_at):
    panel.look_at(ModelRef("runs/x", run_id=RUN), DESCRIPTION)
    panel.refresh(picture_at(100))
    settle()
    (quick,) = of(requests, MapFeatures)
    assert quick.layout == LayoutPlan("pca")
    assert "Lay out again" in panel.controls.cost.text()
    panel.answered(answer(quick))
    panel.controls.button.click()
    settle()
    assert of(requests, MapFeatures)[-1].layout.method == "umap"
    for request in of(requests, MapFeatures)[1:]:
        panel.answered(answer(request))
    assert "3.1 s of the worker's time" in panel.controls.cost.text()
    assert "step 100" in panel.controls.cost.text()


def test_it_is_laid_out_anew_every_so_often_and_says_what_that_costs(panel, requests, settle, picture_at, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("app.panels.embeddings.rhythm.time.monotonic", lambda: now[0])
    panel.look_at(ModelRef("runs/x", run_id=RUN), DESCRIPTION)
    panel.refresh(picture_at(100))
    settle()
    panel.answered(answer(of(requests, MapFeatures)[0]))
    panel.controls.changed.emit("every", 20)
    for later, asked in ((19.0, 1), (1.0, 3)):
        now[0] += later
        panel.refresh(picture_at(120))
        settle()
        assert len(of(requests, MapFeatures)) == asked
    for request in of(requests, MapFeatures)[1:]:
        panel.answered(answer(request))
    assert "Every 20 s that is 13 % of a core." in panel.controls.cost.text()


# The rest ----------------------------------------------------------------------------------------------------------


def test_keys(drawn, requests, settle, qtbot):
    qtbot.keyClick(drawn.stage.map.plane, Qt.Key.Key_M)
    assert drawn.controls.isHidden()
    qtbot.keyClick(drawn.stage.map.plane, Qt.Key.Key_M)
    assert not drawn.controls.isHidden()
    qtbot.keyClick(drawn.stage.map.plane, Qt.Key.Key_R)
    settle()
    assert len(of(requests, MapFeatures)) == 2


def test_what_is_drawn_can_be_had_as_numbers(drawn):
    head, rows = drawn.stage.table()
    assert head[:5] == ["image", "patch", "class", "x", "y"]
    assert len(rows) == 2_000
    cloud = drawn.stage.cloud
    assert rows[5][:3] == [float(cloud.index[5]), -1.0, cloud.class_of(5)]
    assert rows[5][3:5] == pytest.approx(cloud.points[5].tolist())


def test_the_figure_is_the_map_with_what_is_said_of_it(drawn):
    widget, title = drawn.figure()
    assert widget is drawn.page.card
    assert title == "Embeddings, DINO ViT-S-16, teacher, UMAP"
    assert DESCRIPTION.short_hash in drawn.figure_caption()
    assert drawn.figure_caption().endswith("coloured by label")
    drawn.look_at(ModelRef("other.pth"), None)
    assert drawn.figure_caption() == ""


def test_actions_for_the_palette(drawn, requests, settle):
    actions = {action.text(): action for action in drawn.offers()}
    actions["Embeddings: lay out by t-SNE"].trigger()
    settle()
    assert of(requests, MapFeatures)[-1].layout.method == "tsne"


def test_a_narrow_view_keeps_what_cannot_be_done_otherwise(drawn, qtbot):
    drawn.resize(820, 600)
    qtbot.waitUntil(drawn.stage.map.buttons["in"].isHidden)
    assert drawn.stage.map.modes.buttons["lasso"].isVisible()
    assert drawn.stage.map.width() <= drawn.stage.width()


def test_without_room_the_map_has_it_all_until_the_user_wants_the_columns(drawn, qtbot):
    drawn.resize(600, 500)
    qtbot.waitUntil(drawn.controls.isHidden)
    assert drawn.side.isVisible()
    drawn.resize(400, 500)
    qtbot.waitUntil(drawn.side.isHidden)
    drawn.page.toggle_large()
    assert drawn.controls.isVisible()
    assert drawn.side.isVisible()
    drawn.page.toggle_large()
    drawn.resize(1200, 760)
    assert drawn.controls.isHidden()  # as the user wanted it


def test_alone_it_draws_in_the_dark(qtbot):
    panel = alone()
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.resize(900, 600)
    panel.show()
    qtbot.waitUntil(lambda: panel.stage.map.count == 2_000)
    assert not panel.grab().isNull()


def test_idle_text_is_said_first(panel):
    assert panel.stage.map.plane.message == IDLE
