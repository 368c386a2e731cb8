"""The worker process for real: it trains, obeys, survives nothing it should not, and leaves no orphan."""

import os
import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Listener
from pathlib import Path

import psutil
import pytest

from sslviz.engine.blocking import train_and_wait
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.events import (
    Answered,
    Failed,
    Finished,
    Flipped,
    Peeked,
    Progressed,
    Refused,
    Scalars,
    Started,
    WorkerReady,
)
from sslviz.spec.requests import (
    AugmentImages,
    Cancel,
    ControlRun,
    Estimate,
    ListRuns,
    OpenRun,
    PrepareData,
    ResumeRun,
    SetParam,
    Shutdown,
    StartRun,
    Watch,
)
from sslviz.spec.wire import KEY_VARIABLE, worker_command, worker_environment

PATIENCE_S = 120
DATA = DataConfig(source="shapes", image_size=32, dials={"preset": "lesson", "count": 64})


class Window:
    """The other end of the connection, as the window is; and the worker's process."""

    def __init__(self, key: bytes = b"key", wrap=lambda command: command):
        self.listener = Listener(authkey=key)
        self.process = subprocess.Popen(
            wrap(worker_command(self.listener.address, threads=1)),
            env=worker_environment(key), start_new_session=True,
        )  # fmt: skip
        self.connection = self.listener.accept()
        self.events, self.came, self.ended = [], threading.Condition(), False
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        while True:
            try:
                event = self.connection.recv()
            except (EOFError, OSError):
                break
            with self.came:
                self.events.append(event)
                self.came.notify_all()
        with self.came:
            self.ended = True
            self.came.notify_all()

    def send(self, request):
        self.connection.send(request)

    def wait(self, wanted, run_id="", count=1):
        def fits(event):
            return isinstance(event, wanted) and event.run_id == run_id

        with self.came:
            assert self.came.wait_for(lambda: self.ended or sum(map(fits, self.events)) >= count, PATIENCE_S)
            found = [event for event in self.events if fits(event)]
            assert len(found) >= count, f"the worker ended: {self.events[-3:]}"
            return found[count - 1]

    def of(self, kind, run_id):
        return [event for event in self.events if isinstance(event, kind) and event.run_id == run_id]

    def exit_code(self):
        return self.process.wait(PATIENCE_S)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(30)
        self.connection.close()
        self.listener.close()


def config(steps=6) -> RunConfig:
    return RunConfig(data=DATA, batch_size=8, steps=steps, snapshots=1, precision="fp32", threads=1,
                     optimiser=OptimiserConfig(warmup=0), augmentation=Augmentation())  # fmt: skip


def answer_to(window, request):
    """The one answer to a request."""
    window.send(request)
    with window.came:
        assert window.came.wait_for(lambda: window.ended or _answers(window, request), PATIENCE_S)
        (answer,) = _answers(window, request)
    return answer


def _answers(window, request):
    return [e for e in window.events if isinstance(e, Answered | Refused) and e.request_id == request.request_id]


def running(tmp_path, **more) -> Window:
    """A worker in which a long run trains."""
    window = Window(**more)
    window.send(StartRun("r", config(1_000_000), str(tmp_path / "run")))
    window.wait(Progressed, "r")
    return window


@pytest.fixture(scope="module")
def window():
    window = Window()
    yield window
    window.close()


def test_ready_comes_first_and_says_what_there_is(window):
    ready = window.wait(WorkerReady)
    assert window.events[0] is ready
    assert "simclr" in [info.name for info in ready.catalogue.methods]
    assert "cpu" in ready.devices
    assert "torch" in ready.versions


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is Unix's")
def test_the_worker_lets_the_window_go_first(window):
    window.wait(WorkerReady)
    assert psutil.Process(window.process.pid).nice() >= 10


def test_a_run_from_start_to_resume(window, tmp_path):
    folder = str(tmp_path / "run")
    window.send(StartRun("a", config(), folder, paused=True))
    window.send(Watch("a", ("views",)))
    assert window.wait(Started, "a").live
    window.send(ControlRun("a", "step"))
    window.wait(Progressed, "a")
    window.send(SetParam("a", "negatives", False))
    window.send(ControlRun("a", "step"))
    flip = window.wait(Flipped, "a")
    assert (flip.name, flip.before, flip.after, flip.step) == ("negatives", True, False, 1)
    assert window.wait(Peeked, "a").name == "views"
    window.send(ControlRun("a", "stop"))
    stopped = window.wait(Finished, "a")
    assert stopped.state == "stopped"
    window.send(ResumeRun("a", folder))
    assert window.wait(Finished, "a", count=2).state == "finished"
    steps = [int(step) for event in window.of(Scalars, "a") for step in event.steps]
    assert sorted(set(steps)) == [*range(min(steps), 7)]
    assert not window.of(Failed, "a")


