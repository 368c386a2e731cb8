"""Train and wait: the record comes back whatever happens; a run that holds is tried again, then stopped."""

import numpy as np
import pytest

from sslviz.engine import blocking
from sslviz.engine.blocking import _Hold, train_and_wait
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Event, Failed, StateChanged
from sslviz.spec.requests import ControlRun, SetParam, StartRun


def start(steps=3, paused=False, folder="new", **params):
    return StartRun("r", RunConfig(steps=steps, params=params), folder, paused)


def test_the_record_of_a_run(fake_training):
    heard: list[Event] = []
    then = [SetParam("r", "tau", 0.5, at=2), ControlRun("r", "resume")]
    record = train_and_wait(start(paused=True), then, listen=heard.append)
    assert (record.state, record.step, record.ended) == ("finished", 3, True)
    np.testing.assert_array_equal(record["seconds"][0], [1, 2, 3])
    assert [(flip.name, flip.step) for flip in record.flips] == [("tau", 2)]
    assert heard[-1].step == 3


def test_a_failure_is_in_the_record(fake_training):
    record = train_and_wait(start(raise_at=2))
    assert record.state == "failed"
    assert "caught fire" in record.failure.message


def test_requests_that_come_too_late_do_not_spoil_the_record(fake_training):
    record = train_and_wait(start(folder="taken"), [SetParam("r", "tau", 0.5), ControlRun("r", "resume")])
    assert record.failure.message == "The folder is taken."


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(blocking.time, "monotonic", lambda: now[0])
    return now


FULL = StateChanged("r", 5, "paused", "The disk is full.")


def test_a_run_that_holds_is_tried_again_and_stopped_when_patience_ends(clock):
    hold = _Hold(patience_s=12)
    hold.hear(FULL)
    asked = []
    for second in range(14):
        clock[0] = 100.0 + second
        asked.append(hold.action())
    assert asked == ["", "", "", "", "", "resume", "", "", "", "", "resume", "", "stop", "stop"]


def test_trying_again_in_vain_does_not_renew_the_patience(clock):
    hold = _Hold(patience_s=8)
    hold.hear(FULL)
    clock[0] = 105.0
    assert hold.action() == "resume"
    hold.hear(FULL)
    clock[0] = 108.0
    assert hold.action() == "stop"


def test_a_pause_that_was_asked_for_is_no_hold(clock):
    hold = _Hold(patience_s=0)
    hold.hear(StateChanged("r", 5, "paused"))
    hold.hear(Failed("r", 5, "X", "words"))
    assert hold.action() == ""


def test_a_run_that_goes_on_is_left_alone(clock):
    hold = _Hold(patience_s=8)
    hold.hear(FULL)
    hold.hear(StateChanged("r", 5, "running"))
    clock[0] = 200.0
    assert hold.action() == ""
