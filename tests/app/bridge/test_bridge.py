"""The bridge against a real worker process that has no torch: start, requests, death, restart, shutdown."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests are no packages: this finds fake_worker
import fake_worker

from app.bridge.bridge import SLOWEST_MS, TICK_MS, Bridge
from app.bridge.routes import Routes
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Answered, Failed, Refused, Scalars
from sslviz.spec.requests import ControlRun, Estimate, ListRuns, OpenRun, StartRun

LONG = RunConfig(steps=1_000_000)


@pytest.fixture
def bridge(qtbot, qapp, tmp_path, monkeypatch) -> Iterator[Bridge]:
    monkeypatch.setenv("SSLVIZ_RUNS", str(tmp_path / "runs"))
    made = Bridge(command=fake_worker.command)
    made.start()
    yield made
    made.close()


def until_ready(qtbot, bridge: Bridge) -> None:
    qtbot.waitUntil(lambda: bridge.is_ready)


def started(qtbot, bridge: Bridge, folder: Path, config: RunConfig = LONG) -> object:
    picture = bridge.expect("a")
    bridge.send(StartRun("a", config, str(folder)))
    qtbot.waitUntil(lambda: picture.progress is not None)
    return picture


def test_requests_sent_before_the_worker_is_up_are_answered(qtbot, bridge):
    replies = []
    bridge.ask(lambda request_id: Estimate(request_id, RunConfig()), replies.append)
    qtbot.waitUntil(lambda: bool(replies))
    assert isinstance(replies[0], Answered)
    assert replies[0].payload.parameters == 99_000


def test_an_answer_does_not_wait_for_the_timer(qtbot, bridge):
    until_ready(qtbot, bridge)
    bridge._timer.setInterval(3_600_000)
    replies = []
    bridge.ask(lambda request_id: Estimate(request_id, RunConfig()), replies.append)
    qtbot.waitUntil(lambda: bool(replies))
    assert isinstance(replies[0], Answered)


@pytest.mark.parametrize(("state", "rest_ms"), [("running", SLOWEST_MS), ("paused", TICK_MS), ("finished", TICK_MS)])
def test_only_a_run_that_trains_makes_the_window_rest(qtbot, bridge, state, rest_ms):
    until_ready(qtbot, bridge)
    bridge.expect("a").state = state
    bridge._worked_s = time.thread_time() - 1.0  # a second of drawing since the last tick
    bridge.tick()
    assert bridge._timer.interval() == rest_ms


def test_a_run_folds_into_its_picture_and_no_step_is_lost(qtbot, bridge, tmp_path):
    picture = started(qtbot, bridge, tmp_path / "run", RunConfig(steps=200))
    qtbot.waitUntil(lambda: picture.state == "finished")
    assert list(picture.table.series("loss")[0]) == list(range(1, 201))


def test_views_hear_at_most_once_a_tick(qtbot, bridge, tmp_path):
    picture = bridge.expect("a")
    told = []
    bridge.changed.connect(told.append)
    for step in range(200):
        bridge._mailbox.put(Failed("a", step, "X", f"{step}"))
    bridge.tick()
    assert told == [frozenset({"a"})]
    while picture.version < 200:
        bridge.tick()
    assert picture.failure.message == "199"


def test_a_tick_takes_bounded_time_and_leaves_the_rest_for_the_next(bridge, monkeypatch):
    picture = bridge.expect("a")
    monkeypatch.setattr("app.bridge.bridge.BUDGET_S", 0.0)
    bridge._mailbox.put(Scalars("a", 1, ("loss",), np.array([1]), np.array([[1.0]])))
    bridge.tick()
    assert picture.version == 0
    monkeypatch.setattr("app.bridge.bridge.BUDGET_S", 1.0)
    bridge.tick()
    assert picture.version == 1


def test_a_killed_worker_is_reported_replaced_and_its_run_ends_as_failed(qtbot, bridge, tmp_path):
    until_ready(qtbot, bridge)
    picture = started(qtbot, bridge, tmp_path / "run")
    first = bridge.worker_pid
    with qtbot.waitSignal(bridge.lost) as lost:
        os.kill(first, signal.SIGKILL)
    assert "SIGKILL" in lost.args[0].message
    assert "memory" in lost.args[0].message
    assert picture.state == "failed"
    assert picture.failure.kind == "WorkerLost"
    until_ready(qtbot, bridge)
    assert bridge.worker_pid != first


def test_the_last_words_of_a_worker_are_kept(qtbot, bridge, tmp_path):
    until_ready(qtbot, bridge)
    bridge.expect("a")
    with qtbot.waitSignal(bridge.lost) as lost:
        bridge.send(StartRun("a", RunConfig(method="crash"), str(tmp_path / "run")))
    assert "the last words of a worker" in lost.args[0].trace


def test_a_worker_that_never_comes_up_is_not_restarted_for_ever(qtbot, qapp):
    bridge = Bridge(command=lambda _: [sys.executable, "-c", "import sys; sys.exit('no torch here')"])
    replies = []
    with qtbot.waitSignal(bridge.lost) as lost:
        bridge.start()
        bridge.ask(ListRuns, replies.append)
    assert not lost.args[0].was_ready
    assert "exit code 1" in lost.args[0].message
    assert "no torch here" in lost.args[0].trace
    assert bridge.worker_pid is None
    assert [type(reply) for reply in replies] == [Refused]
    bridge.close()


def test_what_is_asked_before_the_first_start_is_kept_until_then(qtbot, qapp, tmp_path):
    bridge = Bridge(command=fake_worker.command)
    picture = bridge.expect("a")
    bridge.send(StartRun("a", RunConfig(), str(tmp_path / "run")))
    bridge.start()
    qtbot.waitUntil(lambda: picture.started is not None, timeout=20_000)
    bridge.close()


def test_without_a_worker_nothing_waits_for_ever(qtbot, qapp):
    bridge = Bridge(command=lambda _: [sys.executable, "-c", "import sys; sys.exit('no torch here')"])
    with qtbot.waitSignal(bridge.lost):
        bridge.start()
    replies = []
    bridge.ask(ListRuns, replies.append)
    assert replies[0].kind == "WorkerLost"
    picture = bridge.expect("a")
    bridge.send(OpenRun("a", "/nowhere"))
    qtbot.waitUntil(lambda: picture.state == "failed")
    bridge.close()


def test_closing_lets_the_worker_save_and_leaves_no_process_or_thread(qtbot, bridge, tmp_path):
    started(qtbot, bridge, tmp_path / "run")
    pid = bridge.worker_pid
    bridge.close()
    assert int((tmp_path / "run" / "saved").read_text()) > 0
    assert not psutil.pid_exists(pid)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker")]


def test_closing_before_the_worker_has_connected_does_not_wait(qtbot, qapp):
    bridge = Bridge(command=lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    bridge.start()
    pid = bridge.worker_pid
    bridge.close()
    assert not psutil.pid_exists(pid)


def test_pause_and_step_reach_the_run(qtbot, bridge, tmp_path):
    picture = started(qtbot, bridge, tmp_path / "run")
    bridge.send(ControlRun("a", "pause"))
    qtbot.waitUntil(lambda: picture.state == "paused")
    at = picture.progress.step
    bridge.send(ControlRun("a", "step"))
    qtbot.waitUntil(lambda: picture.progress.step > at)


def test_every_owner_hears_its_own_replies_only():
    routes, heard = Routes(), {"a": [], "b": []}
    a, b = routes.claim(heard["a"].append), routes.claim(heard["b"].append)
    routes.sent(b[0])
    routes.deliver(Answered("", 0, b[0], "b"))
    routes.deliver(Answered("", 0, b[0], "twice"))
    routes.deliver(Answered("", 0, a[0], "never asked"))
    assert [reply.payload for reply in heard["b"]] == ["b"]
    assert heard["a"] == []
    routes.sent(a[1])
    routes.refuse_all("gone", "")
    assert [reply.kind for reply in heard["a"]] == ["WorkerLost"]
