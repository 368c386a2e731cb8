"""The engine steers runs in threads, answers everything and never raises."""

import dataclasses
import threading

import pytest

from sslviz.engine import Engine
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Failed, Finished, Flipped, Refused, Scalars, StateChanged
from sslviz.spec.requests import (
    AugmentImages,
    Cancel,
    ControlRun,
    ListRuns,
    OpenRun,
    ResumeRun,
    SetParam,
    SetSpeed,
    Shutdown,
    StartRun,
    Watch,
)


def start(run_id="a", steps=3, folder="new", paused=False, **params) -> StartRun:
    return StartRun(run_id, RunConfig(steps=steps, params=params), folder, paused)


def steps_of(inbox, run_id="a") -> list[int]:
    return [event.step for event in inbox.of(run_id) if isinstance(event, Scalars)]


def test_a_run_tells_everything_and_finishes_last(engine, inbox):
    engine.submit(start())
    last = inbox.wait(Finished)
    assert last == Finished("a", 3, "finished", "new")
    assert inbox.kinds("a") == ["StateChanged", "Scalars", "Scalars", "Scalars", "Finished"]


def test_paused_from_the_start_then_single_steps_then_on(engine, inbox):
    engine.submit(start(paused=True))
    inbox.wait(StateChanged)
    engine.submit(SetParam("a", "tau", 0.5))
    engine.submit(ControlRun("a", "step"))
    inbox.wait(Scalars)
    engine.submit(ControlRun("a", "step"))
    inbox.wait(Scalars, count=2)
    assert not any(isinstance(event, Finished) for event in inbox)
    engine.submit(ControlRun("a", "resume"))
    inbox.wait(Finished)
    assert steps_of(inbox) == [1, 2, 3]
    flip = inbox.wait(Flipped)
    assert (flip.name, flip.after, flip.step) == ("tau", 0.5, 0)


def test_a_setting_may_wait_for_its_step(engine, inbox):
    engine.submit(start(paused=True))
    engine.submit(SetParam("a", "tau", 0.5, at=2))
    engine.submit(ControlRun("a", "resume"))
    inbox.wait(Finished)
    assert [flip.step for flip in inbox if isinstance(flip, Flipped)] == [2]


def test_pause_holds_and_stop_ends_a_held_run(engine, inbox):
    engine.submit(start(steps=10**9))
    inbox.wait(Scalars)
    engine.submit(ControlRun("a", "pause"))
    engine.submit(ControlRun("a", "stop"))
    assert inbox.wait(Finished).state == "stopped"


def test_resume_goes_on_to_the_steps_asked_for(engine, inbox):
    engine.submit(ResumeRun("a", "old", steps=4))
    inbox.wait(Finished)
    assert steps_of(inbox) == [2, 3, 4]


def test_two_runs_at_once(engine, inbox):
    engine.submit(start("a", steps=10**9, folder="one"))
    engine.submit(start("b", steps=2, folder="two"))
    assert inbox.wait(lambda e: isinstance(e, Finished) and e.run_id == "b").state == "finished"
    engine.submit(ControlRun("a", "stop"))
    assert inbox.wait(lambda e: isinstance(e, Finished) and e.run_id == "a").state == "stopped"


def test_finished_is_told_when_the_folder_is_free_and_the_name_may_be_used_again(engine, inbox, fake_training):
    seen = []

    def listen(event):
        if isinstance(event, Finished) and not seen:
            seen.append(set(fake_training.open_folders))
            other.submit(ResumeRun("a", "new", steps=2))
        inbox.put(event)

    with Engine(listen) as other:
        other.submit(start(steps=1))
        inbox.wait(Finished, count=2)
    assert seen == [set()]
    assert not any(isinstance(event, Failed) for event in inbox)


def test_a_failure_in_a_run_is_explained_and_finished_follows(engine, inbox):
    engine.submit(start(raise_at=2))
    last = inbox.wait(Finished)
    failed = inbox.wait(Failed)
    assert (failed.run_id, failed.step, failed.kind) == ("a", 1, "RuntimeError")
    assert "the weights caught fire" in failed.message
    assert failed.hint
    assert "_take_step" in failed.trace
    assert last == Finished("a", 1, "failed", "new")
    assert inbox.of("a")[-1] == last


