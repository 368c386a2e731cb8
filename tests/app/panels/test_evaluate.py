"""The Evaluate panel with recorded answers: what it asks, what it draws, how it says what is wrong."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt

from app.panels.base import Selection
from app.panels.evaluate import EvaluatePanel, lines
from app.panels.evaluate.__main__ import example as alone_example
from app.panels.evaluate.example import answer, example_report
from app.panels.evaluate.panel import IDLE, READY
from app.widgets.score_table import BAR, HEAD, INTERVAL
from app.widgets.theme import DARK
from sslviz.spec.evaluation import LAST, PROTOCOLS, RUN, AskPrompts, EvaluateRun, EvaluationPlan, FetchImages
from sslviz.spec.events import Advanced, Refused, Started
from sslviz.spec.requests import Cancel


@pytest.fixture
def panel(qtbot):
    made = EvaluatePanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 1000))
    made.resize(1280, 760)
    made.show()
    return made


@pytest.fixture
def requests(panel):
    asked = []
    panel.requested.connect(asked.append)
    return asked


def test_without_a_run_there_is_nothing_to_press(panel):
    panel.refresh(None)
    assert panel.heading.text() == IDLE
    assert not panel.choices.button.isEnabled()


def test_it_asks_what_was_chosen(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    assert panel.heading.text() == READY
    panel.choices.protocols["linear"].setChecked(False)
    panel.choices.protocols["factors"].setChecked(True)
    panel.choices.set_values({"labels": 10, "seeds": 3, "layers": "h, stages.1", "snapshot": "64"})
    panel.choices.button.click()
    (request,) = requests
    assert isinstance(request, EvaluateRun)
    assert request.plan == EvaluationPlan(("knn", "factors"), ("h", "stages.1"), labels=10, seeds=3)
    assert request.snapshot == 64


def test_a_live_run_is_asked_for_by_its_id_and_a_record_by_its_folder(panel, requests, picture_at):
    for step, live in ((100, True), (500, False)):
        picture = picture_at(step)
        panel.refresh(picture)
        panel.choices.button.click()
        assert requests[-1].run_id == (picture.run_id if live else "")
        assert requests[-1].folder == picture.started.folder
        assert requests[-1].snapshot == LAST
        panel.answered(answer(requests[-1]))


def test_progress_and_cancel(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    assert panel.choices.button.text() == "Cancel"
    panel.answered(Advanced("", 0, requests[0].request_id, 0.25, "kNN: random weights"))
    assert panel.choices.progress.share == 0.25
    assert "random weights" in panel.choices.text.text()
    panel.choices.button.click()
    assert requests[-1] == Cancel(requests[0].request_id)
    panel.answered(Refused("", 0, requests[0].request_id, "Cancelled", "It was cancelled."))
    assert panel.choices.button.text() == "Evaluate"
    assert not panel.choices.problem.text()
    assert panel.report is None


def test_the_table_has_its_baselines_and_the_run_is_bold(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    model, score = HEAD.index("model"), HEAD.index("score")
    shown = {panel.table.item(r, model).text(): panel.table.item(r, score) for r in range(panel.table.rowCount())}
    assert set(shown) == {"this run", "random weights", "raw pixels", "supervised"}
    assert shown["this run"].text() == "62.0"
    assert shown["this run"].font().bold()
    assert not shown["raw pixels"].font().bold()
    assert "18,000" in panel.heading.text()
    assert not panel.grab().isNull()


def test_a_click_on_a_cell_brings_its_images(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    panel.matrix.choose(1, 2)
    fetch = requests[-1]
    assert isinstance(fetch, FetchImages)
    cell = panel.report.confusions[0].cell(1, 2)
    assert fetch.indices == tuple(cell.tolist())
    assert fetch.split == "val"
    panel.answered(answer(fetch))
    assert panel.images.shape[0] * panel.images.shape[1] >= len(cell)
    assert not panel.images.message
    assert f"{len(cell)} of" in panel.image_card.text


def test_an_image_of_a_cell_is_selected_and_marked_wherever_it_is(panel, requests, picture_at, qtbot):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    confusion = panel.report.confusions[panel._confusion]
    true, predicted = confusion.place(int(confusion.indices[0]))
    panel.matrix.choose(true, predicted)
    panel.answered(answer(requests[-1]))
    with qtbot.waitSignal(panel.selected) as caught:
        panel.images.clicked.emit(0, 1)
    chosen = int(confusion.cell(true, predicted)[1])
    assert caught.args == [Selection(chosen, panel.report.data.source, panel.report.data, "val")]
    panel.select(caught.args[0])
    assert (panel.images.marked, panel.matrix.marked) == ({(0, 1)}, (true, predicted))
    panel.select(Selection(chosen, panel.report.data.source, panel.report.data, "train"))
    assert (panel.images.marked, panel.matrix.marked) == (set(), None)
    panel.select(caught.args[0])
    panel.deselect()
    assert (panel.images.marked, panel.matrix.marked) == (set(), None)


def test_an_earlier_clicks_images_come_too_late(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    panel.matrix.choose(1, 2)
    panel.matrix.choose(0, 0)
    panel.answered(answer(requests[-2]))
    assert panel.images.message
    panel.answered(answer(requests[-1]))
    assert not panel.images.message


def test_another_line_shows_another_matrix(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    before = panel.matrix.counts.copy()
    panel.table.setCurrentCell(1, 0)
    assert (panel.matrix.counts != before).any()
    assert "random weights" in panel.matrix_card.text
    note = next(r for r, line in enumerate(panel.table.lines) if line.note)
    panel.table.setCurrentCell(note, 0)
    assert not len(panel.matrix.counts)


def test_factors_are_bars_with_what_was_kept_best_first(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.protocols["factors"].setChecked(True)
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    assert panel.bars.groups[0].name == "shape"
    assert panel.bars.groups[-1].name == "rotation"
    assert panel.bars.series == ("this run", "random weights", "raw pixels")
    assert all(line.protocol != PROTOCOLS["factors"].title for line in panel.table.lines)


@pytest.mark.parametrize(("field", "inside"), [("k", True), ("labels", True), ("data.source", False), ("", False)])
def test_a_refusal_marks_its_field_or_is_said_above_the_button(panel, requests, picture_at, field, inside):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(Refused("", 0, requests[0].request_id, "EvaluationError", "It cannot be.", "Change it.", "", field))
    rows = {**panel.choices.what.rows, **panel.choices.more.rows}
    said = rows[field].problem.text() if inside else panel.choices.problem.text()
    assert said == "It cannot be. Change it."
    assert bool(panel.choices.problem.text()) != inside
    panel.choices.button.click()
    assert not panel.choices.problem.text()


def test_a_narrow_table_leaves_out_what_matters_least(panel, requests, picture_at):
    panel.refresh(picture_at(100))
    panel.choices.button.click()
    panel.answered(answer(requests[0]))
    panel.table.setFixedWidth(420)
    hidden = [name for c, name in enumerate(HEAD) if panel.table.isColumnHidden(c)]
    assert "how" in hidden
    assert not {"model", "score"} & set(hidden)
    assert panel.table.horizontalHeaderItem(BAR).text() == INTERVAL
    panel.table.setFixedWidth(1_400)
    assert panel.table.horizontalHeaderItem(BAR).text() == HEAD[BAR]


def test_alone_it_draws_in_the_dark(qtbot):
    panel = alone_example()
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.choices.asked.emit()
    assert panel.table.rowCount() == 8


def test_lines_say_where_intervals_are_from():
    report = example_report(EvaluateRun(1, "x", plan=EvaluationPlan(("knn",))))
    line = lines.line_of(next(row for row in report.rows if row.model == RUN))
    assert "Wilson" in line.tip
    assert line.strong


@pytest.fixture
def reading(panel, picture_at):
    """A panel that looks at a run of CLIP."""
    picture = picture_at(100)
    started = picture.started
    config = dataclasses.replace(started.config, method="clip")
    picture.fold(dataclasses.replace(started, config=config, folder="runs/clip"))
    assert isinstance(picture.started, Started)
    panel.refresh(picture)
    return panel


def test_only_a_model_that_reads_is_asked_by_sentences(panel, picture_at):
    panel.refresh(picture_at(100))
    assert not panel.prompt_card.isVisible()


def test_sentences_are_asked_for_and_their_best_images_shown(reading, requests, qtbot):
    assert reading.prompt_card.isVisible()
    reading.prompts.lines.setPlainText("a red star\n\n  a blue circle ")
    qtbot.keyClick(reading.prompts.lines, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (request,) = requests
    assert isinstance(request, AskPrompts)
    assert (request.prompts, request.factor, request.folder) == (("a red star", "a blue circle"), "", "runs/clip")
    reading.answered(answer(request))
    assert reading.prompts.images.shape == (2, 8)
    with qtbot.waitSignal(reading.selected) as caught:
        reading.prompts.images.clicked.emit(1, 2)
    assert (caught.args[0].index, caught.args[0].split) == (int(reading.prompts.answer.best[1, 2]), "val")
    reading.select(caught.args[0])
    assert (1, 2) in reading.prompts.images.marked
    assert "share that goes to each sentence" in reading.prompts.result.text()


def test_a_factor_is_asked_for_at_once_and_says_how_often_it_is_right(reading, requests):
    reading.prompts.factor.setCurrentText("size")
    (request,) = requests
    assert (request.prompts, request.factor) == ((), "size")
    reading.answered(answer(request))
    assert "Right for 80.0%" in reading.prompts.result.text()
    assert "No caption of the training named the size" in reading.prompts.result.text()
    assert len(reading.prompts.lines.toPlainText().splitlines()) == 6


def test_an_unknown_word_is_said_and_the_last_answer_stays(reading, requests):
    reading.prompts.button.click()
    reading.answered(answer(requests[-1]))
    reading.prompts.button.click()
    reading.answered(
        Refused("", 0, requests[-1].request_id, "NetworkError", "It has never read the word 'zebra'.", "Use others.")
    )
    assert reading.prompts.result.text() == "It has never read the word 'zebra'. Use others."
    assert reading.prompts.images.shape == (2, 8)
