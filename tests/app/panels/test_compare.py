"""The Compare panel with recorded answers: who is compared, what shares an axis, what each side is asked, what is wrong."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.panels.base import Selection
from app.panels.compare import ComparePanel
from app.panels.compare.chosen import SHIPPED, Chosen
from app.panels.compare.example import CONFIGS, RUNS, answer
from app.widgets.theme import DARK
from sslviz.spec.comparison import CompareModels
from sslviz.spec.evaluation import EvaluateRun
from sslviz.spec.events import Answered, Refused, SnapshotSaved
from sslviz.spec.inspection import Attend, ModelRef, PictureRef, Rebuild
from sslviz.spec.mapping import MapFeatures
from sslviz.spec.requests import Cancel


@pytest.fixture
def panel(qtbot):
    made = ComparePanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 10_000))
    made.resize(1280, 760)
    made.show()
    return made


@pytest.fixture
def requests(panel):
    asked = []
    panel.requested.connect(asked.append)
    return asked


@pytest.fixture
def answered(panel, requests):
    """Every question is answered at once."""

    def reply(request):
        if (found := answer(request)) is not None:
            panel.answered(found)

    panel.requested.connect(reply)
    return requests


def settle(panel, qtbot):
    qtbot.waitUntil(lambda: not panel._pace.isActive() and not panel.curves._turn.isActive())


def kinds(requests, kind):
    return [request for request in requests if isinstance(request, kind)]


def test_fewer_than_two_ask_nothing_and_say_what_to_do(panel, requests, qtbot):
    panel.show()
    assert panel.idle.isVisible()
    assert "Add two to four" in panel.idle.words.text()
    assert not panel.stack.isVisible()
    settle(panel, qtbot)
    assert panel.curves.words.text() == ""  # of runs that nobody chose there is nothing to say
    panel.add(RUNS[0])
    settle(panel, qtbot)
    assert not kinds(requests, CompareModels)
    assert panel.idle.isVisible()
    panel.add(RUNS[1])
    assert not panel.idle.isVisible()
    assert panel.stack.isVisible()
    settle(panel, qtbot)
    assert kinds(requests, CompareModels)[-1].models == RUNS[:2]


def test_the_same_one_and_a_fifth_are_refused_in_words():
    chosen = Chosen()
    assert not chosen.add(RUNS[0])
    assert "already" in chosen.add(RUNS[0])
    assert not chosen.add(dataclasses.replace(RUNS[0], snapshot=40))
    assert not chosen.add(dataclasses.replace(RUNS[0], random=True))
    assert not chosen.add(RUNS[1])
    assert "4 are as many" in chosen.add(RUNS[2])
    chosen.remove(0)
    assert chosen.models[0].snapshot == 40


def test_the_models_that_ship_are_one_click_away(panel, requests, qtbot):
    panel.chooser.ship.click()
    settle(panel, qtbot)
    assert kinds(requests, CompareModels)[-1].models == SHIPPED
    assert panel.chooser.ship.isHidden()


def test_losses_of_different_methods_never_share_an_axis(panel, answered, qtbot):
    panel.compare(RUNS[:3])
    settle(panel, qtbot)
    drawn = [plan for plan in panel.curves._plans if plan.measure == "loss"]
    methods = [{CONFIGS[RUNS[k].source].method for k in plan.members} for plan in drawn]
    assert len(drawn) == 3  # two temperatures of one method, and another method
    assert all(len(each) == 1 for each in methods)
    assert all("different quantities" in plan.reason for plan in drawn)
    for plan in drawn:
        plot = panel.curves.plot("loss", plan.number)
        assert [k for k, curve in enumerate(plot._curves) if len(curve.x)] == list(plan.members)


def test_all_measures_are_one_click_away(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    assert panel.curves.plot("lr") is None
    panel.curves.extent.buttons["all"].click()
    settle(panel, qtbot)
    assert [len(curve.x) for curve in panel.curves.plot("lr")._curves] == [400, 400]
    panel.curves.extent.buttons["main"].click()
    settle(panel, qtbot)
    assert panel.curves._cards["lr", 0].isHidden()


def test_accuracies_on_the_same_images_do_share_one(panel, answered, qtbot):
    panel.compare(RUNS[:3])
    settle(panel, qtbot)
    (knn,) = [plan for plan in panel.curves._plans if plan.measure == "knn"]
    assert knn.members == (0, 1, 2)
    names, rows = panel.curves.plot("knn").table()
    assert names == ["step", "first", "second", "other"]
    assert len(rows) == 8


@pytest.mark.parametrize(
    ("axis", "last"), [("step", 351), ("epoch", 351 * 128 / 5_000), ("time", 35.1), ("images", 351 * 128)]
)
def test_curves_lie_where_the_axis_says(panel, answered, qtbot, axis, last):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.curves.axes.buttons[axis].click()
    settle(panel, qtbot)
    assert panel.curves.plot("knn")._curves[0].x[-1] == pytest.approx(last)
    marks = panel.curves.plot("knn").marks.marks
    assert [text for _, text in marks] == ["negatives on → off (first)"]
    assert marks[0][0] == pytest.approx({"step": 200, "epoch": 5.12, "time": 20, "images": 25_600}[axis])


def test_the_timeline_sets_the_cursor_of_its_own_run(panel, answered, qtbot, picture_at):
    picture = picture_at(100)
    picture.started = dataclasses.replace(picture.started, folder=RUNS[0].source, live=False)
    panel.refresh(picture)
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.at_step(151)
    assert panel.curves.plot("knn")._cursor == 151
    panel.at_step(None)
    assert np.isnan(panel.curves.plot("knn")._cursor)


def test_a_run_that_trains_is_drawn_from_its_picture(panel, answered, qtbot, picture_at):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    picture = picture_at(60)
    picture.started = dataclasses.replace(picture.started, folder=RUNS[1].source)
    panel.refresh(picture)
    panel._rest.stop()
    panel._follow()
    settle(panel, qtbot)
    loss = panel.curves._trace(1, "loss")
    np.testing.assert_array_equal(loss.values, picture.table.series("loss")[1])
    assert panel.curves._trace(0, "loss").steps[-1] == 400


def test_every_side_is_asked_the_same(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    panel.show_picture(PictureRef(path="cat.png", size=(64, 64)))
    panel.chooser.seed.setValue(7)
    for page, kind in (("looks", Attend), ("rebuilds", Rebuild), ("maps", MapFeatures)):
        panel.show_page(page)
        settle(panel, qtbot)
        asked = kinds(answered, kind)
        assert [request.view for request in asked] == ["compare-0", "compare-1"]
        first, second = (dataclasses.replace(request, request_id=0, view="") for request in asked)
        assert first != second
        if kind is MapFeatures:
            assert first.features.seed == 7
            assert dataclasses.replace(first.features, model=RUNS[1]) == second.features
        else:
            assert first.picture.path == "cat.png"
            assert first.picture.size == (0, 0)  # each model's own
            assert dataclasses.replace(first, model=RUNS[1]) == second


def test_a_page_that_is_not_seen_asks_nothing(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    assert not kinds(answered, Attend)
    panel.show_page("looks")
    settle(panel, qtbot)
    panel.show_page("curves")
    panel.show_page("looks")
    settle(panel, qtbot)
    assert len(kinds(answered, Attend)) == 2  # nothing changed meanwhile


def test_what_a_model_cannot_do_is_said_in_its_place(panel, answered, qtbot):
    panel.compare((RUNS[0], RUNS[2]))
    panel.show_page("rebuilds")
    settle(panel, qtbot)
    assert "not trained to paint" in panel.rebuilds.row(0).message
    assert [shown.name for shown in panel.rebuilds.row(1).shown] == ["Original", "Masked", "Prediction"]


def test_a_point_is_ringed_on_every_map_and_selected_everywhere(panel, answered, qtbot):
    chosen = []
    panel.selected.connect(chosen.append)
    panel.compare(RUNS[:2])
    panel.show_page("maps")
    settle(panel, qtbot)
    panel.maps.map(0).hovered.emit(5)
    assert list(panel.maps.map(1).marked) == [5]
    panel.maps.map(1).clicked.emit(5)
    (selection,) = chosen
    assert (selection.index, selection.split, selection.data) == (10, "val", CONFIGS["runs/first"].data)
    panel.select(Selection(0, "elsewhere"))  # of other data: no point of these maps, and no complaint


def test_a_record_without_curves_is_told(panel, answered, qtbot):
    panel.compare((RUNS[0], RUNS[3]))
    settle(panel, qtbot)
    assert "no record of training" in panel.notes.text()
    assert panel.curves.plot("loss") is not None
    panel.show_page("tables")
    assert panel.tables.scores.rows[0].cells[1] == ""


def test_scores_that_say_nothing_about_each_other_are_pale(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.show_page("tables")
    rows = {row.label: row for row in panel.tables.scores.rows}
    assert rows["loss"].quiet
    assert rows["kNN accuracy"].strong
    names, table = panel.tables.settings.table()
    assert names == ["group", "what", "● first", "■ second"]
    assert table == [["method", "temperature", "0.1", "0.5"]]


def test_all_are_evaluated_one_after_the_other_by_the_same_plan(panel, requests, qtbot):
    panel.compare((RUNS[0], RUNS[3], RUNS[2]))
    settle(panel, qtbot)
    panel.answered(answer(kinds(requests, CompareModels)[-1]))
    panel.show_page("tables")
    panel.tables.evaluate.click()
    (first,) = kinds(requests, EvaluateRun)
    panel.answered(answer(first))
    first, second = kinds(requests, EvaluateRun)
    assert (first.folder, second.folder) == ("runs/first", "runs/other")
    assert first.plan == second.plan
    panel.answered(answer(second))
    row = next(row for row in panel.tables.scores.rows if row.group == "evaluated here")
    assert row.values[0] == row.values[2] == 0.8
    assert row.cells[1] == ""
    assert not panel.tables.busy


def test_an_evaluation_can_be_given_up(panel, requests, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.answered(answer(kinds(requests, CompareModels)[-1]))
    panel.tables.evaluate.click()
    panel.tables.evaluate.click()
    (asked,) = kinds(requests, EvaluateRun)
    assert requests[-1] == Cancel(asked.request_id)
    panel.answered(Refused("", 0, asked.request_id, "Cancelled", "It was cancelled."))
    assert len(kinds(requests, EvaluateRun)) == 1


def test_answers_about_models_that_were_taken_out_are_dropped(panel, requests, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    late = kinds(requests, CompareModels)[-1]
    panel.remove(0)
    panel.answered(answer(late))
    assert panel.chosen.comparison is None
    assert [side.name for side in panel.chosen.sides] == ["second"]


def test_the_menu_offers_runs_models_snapshots_and_files(panel, answered, qtbot, picture_at):
    picture = picture_at(100)
    picture.fold(SnapshotSaved(picture.run_id, 64, "x"))
    panel.refresh(picture)
    panel.look_at(ModelRef("dino-shapes"), None)
    panel.compare(RUNS[:1])
    panel.chooser._about_to_show()
    menus = {action.text(): action.menu() for action in panel.chooser.menu.actions()}
    assert [action.text() for action in menus["Models"].actions()] == ["DINO on shapes"]
    assert len(menus["Runs"].actions()) == len(CONFIGS)
    menus["Snapshots of the run that is shown"].actions()[0].trigger()
    assert panel.chosen.models[-1].snapshot == 64
    assert "The current model" in menus


def test_again_reads_and_asks_anew(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    panel.show_page("looks")
    settle(panel, qtbot)
    panel.chooser.again.click()
    settle(panel, qtbot)
    assert len(kinds(answered, CompareModels)) == 2
    assert len(kinds(answered, Attend)) == 4
    assert len(panel.curves.board.findChildren(type(panel.tables.score_card))) == len(panel.curves._cards)


def test_it_keeps_what_is_compared_when_another_run_is_shown(panel, answered, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.clear()
    panel.set_theme(dataclasses.replace(DARK, scale=1.6))
    settle(panel, qtbot)
    assert panel.chosen.models == RUNS[:2]
    assert not panel.grab().isNull()


def test_a_refused_record_is_said(panel, requests, qtbot):
    panel.compare(RUNS[:2])
    settle(panel, qtbot)
    panel.answered(
        Refused(
            "", 0, kinds(requests, CompareModels)[-1].request_id, "SpecError", "It is named twice.", "Take another."
        )
    )
    assert panel.chooser.problem.text() == "It is named twice. Take another."
    assert isinstance(answer(kinds(requests, CompareModels)[-1]), Answered)
