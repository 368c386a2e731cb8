"""The Lessons panel with a lesson made in code: what is locked until when, what is asked, what is said of the outcome, what is kept."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.lessons import LessonsPanel, outcome, records, session, shelf, words
from app.panels.lessons import panel as panel_module
from app.panels.lessons.example import STEPS, example_case, example_experiment
from app.panels.lessons.experiment import ArmRun, Experiment, seconds_left
from app.panels.lessons.session import LIMITS, PREDICT, QUESTION, REVEAL, RUN, SET_UP, STAGES, WHY, Session
from app.widgets.theme import LIGHT
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson_results import Measured

GUESSES = {"crop": 0.7, "colour": 0.4, "both": 0.88}


@pytest.fixture(scope="module")
def catalogue():
    return shipped_catalogue()


@pytest.fixture(scope="module")
def case(catalogue):
    return example_case(catalogue)


@pytest.fixture
def panel(qtbot, catalogue, case):
    made = LessonsPanel()
    qtbot.addWidget(made)
    made.configure(RunConfig(), catalogue)
    made.use_cases((case,))
    made.resize(1280, 760)
    made.show()
    made.open("example")
    return made


def predict(panel, option=2):
    for _ in range(PREDICT):
        panel.frame.next.click()
    panel.book.predict.options.choose(option)
    for arm, value in GUESSES.items():
        panel.book.predict.plot.guess(arm, value)


# The way through -------------------------------------------------------------------------------------------------------


def test_an_answer_by_its_letter_takes_the_keyboard_with_it(panel, qtbot):
    for _ in range(PREDICT):
        panel.frame.next.click()
    options = panel.book.predict.options
    options.cards[0].setFocus()
    options.choose(2)
    assert [card.isChecked() for card in options.cards[:3]] == [False, False, True]
    assert panel.focusWidget() is options.cards[2]


def test_the_list_takes_the_keyboard_that_the_window_gives(panel, qtbot):
    panel.close_lesson()
    panel.frame.setFocus()
    panel.setFocus()
    assert panel.focusWidget() is panel.contents.cards[0]
    qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Return)
    assert panel.here == "example"


def test_from_the_answers_tab_leads_to_the_markers(panel, qtbot):
    for _ in range(PREDICT):
        panel.frame.next.click()
    page = panel.book.predict
    qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_B)
    for _ in page.options.cards:
        if panel.focusWidget() is not page.plot:
            qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
    assert panel.focusWidget() is page.plot


def test_the_outcome_is_locked_until_answer_and_guesses_are_in(panel):
    assert panel.session.locked()[RUN:] == [session.UNPREDICTED] * 4
    panel.frame.next.click()
    panel.frame.next.click()
    assert panel.session.stage == PREDICT
    assert not panel.frame.next.isEnabled()
    assert panel.frame.hint.markdown == "Choose an answer and place 3 more markers to go on."
    panel.book.predict.options.choose(0)
    assert panel.frame.hint.markdown == "Place 3 more markers to go on."
    for arm in ("crop", "colour"):
        panel.book.predict.plot.guess(arm, 0.5)
    assert panel.frame.hint.markdown == "Place 1 more marker to go on."
    assert not panel.frame.next.isEnabled()
    assert not panel.session.enter(RUN)
    panel.book.predict.plot.guess("both", 0.5)
    assert panel.frame.next.isEnabled()
    panel.frame.next.click()
    assert panel.session.stage == RUN
    assert panel.session.locked()[REVEAL] == session.NOT_RUN
    assert [button.isEnabled() for button in panel.frame.trail.buttons] == [True] * 4 + [False] * 3


def test_before_the_outcome_nothing_of_the_record_is_drawn(panel):
    predict(panel)
    assert panel.book.predict.plot.outcome is None
    assert panel.book.predict.plot.lines == ()
    panel.frame.next.click()
    panel.book.run.traces.draw(panel.session.case, None)
    assert all(not card.body.bands.bands for card in panel.book.run.traces.cards if hasattr(card.body, "bands"))


def test_from_the_question_to_the_limits_with_a_clicker_and_letters_alone(qtbot, panel, case):
    asked, set_up = [], []
    panel.experiment_asked.connect(asked.append)
    panel.set_up_asked.connect(set_up.append)

    def press(key):
        qtbot.keyClick(QApplication.focusWidget() or panel, key)

    press(Qt.Key.Key_PageDown)
    press(Qt.Key.Key_PageDown)  # on this page going on means setting up, first
    assert set_up == [next(iter(case.plan.configs.values()))]
    press(Qt.Key.Key_Right)
    assert panel.session.stage == PREDICT
    press(Qt.Key.Key_B)
    assert panel.session.option == 1
    press(Qt.Key.Key_PageDown)
    assert panel.session.stage == PREDICT  # still no markers
    panel.book.predict.plot.setFocus()
    for _ in case.lesson.arms:
        press(Qt.Key.Key_Up)
        press(Qt.Key.Key_Right)  # the next marker, not the next page
    assert panel.session.has_predicted
    press(Qt.Key.Key_PageDown)
    assert panel.session.stage == RUN
    press(Qt.Key.Key_PageDown)
    assert [each.lesson for each in asked] == ["example"]
    panel.show_experiment(example_experiment(case))
    press(Qt.Key.Key_PageDown)
    assert panel.session.stage == REVEAL
    for _ in range(20):
        if panel.session.stage < LIMITS:
            press(Qt.Key.Key_PageDown)
    assert panel.session.stage == LIMITS
    press(Qt.Key.Key_PageUp)
    assert panel.session.stage == WHY


def test_a_long_page_is_turned_before_the_next(panel, case):
    panel.set_theme(dataclasses.replace(LIGHT, scale=1.6))
    panel.resize(900, 420)
    panel.frame.next.click()
    panel.session.is_set_up = True
    QApplication.processEvents()
    bar = panel.book.set_up.verticalScrollBar()
    assert bar.maximum() > 0
    panel.turn(1)
    assert panel.session.stage == SET_UP
    assert bar.value() > 0
    for _ in range(20):
        if panel.session.stage == SET_UP:
            panel.turn(1)
    assert panel.session.stage == PREDICT
    assert panel.book.predict.verticalScrollBar().value() == 0


def test_the_plot_shows_what_was_guessed_over_what_came(panel, case):
    predict(panel, option=0)
    panel.show_experiment(example_experiment(case, seed=3))
    panel._step_to(REVEAL)
    plot = panel.book.reveal.plot
    assert plot.guesses == GUESSES
    assert plot.outcome["both"].value == 0.91
    assert plot.outcome["both"].seeds == (0.91, 0.93, 0.90)
    assert dict(plot.lines) == pytest.approx({"random weights": 0.62, "raw pixels": 0.80})
    assert plot.words == "this run, seed 3"
    panel.book.reveal.segments.buttons["hue"].click()
    assert plot.guesses == {}  # another measure was not guessed
    assert plot.outcome["crop"].value == 1.0


def test_answers_are_replied_to(panel, case):
    predict(panel, option=0)
    panel.show_experiment(example_experiment(case))
    panel._step_to(REVEAL)
    wrong, other, right = session_answers(panel)
    assert (wrong.verdict, bool(wrong.reply), wrong.right) == ("your answer", True, False)
    assert (other.verdict, other.reply) == ("", "")
    assert (right.verdict, right.right) == ("Right", True)
    assert not panel.book.reveal.answers.cards[1].is_open


def session_answers(panel):
    return [card.answer for card in panel.book.reveal.answers.cards]


def test_once_the_outcome_was_seen_the_prediction_stands(panel, case):
    predict(panel)
    panel.show_experiment(example_experiment(case))
    panel._step_to(REVEAL)
    panel._step_to(PREDICT)
    panel.book.predict.options.choose(0)
    assert panel.session.option == 2
    assert "stands" in panel.book.predict.fixed.markdown
    assert not panel.book.predict.plot.isEnabled()
    panel.frame.asked.emit("start over")
    assert (panel.session.option, panel.session.guesses, panel.session.stage) == (-1, {}, QUESTION)
    assert panel.session.experiment is None
    assert panel.frame.tools[1].text() == "Take back"
    panel.frame.asked.emit("start over")
    assert (panel.session.option, panel.session.guesses, panel.session.stage) == (2, GUESSES, PREDICT)
    assert panel.session.is_done
    panel.frame.asked.emit("start over")
    panel.frame.next.click()
    assert panel.frame.tools[1].text() == "Start over"  # what came before is gone now
    panel.frame.asked.emit("start over")
    assert panel.session.guesses == {}


def test_the_same_lesson_is_where_it_was_left(panel):
    predict(panel)
    panel.frame.asked.emit("list")
    assert panel.session is None
    assert "Begun: Predict" in panel.contents.cards[0].state.markdown
    panel.clear()
    panel.refresh(None)
    panel.contents.cards[0].click()
    assert panel.session.stage == PREDICT
    assert panel.session.guesses == GUESSES


# Running ---------------------------------------------------------------------------------------------------------------


def test_what_the_buttons_ask(panel, case):
    asked = []
    panel.experiment_asked.connect(asked.append)
    predict(panel)
    panel.frame.next.click()
    assert "1 min 40 s" in panel.book.run.live.text()
    panel.book.run.live.click()
    first = asked[-1]
    assert (first.seed, list(first.arms), first.origin) == (case.lesson.seed, ["crop", "colour", "both"], "live")
    assert first.configs == case.plan.configs
    assert first.columns == ("loss", "uniformity", "alignment")
    panel.show_experiment(example_experiment(case, done=3, seed=first.seed))
    panel.book.run.rewind.click()
    assert (asked[-1].seed, asked[-1].has_begun) == (first.seed, False)
    panel.book.run.new_seed.click()
    assert asked[-1].seed != first.seed
    assert {config.seed for config in asked[-1].configs.values()} == {asked[-1].seed}


def test_time_left_is_told_while_it_runs(panel, case):
    predict(panel)
    panel.frame.next.click()
    panel.show_experiment(example_experiment(case, done=1, at=96))
    assert panel.book.run.progress.markdown == "Run 2 of 3, seed 0: about 50 s left"
    rows = panel.book.run.rows.rows
    assert [row.state for row in rows] == ["done, 30 s of training", f"step 96 of {STEPS}", "waits"]
    assert [row.share for row in rows] == [1.0, 0.4, 0.0]
    assert panel.book.run.primary() is None or not panel.book.run.live.isVisible()
    assert panel.book.run.stop.isVisible()
    curves = panel.book.run.traces.cards[0].body
    names, table = curves.table()
    assert names == ["step", "Crops only", "Colour only", "Crops and colour"]
    assert len(curves.bands.bands) == 3
    assert math.isnan(table[-1][2])  # the second has not come so far


def test_an_interruption_is_said_and_can_be_gone_on_with(panel, case):
    asked = []
    panel.experiment_asked.connect(asked.append)
    predict(panel)
    panel.frame.next.click()
    cut = example_experiment(case, done=1, at=96).changed(
        "colour", state="interrupted", text="Another run was started."
    )
    panel.show_experiment(cut)
    assert "Interrupted at step 96 of 240. Another run was started." in panel.book.run.rows.rows[1].state
    assert panel.book.run.rows.rows[1].trouble
    assert not panel.book.run.stop.isVisible()
    panel.book.run.go_on.click()
    assert asked == [cut]


def test_seconds_left():
    def arms(*each):
        return Experiment("x", 0, "live", {}, (), {str(k): arm for k, arm in enumerate(each)})

    done = ArmRun("done", seconds=30.0, trained=True)
    now = ArmRun("training", seconds=10.0, eta_s=20.0)
    assert seconds_left(arms(done, now, ArmRun()), math.nan) == 20.0 + 30.0
    assert seconds_left(arms(ArmRun("training"), ArmRun()), 12.0) == 24.0
    assert math.isnan(seconds_left(arms(ArmRun("training"), ArmRun()), math.nan))
    assert seconds_left(arms(done, ArmRun("measuring", trained=True, seconds=30.0)), math.nan) == 0.0
    assert words.duration(math.nan) == ""
    assert [words.duration(value) for value in (3, 47, 100, 700)] == ["5 s", "45 s", "1 min 40 s", "11 min"]


# What is said of the outcome -------------------------------------------------------------------------------------------


def shown(case, values, *, origin="live", seed=7, changes=()):
    experiment = example_experiment(case, seed=seed)
    for arm, value in values.items():
        run = experiment.arms[arm]
        experiment = experiment.changed(arm, values={**run.values, "shape": value}, changes=changes)
    return Session(case, experiment=dataclasses.replace(experiment, origin=origin))


def test_expectations_are_judged_by_what_is_shown(case):
    held = outcome.verdicts(case, shown(case, {}).experiment)
    assert [verdict.here for verdict in held] == [True, True]
    broken = outcome.verdicts(case, shown(case, {"both": 0.55}).experiment)
    assert [verdict.here for verdict in broken] == [False, True]  # .05 above crops alone, .1 was expected
    unknown = outcome.verdicts(case, shown(case, {"both": math.nan}).experiment)
    assert [verdict.here for verdict in unknown] == [None, True]
    assert all(verdict.recorded for verdict in held)


def test_a_run_like_the_record_is_said_to_be_so(case):
    lesson = dataclasses.replace(case.lesson, measures=case.lesson.measures[:2])
    alike = shown(dataclasses.replace(case, lesson=lesson), {})
    assert "within what the 3 recorded seeds showed" in outcome.comparison(alike)


def test_a_run_unlike_the_record_is_said_to_differ(case):
    text = outcome.comparison(shown(case, {"crop": 0.9}))
    assert "This run differs from what was recorded" in text
    assert (
        "Crops only, Shape, linear probe: 90 % here, 49 % to 52 % in the record, 43 % to 58 % to be expected." in text
    )


def test_a_value_just_outside_is_no_difference_yet(case):
    lesson = dataclasses.replace(case.lesson, measures=case.lesson.measures[:1])
    text = outcome.comparison(shown(dataclasses.replace(case, lesson=lesson), {"crop": 0.54}))
    assert "differs" not in text
    assert "within what another seed may give" in text


def test_changed_settings_are_no_longer_the_lesson(case):
    text = outcome.comparison(shown(case, {"crop": 0.5}, changes=("tau became 0.5 after step 6",)))
    assert text.startswith("This is no longer the lesson's experiment: Crops only: tau became 0.5 after step 6.")


def test_the_interval_for_one_more_seed_is_students():
    values = (0.50, 0.52, 0.49)
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = 4.302653 * spread / math.sqrt(3)
    low, high = outcome.expected(Measured("crop", "shape", values, mean, mean - half, mean + half))
    wide = 4.302653 * spread * math.sqrt(1 + 1 / 3)
    np.testing.assert_allclose((low, high), (mean - wide, mean + wide))


def test_the_record_is_labelled_and_its_runs_can_be_shown(panel, case, tmp_path, monkeypatch):
    for arm in case.lesson.arms:
        folder = tmp_path / case.lesson.name / arm.name
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("step,loss,uniformity\n0,,-0.5\n8,5.1,\n16,4.0,-1.5\n")
    monkeypatch.setattr(records, "recorded_folder", lambda name, arm: tmp_path / name / arm)
    assert records.has_record(case.lesson)
    panel.use_cases((dataclasses.replace(case, has_record=True),))
    panel.open("example")
    predict(panel)
    panel.frame.next.click()
    panel.book.run.recorded.click()
    assert panel.book.run.label.markdown == "RECORDED"
    assert panel.book.run.label.isVisible()
    assert "Recorded run, seed 0, on a laptop with 2 cores" in panel.book.run.progress.markdown
    steps, values = panel.session.experiment.arms["crop"].columns["loss"]
    assert (steps.tolist(), values.tolist()) == ([8, 16], [5.1, 4.0])
    folders = []
    panel.record_asked.connect(folders.append)
    panel.book.run.rows._made[1].show.click()
    assert folders == [str(tmp_path / "example" / "colour")]
    panel.frame.next.click()
    assert panel.book.reveal.plot.words == "recorded run, seed 0"
    assert "in the recorded run" in panel.book.reveal.heading.markdown
    assert "recorded run, seed 0" in panel.figure_caption()
    assert outcome.comparison(panel.session) == ""


def test_without_a_record_the_button_is_off_and_says_why(panel):
    predict(panel)
    panel.frame.next.click()
    assert not panel.book.run.recorded.isEnabled()
    assert "run it live" in panel.book.run.note.markdown
    unmeasured = dataclasses.replace(panel.session.case, results=None, trouble="Not measured yet. Run it.")
    panel.session.case = unmeasured
    panel._draw()
    assert panel.book.run.note.markdown == "Not measured yet. Run it."
    panel.show_experiment(example_experiment(unmeasured))
    panel._step_to(REVEAL)
    assert panel.book.reveal.compared.markdown == "Not measured yet. Run it."
    assert all("recorded" not in line for line in panel.book.reveal.verdicts.markdown.splitlines())


# What is kept ----------------------------------------------------------------------------------------------------------


def test_everything_comes_back_on_another_day(panel, case, catalogue, tmp_path, qtbot):
    (tmp_path / "metrics.csv").write_text("step,loss\n1,5.0\n2,4.5\n")
    predict(panel)
    panel.frame.next.click()
    live = example_experiment(case, done=1, at=96, seed=11).changed("crop", folder=str(tmp_path))
    panel.show_experiment(live)
    text = panel.state()
    other = LessonsPanel()
    qtbot.addWidget(other)
    other.configure(RunConfig(), catalogue)
    other.restore(text)
    other.use_cases((case,))
    other.open("example")
    kept = other.session
    assert (kept.stage, kept.option, kept.guesses) == (RUN, 2, GUESSES)
    assert (kept.experiment.seed, kept.experiment.arms["crop"].values) == (11, live.arms["crop"].values)
    assert kept.experiment.arms["crop"].columns["loss"][1].tolist() == [5.0, 4.5]
    assert (kept.experiment.arms["colour"].state, kept.experiment.arms["colour"].text) == (
        "interrupted",
        session.CLOSED,
    )
    assert {config.seed for config in kept.experiment.configs.values()} == {11}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"example": 3}', '{"example": {"mark": "x"}}', '{"gone": {}}'])
def test_what_cannot_be_read_is_left(case, catalogue, text):
    assert session.restore(text, {"example": case}, catalogue) == {}


def test_of_a_lesson_that_is_another_by_now_nothing_is_kept(panel, case, catalogue):
    predict(panel)
    text = panel.state()
    assert list(session.restore(text, {"example": case}, catalogue)) == ["example"]
    plain = json.loads(text)
    plain["example"]["mark"] = "another"
    assert session.restore(json.dumps(plain), {"example": case}, catalogue) == {}


def test_an_outcome_that_is_gone_locks_what_follows(case, catalogue):
    seen = Session(case, REVEAL, LIMITS, 1, dict(GUESSES), example_experiment(case), revealed=True)
    plain = json.loads(session.to_text({"example": seen}))
    plain["example"]["experiment"]["origin"] = "recorded"  # and this case ships none
    back = session.restore(json.dumps(plain), {"example": case}, catalogue)["example"]
    assert (back.experiment, back.stage) == (None, QUESTION)
    assert back.locked()[REVEAL] == session.NOT_RUN


# What ships ------------------------------------------------------------------------------------------------------------


def test_a_lesson_that_cannot_be_read_is_said_and_the_others_are_there(panel, case, monkeypatch, tmp_path, catalogue):
    for name in ("bad", "example"):
        (tmp_path / f"{name}.md").touch()

    def find(_catalogue, name):
        if name == "bad":
            raise SpecError("bad.md, line 3: tau is text.", "It takes a number.")
        return case.lesson

    monkeypatch.setattr(shelf, "lessons_folder", lambda: tmp_path)
    monkeypatch.setattr(shelf, "find_lesson", find)
    found, problems = shelf.cases(catalogue)
    assert [each.lesson.name for each in found] == ["example"]
    assert problems == ("bad.md, line 3: tau is text. It takes a number.",)
    monkeypatch.setattr(panel_module, "cases", lambda _: (found, problems))
    panel.configure(RunConfig(), dataclasses.replace(catalogue))
    panel.close_lesson()
    assert "line 3" in panel.contents.problem.markdown
    assert len(panel.contents.cards) == 1


def test_pages_stand_side_by_side_where_there_is_room(panel):
    panel.frame.next.click()
    columns = panel.book.set_up.columns
    QApplication.processEvents()
    assert not columns.is_stacked
    panel.resize(700, 600)
    QApplication.processEvents()
    assert columns.is_stacked


def test_in_large_type_the_curves_keep_their_share_of_the_page(panel, case):
    predict(panel)
    panel.frame.next.click()
    panel.set_theme(dataclasses.replace(LIGHT, scale=1.6))
    panel.resize(1330, 640)
    QApplication.processEvents()
    columns = panel.book.run.columns
    panel.book.run.beside.show_views(("augment", "train", "evaluate"))
    QApplication.processEvents()
    assert not columns.is_stacked
    assert columns.second.width() > 0.5 * columns.width()


def test_a_clicker_that_starts_the_runs_from_below_sees_how_far_they_are(panel):
    predict(panel)
    panel.frame.next.click()
    panel.resize(700, 500)
    QApplication.processEvents()
    bar, asked = panel.book.page(RUN).verticalScrollBar(), []
    panel.experiment_asked.connect(asked.append)
    while not asked:
        below = bar.value()
        panel.turn(1)
    assert below == bar.maximum() > 0
    assert bar.value() == 0


def test_what_of_the_record_is_drawn_is_said(panel, case):
    page = panel.book.page(RUN)
    page.draw(Session(dataclasses.replace(case, has_record=True)))
    areas, paths = "Pale areas: the lowest to the highest", "Dotted paths: the middle"
    assert page.note.markdown == f"{areas} of 3 recorded seeds. {paths} of 3 recorded seeds."


def test_a_page_that_is_wider_than_its_text_is_as_high_as_the_text_needs(panel, case, monkeypatch):
    long = " ".join(["Among encoders that are trained on the same views those with both low do best."] * 30)
    monkeypatch.setitem(case.lesson.sections, "What this does not show", long)
    page = panel.book.page(LIMITS)
    page.draw(panel.session)
    panel.resize(2200, 500)
    panel.frame.stack.setCurrentWidget(page)
    QApplication.processEvents()
    assert page.text.width() == page.text.maximumWidth() < page.viewport().width()
    assert page.text.height() >= page.text.heightForWidth(page.text.width())


def test_notes_are_in_a_window_of_their_own(panel, case):
    panel.frame.asked.emit("notes")
    assert panel.book.notes.isVisible()
    assert panel.book.notes.isWindow()
    assert panel.book.notes.text.markdown == case.lesson.sections["Notes for the lecturer"]
    panel.frame.next.click()
    assert STAGES[SET_UP] in panel.book.notes.where.markdown
    QTest.keyClick(panel.book.notes, Qt.Key.Key_Escape)
    assert not panel.book.notes.isVisible()


def test_a_title_that_needs_the_room_sends_the_tools_into_a_menu(panel):
    assert panel.frame.more.isHidden()
    panel.resize(520, 600)
    QApplication.processEvents()
    assert [tool.isHidden() for tool in panel.frame.tools] == [False, True, True, True]
    assert panel.frame.more.isVisible()
    assert [action.text() for action in panel.frame.menu().actions()] == ["Start over", "Notes", "Present"]