def test_a_finished_run_is_opened_and_listed(window, tmp_path):
    window.send(StartRun("b", config(2), str(tmp_path / "run")))
    window.wait(Finished, "b")
    window.send(OpenRun("c", str(tmp_path / "run")))
    assert window.wait(Finished, "c").state == "finished"
    assert window.of(Started, "c")[0].live is False
    listed = answer_to(window, ListRuns(900, str(tmp_path))).payload
    assert [(summary.name, summary.step) for summary in listed] == [("run", 2)]


def test_two_runs_at_once(window, tmp_path):
    for name in ("d", "e"):
        window.send(StartRun(name, config(4), str(tmp_path / name)))
    assert window.wait(Finished, "d").state == "finished"
    assert window.wait(Finished, "e").state == "finished"


def test_inquiries_are_answered(window):
    summary = answer_to(window, PrepareData(901, DATA)).payload
    assert summary.train + summary.val == 64
    views = answer_to(window, AugmentImages(902, DATA, Augmentation(), (0, 3))).payload
    assert views["views"].shape == (2, 2, 32, 32, 3)
    assert answer_to(window, Estimate(903, config())).payload.memory_bytes > 0


def test_a_request_about_nothing_is_refused_in_words(window):
    refused = answer_to(window, AugmentImages(904, DATA, Augmentation(), (10_000,)))
    assert refused.message == "There is no training image 10000."
    assert refused.hint


def test_cancelling_a_preparation(window):
    big = DataConfig(source="shapes", dials={"count": 200_000})
    window.send(PrepareData(905, big))
    window.send(Cancel(905))
    with window.came:
        assert window.came.wait_for(lambda: _answers(window, Cancel(905)), PATIENCE_S)
    assert _answers(window, Cancel(905))[0].kind == "Cancelled"


def test_shutdown_saves_runs_and_ends(tmp_path):
    with_run = running(tmp_path)
    with_run.send(Shutdown())
    assert with_run.exit_code() == 0
    assert with_run.wait(Finished, "r").state == "stopped"
    with_run.close()
    assert (tmp_path / "run" / "checkpoint.safetensors").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_sigterm_saves_runs_and_ends(tmp_path):
    window = running(tmp_path)
    window.process.send_signal(signal.SIGINT)  # of a shared terminal: the window's business
    window.process.send_signal(signal.SIGTERM)
    assert window.exit_code() == 0
    window.close()
    assert (tmp_path / "run" / "checkpoint.safetensors").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_sigkill_is_seen_as_the_end_and_the_run_can_go_on(tmp_path):
    window = running(tmp_path)
    os.kill(window.process.pid, signal.SIGKILL)
    window.reader.join(30)
    assert window.ended
    window.close()
    record = train_and_wait(ResumeRun("r", str(tmp_path / "run"), steps=3))
    assert (record.state, record.step, record.failure) == ("finished", 3, None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_window_that_is_killed_leaves_no_orphan_and_the_run_is_saved(tmp_path):
    """The window is a process of its own here: it listens, starts a run and is killed."""
    script = Path(__file__).parent / "a_window.py"
    window = subprocess.Popen([sys.executable, script, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    worker = psutil.Process(int(window.stdout.readline()))
    window.kill()
    window.wait()
    window.stdout.close()
    worker.wait(PATIENCE_S)
    assert (tmp_path / "run" / "checkpoint.safetensors").is_file()


def test_a_wrong_key_is_refused():
    with Listener(authkey=b"right") as listener:
        process = subprocess.Popen(
            worker_command(listener.address), env=worker_environment(b"wrong"), stderr=subprocess.PIPE
        )
        with pytest.raises(Exception, match="digest"):
            listener.accept()
        assert process.wait(PATIENCE_S) != 0
        process.stderr.close()


def test_without_a_key_it_says_so():
    environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    done = subprocess.run(worker_command("nowhere"), check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert KEY_VARIABLE in done.stderr
