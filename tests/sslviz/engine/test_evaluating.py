"""A run is evaluated while it trains, and trains on as if it had not been; the newest request wins, any can be given up."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
import torch

from sslviz.engine import Engine
from sslviz.methods import METHODS
from sslviz.spec.evaluation import EvaluateRun, EvaluationPlan, FetchImages
from sslviz.spec.events import Advanced, Answered, Finished, Refused, Scalars, StateChanged
from sslviz.spec.requests import Cancel, ControlRun, StartRun
from sslviz.training import RunControl, TrainingRun
from tests.sslviz.training.tiny_runs import Heard, tiny

PLAN = EvaluationPlan(("knn", "full"), k=5, tune_steps=2)
STEPS = 10


@pytest.fixture
def real_engine(inbox):
    with Engine(inbox.put, threads=1) as engine:
        yield engine


def losses(events) -> list[float]:
    chunks = [event for event in events if isinstance(event, Scalars) and "loss" in event.names]
    return [float(v) for chunk in chunks for v in chunk.values[:, chunk.names.index("loss")] if v == v]


def test_a_live_run_goes_on_identically(real_engine, inbox, tmp_path):
    alone = Heard()
    TrainingRun("alone", tiny(STEPS), tmp_path / "alone", alone, RunControl()).run()
    folder = str(tmp_path / "live")
    real_engine.submit(StartRun("a", tiny(STEPS), folder, paused=True))
    for _ in range(4):
        real_engine.submit(ControlRun("a", "step"))
    inbox.wait(lambda e: isinstance(e, Scalars) and e.step == 4)
    real_engine.submit(EvaluateRun(1, folder, "a", plan=PLAN))
    report = inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == 1).payload
    assert report.step == 4
    assert {row.protocol for row in report.rows} == {"knn", "full"}
    assert repr(pickle.loads(pickle.dumps(report)).rows) == repr(report.rows)
    real_engine.submit(ControlRun("a", "resume"))
    real_engine.submit(EvaluateRun(2, folder, "a", plan=PLAN))  # while it runs, or from the folder once it has ended
    assert inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == 2).payload.step >= 4
    other = dataclasses.replace(tiny().data, seed=7)
    real_engine.submit(EvaluateRun(3, folder, "a", plan=PLAN, data=other))
    elsewhere = inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == 3).payload
    assert elsewhere.data == other
    assert "Not the images that the model was trained on" in elsewhere.note
    assert inbox.wait(Finished).state == "finished"
    assert losses(inbox.of("a")) == losses(alone.events)
    assert any(isinstance(e, Advanced) and e.request_id == 1 for e in inbox)


def test_a_folder_and_its_snapshots_are_evaluated_and_refusals_name_the_field(real_engine, inbox, tmp_path):
    TrainingRun("a", tiny(4), tmp_path / "run", Heard(), RunControl()).run()
    folder = str(tmp_path / "run")
    for request_id, snapshot in ((1, -1), (2, 0)):
        real_engine.submit(
            EvaluateRun(request_id, folder, "gone", snapshot, dataclasses.replace(PLAN, protocols=("knn",)))
        )
        report = inbox.wait(lambda e, k=request_id: isinstance(e, Answered) and e.request_id == k).payload
        assert report.step == (4 if snapshot == -1 else 0)
    other = dataclasses.replace(tiny().data, seed=7)
    real_engine.submit(EvaluateRun(7, folder, plan=dataclasses.replace(PLAN, protocols=("full",)), data=other))
    report = inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == 7).payload
    assert (report.data, report.step, len(report.of("full"))) == (other, 4, 2)
    real_engine.submit(EvaluateRun(3, folder, plan=dataclasses.replace(PLAN, k=9_999)))
    refused = inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 3)
    assert (refused.kind, refused.field) == ("EvaluationError", "k")
    real_engine.submit(EvaluateRun(4, str(tmp_path / "nowhere")))
    assert "holds no run" in inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 4).message
    real_engine.submit(FetchImages(5, tiny().data, (3, 1)))
    found = inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 5).payload
    assert found["images"].shape == (2, 16, 16, 3)
    assert found["indices"].tolist() == [3, 1]
    real_engine.submit(FetchImages(6, tiny().data, (99_999,)))
    assert "no validation image 99999" in inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 6).message


def test_the_newest_wins_and_what_is_given_up_ends(real_engine, inbox, tmp_path):
    folder = str(tmp_path / "waits")
    real_engine.submit(StartRun("a", tiny(STEPS), folder, paused=True))
    inbox.wait(lambda e: isinstance(e, StateChanged) and e.state == "paused")
    long = EvaluationPlan(("full",), k=5, tune_steps=100_000)
    for request_id in (1, 2):
        real_engine.submit(EvaluateRun(request_id, folder, "a", plan=long))
    assert inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 1).kind == "Superseded"
    inbox.wait(lambda e: isinstance(e, Advanced) and e.request_id == 2 and "fine-tune" in e.text)
    real_engine.submit(Cancel(2))
    assert inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 2).kind == "Cancelled"


def test_nobody_looks_at_a_run_that_has_ended():
    control = RunControl()
    waiting = control.look(lambda learner, step: step)
    control.end()
    assert waiting.cancelled()
    assert control.look(lambda learner, step: step).cancelled()


def test_a_look_that_fails_is_told_to_who_looked():
    control = RunControl()
    future = control.look(lambda learner, step: 1 // 0)
    for look in control.take_looks():
        look.perform(None, 3)
    assert isinstance(future.exception(), ZeroDivisionError)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_methods_model_can_be_copied_in_mid_run(name, tmp_path):
    from sslviz.spec.catalogue import shipped_catalogue
    from sslviz.spec.settings import default_config

    config = default_config(shipped_catalogue(), name, steps=2)
    data = dataclasses.replace(tiny().data, image_size=32)
    config = dataclasses.replace(config, data=data, batch_size=16, device="cpu", precision="fp32", threads=1)
    control, taken = RunControl(), []
    control.look(lambda learner, step: None)  # the first is done before the first step

    def when(event) -> None:
        if isinstance(event, Scalars) and event.step == 1:
            taken.append(control.look(lambda learner, step: (step, copy.deepcopy(learner.method))))

    control.pause()
    control.step()
    heard = Heard(when)
    heard.when = lambda event: (when(event), control.resume() if taken else None)
    TrainingRun("a", config, tmp_path / name, heard, control, measure=False).run()
    step, model = taken[0].result(0)
    assert step == 1
    assert all(torch.isfinite(p).all() for p in model.parameters())
