"""The runs of a lesson on a worker without torch: one after the other, measured, interrupted, gone on with; nothing is lost."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import fake_worker
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.bridge.bridge import Bridge
from app.bridge.example_run import RUN
from app.bridge.picture import RunPicture
from app.panels.lessons import LessonsPanel
from app.panels.lessons.example import example_case
from app.panels.lessons.experiment import ArmRun, Experiment
from app.shell.current_run import CurrentRun
from app.shell.draft import Draft
from app.shell.lesson_runs import NEWER, OTHER, STATE, STOPPED, LessonRuns, fields_of
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Answered, Flipped, StateChanged
from sslviz.spec.lesson import ArmMeasured
from sslviz.spec.settings import default_config

ARMS = ("with", "without")


@pytest.fixture
def bridge(qtbot):
    made = Bridge(command=fake_worker.command)
    made.start()
    yield made
    made.close()


@pytest.fixture
def current(bridge):
    return CurrentRun(bridge, Draft(fake_worker.CATALOGUE))


@pytest.fixture
def runs(bridge, current):
    return LessonRuns(bridge, current, current._draft)


@pytest.fixture
def told(runs):
    """Every state that was told of, in order."""
    heard: list[Experiment] = []
    runs.changed.connect(heard.append)
    return heard


def experiment(arms=ARMS, steps=12, lesson="stops", seed=5) -> Experiment:
    config = dataclasses.replace(default_config(fake_worker.CATALOGUE, "simclr", steps=steps), seed=seed)
    configs = {arm: dataclasses.replace(config, params={**config.params, "negatives": arm == "with"}) for arm in arms}
    return Experiment(lesson, seed, "live", configs, ("loss", "std"), {arm: ArmRun() for arm in arms})


def states(runs):
    return {name: arm.state for name, arm in runs.experiment.arms.items()}


def test_arms_train_one_after_the_other_and_are_measured(qtbot, runs, told, current):
    runs.start(experiment())
    assert states(runs) == {"with": "training", "without": "waiting"}
    assert Path(current.folder).name.endswith("stops with")
    qtbot.waitUntil(lambda: runs.experiment.is_done)
    done = runs.experiment
    assert {name: arm.values for name, arm in done.arms.items()} == {
        "with": {"shape": 0.12},
        "without": {"shape": 0.12},
    }
    folders = {arm.folder for arm in done.arms.values()}
    assert len(folders) == 2
    configs = {(Path(folder) / "run.toml").read_text() for folder in folders}
    assert len(configs) == 2  # each with its own setting
    for arm in done.arms.values():
        steps, values = arm.columns["loss"]
        assert steps.tolist() == list(range(1, 13))
        np.testing.assert_allclose(values[-1], 5.0 / 1.12)
        assert arm.trained
        assert arm.step == 12
    both = [{arm.state for arm in each.arms.values()} for each in told]
    assert all(len(each & {"training", "measuring"}) <= 1 for each in both)
    order = [next((name for name, arm in each.arms.items() if arm.state == "measuring"), "") for each in told]
    assert [name for k, name in enumerate(order) if name and name != order[k - 1]] == list(ARMS)


def test_the_inspector_holds_the_arm_that_trains(qtbot, runs, current):
    wanted = experiment(steps=100_000)
    runs.start(wanted)
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 2)
    assert current._draft.config == wanted.configs["with"]
    assert current.picture.started.config == wanted.configs["with"]


def test_stopped_by_the_lesson_it_goes_on_where_it_was_saved(qtbot, runs, told, current):
    runs.start(experiment(steps=60))
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 5)
    runs.stop()
    arm = runs.experiment.arms["with"]
    assert (arm.state, arm.text) == ("interrupted", STOPPED)
    qtbot.waitUntil(lambda: not current.is_live)
    saved = int((Path(arm.folder) / "saved").read_text())
    assert 0 < saved < 60
    runs.start(runs.experiment)
    assert runs.experiment.arms["with"].folder == arm.folder
    qtbot.waitUntil(lambda: runs.experiment.is_done)
    assert int((Path(arm.folder) / "saved").read_text()) == 60


def test_stopped_by_the_transport_it_is_interrupted_too(qtbot, runs, current):
    runs.start(experiment(steps=100_000))
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 2)
    current.control("stop")
    qtbot.waitUntil(lambda: states(runs)["with"] == "interrupted")
    assert states(runs)["without"] == "waiting"


def test_another_run_interrupts_and_the_lesson_says_so(qtbot, runs, current):
    runs.start(experiment(steps=100_000))
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 2)
    current.start()
    arm = runs.experiment.arms["with"]
    assert (arm.state, arm.text) == ("interrupted", OTHER)
    assert not runs.experiment.is_under_way
    assert current.is_live  # the other run is left alone
    qtbot.waitUntil((Path(arm.folder) / "saved").exists)  # and nothing of the first is lost
    assert len(arm.columns["loss"][0]) > 2


def test_a_run_that_was_started_while_one_is_measured_is_not_taken_away(qtbot, runs, current, monkeypatch):
    asked = []
    monkeypatch.setattr(runs._bridge, "ask", lambda build, reply: asked.append((build(7), reply)) or 7)
    runs.start(experiment(steps=5))
    qtbot.waitUntil(lambda: states(runs)["with"] == "measuring")
    current.start()
    taken = current.run_id
    assert states(runs)["with"] == "measuring"
    asked[0][1](Answered("", 0, 7, ArmMeasured("stops", "with", {"shape": 0.5})))
    assert states(runs) == {"with": "done", "without": "interrupted"}
    assert runs.experiment.arms["without"].text == OTHER
    assert current.run_id == taken


def test_a_newer_experiment_takes_the_place_of_an_older_one(qtbot, runs, told):
    runs.start(experiment(steps=100_000))
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 2)
    runs.start(experiment(("only",), steps=5, lesson="other"))
    last = [each for each in told if each.lesson == "stops"][-1]
    assert (last.arms["with"].state, last.arms["with"].text) == ("interrupted", NEWER)
    qtbot.waitUntil(lambda: runs.experiment.lesson == "other" and runs.experiment.is_done)


def test_what_cannot_be_measured_is_said_and_can_be_measured_again(qtbot, runs):
    runs.start(experiment(("unmeasurable", "with"), steps=5))
    qtbot.waitUntil(lambda: states(runs)["unmeasurable"] == "failed")
    arm = runs.experiment.arms["unmeasurable"]
    assert arm.text == "It cannot be measured. Train it again."
    assert arm.trained
    runs.start(runs.experiment)
    assert states(runs)["unmeasurable"] == "measuring"  # it is not trained again


def test_a_lost_worker_is_a_failure_in_words(qtbot, runs, bridge, current):
    crash = dataclasses.replace(default_config(fake_worker.CATALOGUE, "crash", steps=100), batch_size=8)
    runs.start(Experiment("stops", 0, "live", {"with": crash}, ("loss",), {"with": ArmRun()}))
    qtbot.waitUntil(lambda: states(runs)["with"] == "failed")
    assert runs.experiment.arms["with"].text
    assert not runs.experiment.is_under_way


def test_pausing_is_told(qtbot, runs):
    runs.start(experiment(steps=100_000))
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].step > 2)
    runs.pause_or_go_on()
    qtbot.waitUntil(lambda: runs.experiment.arms["with"].paused)
    runs.pause_or_go_on()
    qtbot.waitUntil(lambda: not runs.experiment.arms["with"].paused)


def test_a_setting_that_is_changed_on_the_way_is_told_once():
    picture = RunPicture(RUN)
    for event in (
        StateChanged(RUN, 1, "running"),
        Flipped(RUN, 4, "negatives", True, False),
        Flipped(RUN, 6, "tau", 0.2, 0.5),
    ):
        picture.fold(event)
    said = fields_of(picture, ArmRun(changes=("negatives became off after step 4",)), ("loss",))
    assert said["changes"] == ("negatives became off after step 4", "tau became 0.5 after step 6")
    assert len(said["columns"]["loss"][0]) == 0


# In the window ---------------------------------------------------------------------------------------------------------


def test_the_view_is_joined_with_its_runs_and_the_window(qtbot, window_with, monkeypatch):
    window = window_with(("lessons", LessonsPanel))
    panel = window.views.panels["lessons"]
    panel.configure(RunConfig(), shipped_catalogue())
    monkeypatch.setattr(panel, "configure", lambda *_: None)  # the fake worker's catalogue knows no lesson
    panel.use_cases((example_case(shipped_catalogue()),))
    panel.open("example")
    panel.book.set_up.start.click()
    assert window.draft.config == next(iter(panel.session.case.plan.configs.values()))
    assert '"set_up": true' in str(window.settings.value(STATE))
    panel.sessions["example"].experiment = None
    asked = experiment(steps=8, lesson="example")
    window.lesson_runs.start(asked)
    assert panel.sessions["example"].experiment.arms["with"].state == "training"
    qtbot.waitUntil(lambda: panel.sessions["example"].is_done)
    window.set_presenting(True)
    qtbot.waitUntil(lambda: panel.theme.scale > 1)
    assert panel.hasFocus() or panel.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_PageDown)
    assert panel.session.stage > 0
    window.set_presenting(False)
    assert math.isclose(panel.theme.scale, 1.0)
