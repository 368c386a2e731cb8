"""Live models: copied between two batches, and only so often that training hardly notices."""

from concurrent.futures import Future
from dataclasses import dataclass

import pytest

from sslviz.engine.desk import Job
from sslviz.engine.live import GAP_S, SHARE, WARM_UP, LiveModels, Taken, take
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import Cancelled


@dataclass
class FakeRuns:
    """Runs whose model is handed out at once, `cost` seconds each."""

    clock: list
    live: bool = True
    step: int = 0
    cost: float = 0.01
    copies: int = 0

    def is_live(self, run_id):
        return self.live

    def look(self, run_id, take):
        future = Future()
        self.copies += 1
        self.clock[0] += self.cost
        future.set_result(Taken(object(), RunConfig(), self.step, self.cost))
        return future


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def runs(clock):
    return FakeRuns(clock)


@pytest.fixture
def models(runs, clock):
    return LiveModels(runs, lambda taken, network: f"{network or 'usual'} at {taken.step}", lambda: clock[0])


def job() -> Job:
    return Job("Attend a", lambda job: None, lambda event: None)


def warmed(models, clock):
    """The second copy of a run: the first counts for little."""
    models.get("a", job())
    clock[0] += 1_000
    return models


def test_the_first_copy_of_a_run_hardly_counts(models, runs, clock):
    models.get("a", job()).spend(1.0)
    clock[0] += 1.1 * WARM_UP * (1.0 + runs.cost) / SHARE
    runs.step = 1
    assert models.get("a", job()).step == 1


def test_the_copy_is_kept_until_time_has_paid_for_it(models, runs, clock):
    runs.step = -1
    warmed(models, clock)
    runs.step = 0
    first = models.get("a", job())
    assert (first.model(), first.model("student"), first.step) == ("usual at 0", "student at 0", 0)
    assert first.model() is first.model()
    first.spend(0.05)
    runs.step = 7
    clock[0] += 0.9 * (runs.cost + 0.05) / SHARE
    assert models.get("a", job()) is first
    clock[0] += 0.2 * (runs.cost + 0.05) / SHARE
    assert models.get("a", job()).step == 7
    assert runs.copies == 3


def test_cheap_copies_are_still_not_taken_more_often_than_anybody_sees(models, runs, clock):
    runs.cost = 0.0
    first = models.get("a", job())
    clock[0] += 0.9 * GAP_S
    assert models.get("a", job()) is first
    clock[0] += 0.2 * GAP_S
    runs.step = 1
    assert models.get("a", job()) is not first


def test_over_a_minute_of_polling_the_share_is_kept(models, runs, clock):
    began, spent, serial = clock[0], 0.0, 0
    while clock[0] < began + 60:
        live = models.get("a", job())
        if live.serial != serial:  # a fresh one: the view computes its maps, 80 ms
            serial = live.serial
            live.spend(0.08)
            clock[0] += 0.08
            spent += 0.08 + runs.cost
        runs.step += 1
        clock[0] += 0.02
    assert 0.5 * SHARE < spent / 60 < 1.2 * SHARE < 0.05


def test_a_run_that_holds_keeps_its_copy(models, runs, clock):
    first = models.get("a", job())
    clock[0] += 1_000
    assert models.get("a", job()) is first


def test_a_run_that_has_ended_is_not_live_but_its_last_copy_is_known(models, runs):
    first = models.get("a", job())
    runs.live = False
    assert models.get("a", job()) is None
    assert models.last("a") is first
    assert models.last("b") is None


def test_waiting_for_a_step_can_be_given_up_and_ends_with_the_run(runs):
    waiting = Future()
    runs.look = lambda run_id, take: waiting
    given_up = job()
    given_up.given_up = "Cancelled"
    with pytest.raises(Cancelled):
        take(runs, "a", given_up)
    assert waiting.cancelled()
    runs.look = lambda run_id, take: Future()
    runs.live = False
    assert take(runs, "a", job()) is None
    assert take(runs, "", job()) is None
