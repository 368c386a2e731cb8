"""What is made ready in quiet moments: not before, not twice, and never against a run."""

import threading

import pytest

from sslviz.engine.warming import VARIABLE, Warming
from sslviz.spec.errors import Cancelled, SSLVizError

PATIENCE_S = 30


class World:
    """Idle for so long, training or not; what warming does in it."""

    def __init__(self):
        self.idle, self.training, self.begun = 0.0, False, 0
        self.looked, self.ended = threading.Semaphore(0), threading.Semaphore(0)
        self.started, self.go_on = threading.Event(), threading.Event()
        self.error = None

    def idle_s(self):
        self.looked.release()
        return self.idle

    def warm(self, stop):
        self.begun += 1
        self.started.set()
        try:
            if self.error:
                raise self.error
            while not self.go_on.wait(0.005):
                stop()
        finally:
            self.ended.release()

    def look(self):
        assert all(self.looked.acquire(timeout=PATIENCE_S) for _ in range(3))


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setenv(VARIABLE, "10")
    return World()


@pytest.fixture
def warming(world):
    warming = Warming(world.idle_s, lambda: world.training, world.warm, look_every_s=0.005)
    warming.start()
    yield warming
    warming.close(PATIENCE_S)


@pytest.mark.usefixtures("warming")
def test_it_waits_for_a_quiet_while_and_works_once(world):
    world.idle = 9.9
    world.look()
    assert world.begun == 0
    world.idle = 10.0
    world.go_on.set()
    assert world.ended.acquire(timeout=PATIENCE_S)
    assert world.begun == 1


@pytest.mark.usefixtures("warming")
def test_a_run_goes_first_and_it_begins_again_later(world):
    world.idle = 10.0
    assert world.started.wait(PATIENCE_S)
    world.training, world.idle = True, 0.0
    assert world.ended.acquire(timeout=PATIENCE_S)
    world.look()
    assert world.begun == 1
    world.training, world.idle = False, 10.0
    world.go_on.set()
    assert world.ended.acquire(timeout=PATIENCE_S)


def test_what_goes_wrong_is_left_to_the_first_map_to_tell(world, warming):
    world.error, world.idle = SSLVizError("UMAP is not installed.", "Install it."), 10.0
    assert world.ended.acquire(timeout=PATIENCE_S)
    warming.close(PATIENCE_S)
    assert world.begun == 1


def test_the_end_ends_it(world, warming):
    world.idle = 10.0
    assert world.started.wait(PATIENCE_S)
    warming.close(PATIENCE_S)
    assert not any(thread.name == "sslviz warming" for thread in threading.enumerate())


def test_it_can_be_switched_off(world, monkeypatch):
    monkeypatch.setenv(VARIABLE, "0")
    world.idle = 100.0
    never = Warming(world.idle_s, lambda: False, world.warm, look_every_s=0.001)
    never.start()
    assert not any(thread.name == "sslviz warming" for thread in threading.enumerate())
    never.close(PATIENCE_S)
    with pytest.raises(Cancelled):
        never._stop()  # once closed nothing goes on