def test_a_run_that_cannot_be_made_fails_with_its_own_words(engine, inbox):
    engine.submit(start(folder="taken"))
    inbox.wait(Finished)
    failed = inbox.wait(Failed)
    assert (failed.kind, failed.message, failed.hint) == ("SSLVizError", "The folder is taken.", "Choose another.")


def test_a_name_that_is_in_use_leaves_the_first_run_alone(engine, inbox):
    engine.submit(start(paused=True))
    engine.submit(start())
    failed = inbox.wait(Failed)
    assert failed.run_id == ""
    assert "running already" in failed.message
    engine.submit(OpenRun("a", "new"))
    assert "is running" in inbox.wait(Failed, count=2).message
    engine.submit(ControlRun("a", "resume"))
    assert inbox.wait(Finished).state == "finished"


@pytest.mark.parametrize("request_", [ControlRun("ghost", "pause"), SetParam("ghost", "tau", 1), Watch("ghost", ())])
def test_unknown_runs_are_answered(engine, inbox, request_):
    engine.submit(request_)
    failed = inbox.wait(Failed)
    assert failed.run_id == ""
    assert "no run 'ghost'" in failed.message
    assert failed.hint


def test_what_an_ended_run_meets_anyway_is_no_error(engine, inbox):
    engine.submit(start())
    inbox.wait(Finished)
    for moot in (ControlRun("a", "stop"), ControlRun("a", "pause"), Watch("a", ("views",)), SetSpeed("a", 2.0)):
        engine.submit(moot)
    assert not any(isinstance(event, Failed) for event in inbox)
    engine.submit(SetParam("a", "tau", 1.0))
    assert "has ended" in inbox.wait(Failed).message


def test_the_engines_threads_hold_for_runs_that_leave_it_open(fake_training, inbox, monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # put back afterwards
    with Engine(inbox.put, threads=3) as engine:
        engine.submit(start("a"))
        engine.submit(StartRun("b", dataclasses.replace(RunConfig(steps=1), threads=2), "other"))
        inbox.wait(Finished, count=2)
    assert sorted(config.threads for config in fake_training.configs) == [2, 3]


def test_close_stops_runs_that_wait_and_leaves_no_thread(fake_training, inbox):
    engine = Engine(inbox.put)
    engine.submit(start(paused=True))
    inbox.wait(StateChanged)
    assert engine.close(30)
    assert inbox.wait(Finished).state == "stopped"
    assert not any(thread.name.startswith("sslviz") for thread in threading.enumerate())


def test_close_is_bounded_when_a_run_is_deaf(fake_training, inbox):
    engine = Engine(inbox.put)
    engine.submit(start(steps=10**9, deaf=True))
    inbox.wait(Scalars)
    assert engine.close(0.01) is False
    fake_training.released.set()
    assert engine.close(30)


def test_after_the_end_every_request_is_refused(engine, inbox):
    engine.submit(Shutdown())
    engine.submit(start())
    assert "shut down" in inbox.wait(Failed).message
    assert inbox.wait(Finished).state == "failed"
    engine.submit(ListRuns(7))
    refused = inbox.wait(Refused)
    assert refused.request_id == 7
    assert "shut down" in refused.message


def test_shutdown_stops_runs(engine, inbox):
    engine.submit(start(paused=True))
    engine.submit(Shutdown())
    assert inbox.wait(Finished).state == "stopped"


def test_what_is_no_request_is_told_and_not_raised(engine, inbox):
    engine.submit("nonsense")
    assert "no request of kind str" in inbox.wait(Failed).message


def test_cancelling_what_is_not_there_is_quiet(engine, inbox):
    engine.submit(Cancel(99))
    engine.submit(start())
    inbox.wait(Finished)
    assert not any(isinstance(event, Failed | Refused) for event in inbox)


def test_a_request_that_fails_is_refused_with_its_id(engine, inbox, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sslviz.data", None)  # as if it could not be imported
    engine.submit(AugmentImages(5, RunConfig().data, RunConfig().augmentation, (0,)))
    refused = inbox.wait(Refused)
    assert refused.request_id == 5
    assert "cannot be loaded" in refused.message
    assert "doctor" in refused.hint
