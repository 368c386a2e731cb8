"""The Train panel shows what the run's picture holds, where it holds it, and asks for what the user flips."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.bridge.example_run import BATCH, DIM, FEATURES, RUN, SHOWN, example_catalogue
from app.bridge.picture import RunPicture
from app.panels.base import Selection
from app.panels.train import live, stages
from app.panels.train.figures import FIGURES
from app.panels.train.timeline import Timeline
from app.widgets.matrix_view import UNSEEN
from sslviz.spec.augmentation import OPERATIONS
from sslviz.spec.events import Failed, Flipped, Progressed, Referenced, Scalars, StateChanged
from sslviz.spec.measures import MEASURES
from sslviz.spec.requests import SetParam
from sslviz.spec.suspects import flip_text

FLIP = 320


def points(plot, k=0):
    x, y = plot._series[k].raw.getData()
    return np.asarray(x), np.asarray(y)


# Curves --------------------------------------------------------------------------------------------------------------


def test_every_curve_is_the_series_that_was_measured(panel, draw, picture_at):
    picture = picture_at(300)
    panel.toolbar.smoothing.setValue(0)
    draw(picture, panel.curves)
    shown = {name for name, figure in FIGURES.items() if panel.curves.curves[name].card.isVisibleTo(panel)}
    assert shown == {name for name, figure in FIGURES.items() if {m for m, _ in figure.lines} & picture.table.measured}
    for name in shown:
        for k, (measure, _) in enumerate(FIGURES[name].lines):
            figure = FIGURES[name]
            steps, values = picture.table.series(measure)
            x, y = points(panel.curves.curves[name].plot, k)
            np.testing.assert_array_equal(x, steps, name)
            np.testing.assert_allclose(y, values * figure.factor, err_msg=name)


def test_every_measure_that_a_run_tells_has_a_curve():
    shown = {measure for figure in FIGURES.values() for measure, _ in figure.lines}
    assert shown == set(MEASURES) - {"epoch", "seconds"}


def test_the_parts_of_the_loss_are_drawn_as_the_run_names_them(panel, draw, picture_at):
    picture = picture_at(0)
    rows = np.array([[2.0, 3.0], [1.0, 2.5]])
    picture.fold(Scalars(RUN, 2, ("part.attract", "part.push_away"), np.array([1, 2]), rows))
    draw(picture, panel.curves)
    plot = panel.curves.curves["parts"].plot
    assert [curve.label for curve in plot._curves] == ["attract", "push away"]
    assert points(plot, 1)[1].tolist() == [3.0, 2.5]


def test_chance_and_baselines_are_drawn_in(panel, draw, picture_at):
    draw(picture_at(300))
    lines = dict(panel.overview.knn.plot.references.lines)
    assert lines == pytest.approx({"chance": 100 / 6, "random weights": 31, "raw pixels": 38})
    assert dict(panel.overview.loss.plot.references.lines) == pytest.approx({"chance ln(2N−1)": np.log(2 * BATCH - 1)})


def test_a_line_that_no_longer_holds_is_taken_away(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    picture.fold(Referenced(RUN, 300, "loss", "chance ln(2N−1)", float("nan")))
    picture.fold(Referenced(RUN, 300, "loss", "lowest possible", 0.0))
    draw(picture)
    assert panel.overview.loss.plot.references.lines == (("lowest possible", 0.0),)


def test_flips_are_marked_on_every_plot(panel, draw, picture_at):
    draw(picture_at())
    for piece in (panel.overview.loss, panel.overview.knn):
        assert piece.plot.marks.marks == ((FLIP, "negatives → off"),)
    plane = panel.overview.plane.plot
    steps, uniformity = picture_at().table.series("uniformity")
    assert plane.flips.getData()[0].tolist() == [uniformity[steps <= FLIP][-1]]


@pytest.mark.parametrize(("axis", "column"), [("epoch", "epoch"), ("time", "seconds")])
def test_the_x_axis_counts_what_is_asked_for(panel, draw, picture_at, axis, column):
    picture = picture_at()
    draw(picture)
    panel.toolbar.axis.setCurrentText(axis)
    draw(picture)
    steps, where = picture.table.series(column)
    sparse = picture.table.series("knn")[0]
    x, _ = points(panel.overview.knn.plot)
    np.testing.assert_array_equal(x, where[np.searchsorted(steps, sparse)])
    assert panel.overview.knn.plot.marks.marks[0][0] == where[steps == FLIP][0]
    assert Timeline(picture, axis).at(np.array([0]))[0] == 0


def test_smoothing_and_log_axis_reach_the_plots(panel, draw, picture_at):
    picture = picture_at(300)
    panel.toolbar.log.setChecked(True)
    panel.toolbar.smoothing.setValue(50)
    draw(picture)
    plot = panel.overview.loss.plot
    _, loss = picture.table.series("loss")
    np.testing.assert_allclose(points(plot)[1], np.log10(loss))
    assert "smoothed" in plot.reading()


def test_only_what_changed_is_drawn_anew(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    wishes = panel.toolbar.wishes()
    assert [piece.draw(picture, wishes) for piece in panel.overview.pieces] == [False] * 5
    picture.fold(Scalars(RUN, 301, ("loss",), np.array([301]), np.array([[2.0]])))
    changed = [piece for piece in panel.overview.pieces if piece.draw(picture, wishes)]
    assert changed == [panel.overview.loss]
    assert points(panel.overview.loss.plot)[1][-1] == 2.0


def test_values_that_are_no_numbers_are_left_out(panel, draw, picture_at):
    picture = picture_at(100)
    steps = np.arange(101, 104)
    picture.fold(Scalars(RUN, 103, ("loss", "knn"), steps, np.array([[np.inf, np.nan], [1.5, np.inf], [-np.inf, 0.5]])))
    draw(picture)
    assert points(panel.overview.loss.plot)[0][-2:].tolist() == [100, 102]
    assert points(panel.overview.knn.plot)[1][-1] == 50


# Diagnosis and gauges ------------------------------------------------------------------------------------------------


def test_the_diagnosis_is_one_sentence_with_its_level(panel, draw, picture_at):
    draw(picture_at(300))
    assert panel.banner.level == "good"
    assert panel.banner.sentence.text() == f"{picture_at(300).diagnosis.text} (Step 300)"
    draw(picture_at())
    assert panel.banner.level == "warning"


def test_a_failure_is_said_with_its_remedy(panel, draw, picture_at):
    picture = picture_at(100)
    picture.fold(Failed(RUN, 100, "OutOfMemory", "The GPU is full.", "Halve the batch."))
    draw(picture)
    assert panel.banner.level == "warning"
    assert panel.banner.sentence.text() == "The GPU is full. Halve the batch."


def test_a_run_that_could_not_begin_promises_no_matrix(panel, draw):
    picture = RunPicture("new")
    picture.fold(StateChanged("new", 0, "preparing", "loading", 0.0))
    draw(picture)
    assert panel.overview.batch.matrix.message == UNSEEN
    picture.fold(Failed("new", 0, "DataError", "A batch of 128 is larger than the data.", "Choose 72."))
    draw(picture)
    assert panel.overview.batch.matrix.message == UNSEEN


def test_a_run_that_holds_by_itself_says_why(panel, draw, picture_at):
    picture = picture_at(100)
    picture.fold(StateChanged(RUN, 100, "paused", "The disk is full. Free some space there."))
    draw(picture)
    assert (panel.banner.level, panel.banner.sentence.text()) == (
        "warning",
        "Paused. The disk is full. Free some space there.",
    )
    picture.fold(StateChanged(RUN, 100, "running"))
    draw(picture)
    assert panel.banner.sentence.text().startswith(picture.diagnosis.text)


def test_preparing_says_what_is_done_and_how_far(panel, draw):
    picture = RunPicture("new")
    picture.fold(StateChanged("new", 0, "preparing", "decoding 12,000 of 50,000 images", 0.24))
    draw(picture)
    assert panel.banner.sentence.text() == "decoding 12,000 of 50,000 images (24%)."


def test_gauges_show_the_latest_values_against_their_bounds(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    bars = panel.overview.gauges.gauges.bars
    assert {name: bar.value for name, bar in bars.items()} == {name: picture.latest(name) for name in bars}
    assert (bars["std"].lo, bars["std"].hi) == (0, 1)
    assert (bars["rankme"].lo, bars["rankme"].hi) == (1, DIM)
    picture.fold(Referenced(RUN, 0, "rankme", "min(N, d)", 48.0))
    draw(picture)
    assert bars["rankme"].hi == 48


def test_a_rank_whose_bound_nobody_recorded_is_told_without_one(panel, draw, picture_at):
    draw(picture_at(300))
    killed = picture_at(300)
    killed.run_id = "killed before its first batch was kept"
    killed.peeks.clear()
    killed.references.clear()
    draw(killed)
    bar = panel.overview.gauges.gauges.bars["rankme"]
    assert bar.value == killed.latest("rankme")
    assert bar.hi == math.inf  # not that of the run before
    assert panel.overview.batch.matrix.message == UNSEEN


# Batch ---------------------------------------------------------------------------------------------------------------


def test_the_pairs_are_those_of_the_latest_step(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    np.testing.assert_array_equal(panel.overview.batch.body.grid.images, picture.peeks["views"].arrays["images"])
    assert "300" in panel.overview.batch.pairs.title


def test_the_part_of_the_batch_that_the_matrix_shows_is_said(panel, draw, picture_at):
    picture = picture_at(300)
    picture.fold(dataclasses.replace(picture.peeks["similarity"], note="16 of the 128 images of the batch"))
    draw(picture)
    assert panel.overview.batch.similarity.text.startswith("16 of the 128 images of the batch")


@pytest.mark.parametrize("page", ["overview", "batch"])
def test_clicking_an_entry_shows_its_two_pictures_and_cosine(panel, draw, picture_at, qtbot, page):
    picture = picture_at(300)
    page = getattr(panel, page)
    draw(picture, page)
    pieces, similarity = page.batch, picture.peeks["similarity"].arrays
    row, column = 3, SHOWN + 5
    with qtbot.waitSignal(panel.selected) as caught:
        qtbot.mouseClick(pieces.matrix, Qt.MouseButton.LeftButton, pos=pieces.matrix.centre_of(row, column).toPoint())
    assert caught.args == [Selection(int(similarity["indices"][row]), "shapes", picture.started.config.data)]
    assert pieces.pair.isVisible()
    for got, want in zip(pieces.pair.images, (row, column), strict=True):
        np.testing.assert_array_equal(got, similarity["images"][want])
    assert pieces.pair.cosine == similarity["cosine"][row, column]
    assert pieces.pair.sentence().startswith("strangers")
    draw(picture_at(310))
    assert pieces.pair.cosine == picture_at(310).peeks["similarity"].arrays["cosine"][row, column]


def test_all_pairs_come_back(panel, draw, picture_at):
    draw(picture_at(300))
    pieces = panel.overview.batch
    pieces.matrix.choose(2, SHOWN + 2)
    assert not pieces.body.grid.isVisible()
    pieces.back.click()
    assert pieces.body.grid.isVisible()


def test_an_image_chosen_elsewhere_is_marked_without_an_echo(panel, draw, picture_at, qtbot):
    picture = picture_at(300)
    draw(picture)
    with qtbot.assertNotEmitted(panel.selected):
        panel.select(Selection(7, "shapes", picture.started.config.data))
    pieces = panel.overview.batch
    assert pieces.body.grid.choice == 7
    assert (pieces.matrix.entry.row, pieces.matrix.entry.column, pieces.matrix.entry.kind) == (7, 7 + SHOWN, "partners")
    for other in (Selection(10**6, "shapes"), Selection(7, "cifar10"), Selection(7, "shapes", split="val")):
        panel.select(Selection(7, "shapes"))
        panel.select(other)
        assert pieces.body.grid.choice == -1


def test_the_mark_follows_its_image_and_not_its_place(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    panel.select(Selection(7, "shapes"))
    views = picture.peeks["views"]
    rolled = {**views.arrays, "indices": np.roll(views.arrays["indices"], 2)}
    picture.fold(dataclasses.replace(views, step=301, arrays=rolled))
    draw(picture)
    assert panel.overview.batch.body.grid.choice == 9
    panel.deselect()
    assert panel.overview.batch.body.grid.choice == -1


def test_a_point_of_the_sphere_is_an_image(panel, draw, picture_at, qtbot):
    picture = picture_at(300)
    sphere = picture.peeks["sphere"]
    indices = np.arange(len(sphere.arrays["labels"])) % (len(sphere.arrays["labels"]) // 2) + 40
    picture.fold(dataclasses.replace(sphere, step=301, arrays={**sphere.arrays, "indices": indices}))
    draw(picture, panel.space)
    with qtbot.waitSignal(panel.selected) as caught:
        panel.space.sphere.view.picked.emit(3)
    assert caught.args == [Selection(43, "shapes", picture.started.config.data)]
    panel.select(caught.args[0])
    assert panel.space.sphere.view.marked == {int(k) for k in np.flatnonzero(indices == 43)}


# Embeddings ----------------------------------------------------------------------------------------------------------


def test_the_plane_holds_points_measured_together(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    steps, alignment = picture.table.series("alignment")
    plane = panel.overview.plane
    assert plane.plot.table()[1][-1] == [steps[-1], picture.latest("uniformity"), alignment[-1]]
    plane.of.setCurrentText("h")
    draw(picture)
    assert plane.plot.table()[1][-1][1:] == [picture.latest("uniformity_h"), picture.latest("alignment_h")]


def test_points_spectrum_and_share_are_those_of_the_peek(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture, panel.space)
    view, arrays = panel.space.sphere.view, picture.peeks["sphere"].arrays
    np.testing.assert_array_equal(view.circle, arrays["circle"])
    assert view.caption() == f"projected from {DIM} dimensions, keeps {100 * arrays['kept'][0]:.0f} %"
    panel.space.sphere.shape.setCurrentText("sphere")
    assert view.three
    assert view.caption().endswith(f"keeps {100 * arrays['kept'][1]:.0f} %")
    np.testing.assert_array_equal(panel.space.spectrum.plot.values, picture.peeks["spectrum"].arrays["values"])


# Switches ------------------------------------------------------------------------------------------------------------


def test_a_flip_is_asked_for_of_the_run_that_trains(panel, draw, picture_at, qtbot):
    draw(picture_at(300))
    for name in ("negatives", "augment.crop"):
        with qtbot.waitSignal(panel.requested) as caught:
            panel.board.widgets[name].click()
        assert caught.args == [SetParam(RUN, name, False)]


def test_switches_show_what_the_run_uses_now(panel, draw, picture_at):
    picture = picture_at()
    draw(picture)
    assert not panel.board.widgets["negatives"].isChecked()
    assert panel.board.widgets["projector"].isChecked()
    assert set(panel.board.widgets) == {"negatives", "projector", "tau", "optimiser.lr"} | {
        f"augment.{o}" for o in OPERATIONS
    }
    assert not panel.board.widgets["projector"].isEnabled()  # this run has ended


def test_a_refused_flip_is_taken_back(panel, draw, picture_at):
    picture = picture_at(300)
    draw(picture)
    panel.board.widgets["negatives"].click()
    draw(picture)
    assert not panel.board.widgets["negatives"].isChecked()
    picture.fold(Failed(RUN, 300, "SpecError", "It cannot be changed.", "Leave it."))
    draw(picture)
    assert panel.board.widgets["negatives"].isChecked()


def test_values_follow_flips_in_order(picture_at):
    config, catalogue = picture_at().started.config, example_catalogue()
    flips = [
        Flipped(RUN, 1, "tau", 0.2, 0.5),
        Flipped(RUN, 2, "tau", 0.5, 0.1),
        Flipped(RUN, 3, "augment.crop", True, False),
    ]
    now = live.values(config, catalogue, flips)
    assert (now["tau"], now["augment.crop"], now["augment.flip"], now["negatives"]) == (0.1, False, True, True)
    assert [flip_text(flip) for flip in flips] == ["tau → 0.5", "tau → 0.1", "crop → off"]


# Stages --------------------------------------------------------------------------------------------------------------


def test_stages_tell_the_shapes(picture_at):
    picture = picture_at(300)
    shapes = [stage.shape for stage in stages.stages(picture.started.config, example_catalogue(), picture)]
    assert shapes == [f"{BATCH} images", f"2 × {BATCH} × 3 × 32 × 32", f"h {2 * BATCH} × {FEATURES}", f"z {2 * BATCH} × {DIM}",
                      "1 number"]  # fmt: skip


def test_one_step_walks_through_the_stages(panel, draw, picture_at, qtbot):
    picture = picture_at(300)
    draw(picture)
    assert panel.strip.active == -1
    picture.fold(StateChanged(RUN, 300, "paused"))
    draw(picture)
    assert panel.strip.active == stages.LOSS
    picture.fold(Progressed(RUN, 301, 500, 1.0, 1.0, 1.0, 1.0, 1))
    draw(picture)
    assert panel.strip.active == stages.BATCH
    qtbot.waitUntil(lambda: panel.strip.active == stages.LOSS)
    picture.fold(StateChanged(RUN, 301, "running"))
    draw(picture)
    assert panel.strip.active == -1


def test_a_stage_brings_its_picture_to_the_front(panel, draw, picture_at):
    draw(picture_at(300))
    panel.strip.buttons[stages.VIEWS].click()
    assert panel.tabs.currentWidget() is panel.batch
    panel.strip.buttons[stages.PROJECTOR].click()
    assert panel.tabs.currentWidget() is panel.space
