"""The shelf loads once, shares, forgets the oldest, and lets a waiting reader give up."""

import threading

import pytest

from sslviz.engine.shelf import KEPT, Shelf
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import Cancelled


class Loader:
    """Counts its calls; waits at a gate where there is one."""

    def __init__(self, gate: threading.Event | None = None):
        self.calls, self.gate, self.entered = [], gate, threading.Event()

    def __call__(self, config, *, progress, cancelled):
        self.calls.append(config.source)
        self.entered.set()
        if self.gate:
            assert self.gate.wait(30)
        progress(1.0, "loaded")
        return object()


def get(shelf, source="shapes", cancelled=lambda: False, **more):
    config = DataConfig(source=source, dials=more.pop("dials", {}), download=more.pop("download", False))
    return shelf.get(config, progress=lambda fraction, text: None, cancelled=cancelled, **more)


def test_equal_configs_share_whatever_the_order_of_dials_and_the_download():
    loader = Loader()
    shelf = Shelf(loader)
    first = get(shelf, dials={"a": 1, "b": 2})
    assert get(shelf, dials={"b": 2, "a": 1}, download=True) is first
    assert get(shelf, dials={"a": 1, "b": 3}) is not first
    assert len(loader.calls) == 2


def test_the_oldest_is_forgotten():
    loader = Loader()
    shelf = Shelf(loader)
    names = [str(k) for k in range(KEPT)]
    for name in names:
        get(shelf, name)
    get(shelf, names[0])
    get(shelf, "new")
    assert shelf.holds(DataConfig(source=names[0]))
    assert not shelf.holds(DataConfig(source=names[1]))


def test_fresh_loads_again_and_replaces():
    loader = Loader()
    shelf = Shelf(loader)
    old = get(shelf)
    new = get(shelf, fresh=True)
    assert new is not old
    assert get(shelf) is new


def test_clear_forgets_all():
    shelf = Shelf(Loader())
    get(shelf)
    shelf.clear()
    assert not shelf.holds(DataConfig())


def test_two_who_want_the_same_load_it_once():
    loader = Loader(gate=threading.Event())
    shelf, got = Shelf(loader), []
    threads = [threading.Thread(target=lambda: got.append(get(shelf))) for _ in range(3)]
    for thread in threads:
        thread.start()
    loader.gate.set()
    for thread in threads:
        thread.join(30)
    assert len(loader.calls) == 1
    assert got[0] is got[1] is got[2]


def test_who_waits_for_anothers_load_may_give_up():
    loader = Loader(gate=threading.Event())
    shelf = Shelf(loader)
    first = threading.Thread(target=get, args=(shelf,))
    first.start()
    loader.entered.wait(30)
    with pytest.raises(Cancelled):
        get(shelf, cancelled=lambda: True)
    loader.gate.set()
    first.join(30)


def test_a_failed_load_is_not_kept():
    def fail(config, **more):
        raise OSError("gone")

    shelf = Shelf(fail)
    with pytest.raises(OSError, match="gone"):
        get(shelf)
    assert not shelf.holds(DataConfig())
