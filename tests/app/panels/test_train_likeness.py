"""The matrix of similarities follows the timeline, and shows images by themselves where a method records none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.bridge.example_run import RUN, SHOWN
from app.panels.train import likeness as asking
from app.panels.train.likeness import WAITING
from sslviz.spec.events import Advanced, Answered, Peeked, Progressed, Refused, StateChanged
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import MeasureSimilarity, Similarities

FOLDER = "example"


@pytest.fixture
def asked(panel):
    """What the panel asks of the worker about images."""
    heard = []
    panel.requested.connect(lambda request: heard.append(request) if isinstance(request, MeasureSimilarity) else None)
    return heard


def answer(request, *, paired=True, step=-1, labels=None, value=0.25):
    index = np.array(request.features.chosen)
    labels = np.arange(len(index)) % 3 if labels is None else np.array(labels)
    twice = 2 if paired else 1
    rows = twice * len(index)
    pictures = np.arange(rows, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 8, 8, 3), np.uint8)
    matrix = np.full((rows, rows), value, np.float32)
    np.fill_diagonal(matrix, 1)
    names = ("disc", "ring", "star")
    found = Similarities(
        matrix, np.tile(index, twice), np.tile(labels, twice), names, "caption", pictures, paired, step
    )
    return Answered("", 0, request.request_id, found)


@pytest.fixture
def ended(picture_at):
    picture = picture_at(300)
    picture.fold(StateChanged(RUN, 300, "finished"))
    return picture


@pytest.fixture
def images_only(ended):
    """A record of a method that compares no pairs."""
    del ended.peeks["similarity"]
    return ended


def test_at_the_end_of_a_record_nothing_is_asked(panel, draw, ended, asked):
    draw(ended)
    draw(ended, panel.batch)
    panel.look_at(ModelRef(FOLDER), None)
    assert asked == []
    assert panel.batch.batch.similarity.title == "Similarity of step 300"
    assert "step 300 of" in panel.figure_caption()
    ended.peeks.clear()  # a record without a batch
    ended.fold(
        Peeked(RUN, 300, "views", {"images": np.zeros((1, 0, 8, 8, 3), np.uint8), "indices": np.empty(0, np.int64)})
    )
    draw(ended)
    assert asked == []


@pytest.mark.parametrize("page", ["overview", "batch"])
def test_a_snapshot_is_asked_for_once_it_is_open_and_its_matrix_is_drawn(panel, draw, ended, asked, page):
    page = getattr(panel, page)
    draw(ended, page)
    panel.at_step(40)
    assert asked == []
    assert page.batch.similarity.title == "Similarity of step 300"
    panel.look_at(ModelRef(FOLDER, snapshot=40), None)
    (request,) = asked
    plan = request.features
    assert request.as_trained
    assert plan.model == ModelRef(FOLDER, snapshot=40)
    assert (plan.split, plan.tokens, plan.chosen) == ("train", "projected", tuple(range(SHOWN)))
    panel.answered(answer(request))
    draw(ended, page)
    assert page.batch.similarity.title == "Similarity after step 40"
    assert page.batch.matrix.reading() == "partners 0.25, strangers 0.25"
    page.batch.matrix.choose(3, SHOWN + 5)
    assert page.batch.pair.images[0][0, 0, 0] == 3
    assert page.batch.pair.images[1][0, 0, 0] == SHOWN + 5
    panel.at_step(None)
    draw(ended, page)
    assert page.batch.similarity.title == "Similarity of step 300"


def test_of_what_is_passed_over_nothing_is_drawn(panel, draw, ended, asked):
    draw(ended, panel.batch)
    for step in (40, 80):
        panel.at_step(step)
        panel.look_at(ModelRef(FOLDER, snapshot=step), None)
    first, second = asked
    panel.answered(answer(first))
    assert panel.batch.batch.similarity.title == "Similarity of step 300"
    panel.answered(answer(second))
    draw(ended)
    assert panel.batch.batch.similarity.title == "Similarity after step 80"


def test_it_is_asked_for_in_sight_and_once_and_of_no_other_model(panel, draw, ended, asked):
    draw(ended, panel.curves)
    panel.at_step(40)
    panel.look_at(ModelRef(FOLDER, snapshot=40), None)
    assert asked == []
    draw(ended, panel.batch)
    panel.answered(answer(asked[0]))
    draw(ended, panel.overview)
    draw(ended, panel.batch)
    assert len(asked) == 1
    assert "step 40 of" in panel.figure_caption()
    panel.at_step(80)
    panel.look_at(ModelRef("other", snapshot=80), None)
    assert len(asked) == 1


def test_images_by_themselves_stand_class_by_class(panel, draw, images_only, asked):
    draw(images_only, panel.batch)
    pieces = panel.batch.batch
    assert pieces.matrix.reading() == WAITING
    (request,) = asked
    assert request.features.model == ModelRef(FOLDER)
    panel.answered(answer(request, paired=False))
    draw(images_only)
    assert pieces.similarity.title == "Images alike after step 300"
    assert pieces.matrix.rows.groups == tuple(sorted(pieces.matrix.rows.groups))
    assert pieces.matrix.reading() == "same class 0.25, other classes 0.25"
    assert len(pieces.matrix.rows.blocks()) == 3
    pieces.matrix.choose(1, 1)
    assert pieces.pair.images[0][0, 0, 0] == 3  # image 3 is the second of class 0
    assert pieces.pair.names == ("image 3, disc", "image 3, disc")


def test_pairs_of_a_method_that_records_none_stand_class_by_class_too(panel, draw, images_only, asked):
    draw(images_only, panel.batch)
    panel.likeness.follow(images_only, None, dataclasses.replace(panel._method, shows=("views", "sphere")))
    assert asked[-1].features.tokens == "pooled"
    panel.answered(answer(asked[-1]))
    matrix = panel.likeness.found.matrix
    labels = np.arange(SHOWN) % 3
    order = np.argsort(labels, kind="stable")
    assert matrix.index.tolist() == [*order, *order]
    assert matrix.rows.paired
    assert matrix.rows.name_of(SHOWN + 1) == "view 2 of image 3, disc"
    assert matrix.place_of(3) == 1


def test_without_labels_images_keep_the_order_of_the_batch(panel, draw, images_only, asked):
    draw(images_only, panel.batch)
    panel.answered(answer(asked[0], paired=False, labels=[-1] * SHOWN))
    draw(images_only)
    matrix = panel.batch.batch.matrix
    assert (matrix.rows.groups, matrix.rows.blocks()) == ((), [])
    assert matrix.reading() == "two images 0.25"


def test_an_image_that_is_chosen_elsewhere_is_found_in_the_sorted_matrix(panel, draw, images_only, asked, qtbot):
    draw(images_only, panel.batch)
    panel.answered(answer(asked[0], paired=False))
    draw(images_only)
    pieces = panel.batch.batch
    pieces.select(3)
    assert (pieces.matrix.entry.row, pieces.matrix.entry.column) == (1, 1)
    with qtbot.waitSignal(pieces.image_chosen) as caught:
        pieces.matrix.choose(1, 0)
    assert caught.args == [3]


def test_why_there_is_no_matrix_is_said_in_its_place(panel, draw, images_only, asked):
    draw(images_only, panel.batch)
    panel.answered(Refused("", 0, asked[0].request_id, "DataError", "The folder is gone.", "Bring it back."))
    draw(images_only)
    assert panel.batch.batch.matrix.reading() == "The folder is gone. Bring it back."
    draw(images_only, panel.overview)
    draw(images_only, panel.batch)
    assert len(asked) == 1


def test_a_worker_that_is_lost_is_asked_again(panel, draw, images_only, asked):
    draw(images_only, panel.batch)
    panel.answered(Refused("", 0, asked[0].request_id, "WorkerLost", "The worker ended.", ""))
    draw(images_only)
    assert len(asked) == 2


def test_a_run_that_trains_is_asked_again_and_about_the_same_images(panel, draw, images_only, asked, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(asking.time, "monotonic", lambda: now[0])
    live = images_only
    live.fold(StateChanged(RUN, 300, "running"))
    draw(live, panel.batch)
    assert asked[0].features.model.run_id == RUN
    views = live.peeks["views"]
    live.fold(dataclasses.replace(views, arrays={**views.arrays, "indices": views.arrays["indices"] + 50}))

    def go_on(step, seconds):
        now[0] += seconds
        live.fold(Progressed(RUN, step, 1000, 1.0, 1.0, 1.0, 1.0, 0))
        draw(live)

    go_on(310, 5.0)
    assert len(asked) == 1  # the first is not answered yet
    panel.answered(Advanced("", 0, asked[0].request_id, 0.5, "features"))
    panel.answered(answer(asked[0], paired=False, step=305))
    draw(live)
    assert panel.batch.batch.similarity.title == "Images alike after step 305"
    assert len(asked) == 2
    assert asked[1].features == asked[0].features
    panel.answered(answer(asked[1], paired=False, step=310))
    go_on(320, 0.1)
    assert len(asked) == 2


def test_another_run_begins_anew(panel, draw, ended, asked):
    draw(ended, panel.batch)
    panel.at_step(40)
    panel.look_at(ModelRef(FOLDER, snapshot=40), None)
    other = dataclasses.replace(ended, run_id="other")
    panel.at_step(None)
    draw(other)
    panel.answered(answer(asked[0]))
    assert panel.batch.batch.similarity.title == "Similarity of step 300"
    assert panel.likeness.found is None
