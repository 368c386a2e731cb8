"""Kept: made once, shared, and let go of when there is no room."""

import threading

import pytest

from sslviz.engine.kept import Kept
from sslviz.spec.errors import Cancelled


def test_a_thing_is_made_once():
    kept, made = Kept(10), []
    assert not kept.holds("a")
    assert [kept.get("a", lambda: made.append(1) or "thing") for _ in range(3)] == ["thing"] * 3
    assert made == [1]
    assert kept.holds("a")


def test_the_least_recently_used_goes_first_and_the_newest_stays_whatever_it_weighs():
    kept = Kept(10, len)
    for name in ("aaaa", "bbbb"):
        kept.get(name, lambda name=name: name)
    kept.get("aaaa", lambda: pytest.fail("is kept"))
    kept.get("cccc", lambda: "cccc")
    assert [kept.holds(name) for name in ("aaaa", "bbbb", "cccc")] == [True, False, True]
    kept.get("huge", lambda: "x" * 99)
    assert [kept.holds(name) for name in ("aaaa", "cccc", "huge")] == [False, False, True]
    kept.clear()
    assert not kept.holds("huge")


def test_what_grows_after_it_was_made_is_weighed_anew():
    kept, grown = Kept(10, len), []
    kept.get("list", lambda: grown)
    grown.extend(range(50))
    kept.get("other", list)
    assert not kept.holds("list")


def test_two_who_want_the_same_make_it_once():
    kept, made, begun, go = Kept(10), [], threading.Event(), threading.Event()

    def make():
        begun.set()
        assert go.wait(30)
        made.append(1)
        return "thing"

    found = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("a", make))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join(30)
    assert (found, made) == (["thing", "thing"], [1])


def test_waiting_for_another_can_be_given_up_and_a_failure_leaves_room_for_the_next():
    kept, begun, go = Kept(10), threading.Event(), threading.Event()

    def fail():
        begun.set()
        assert go.wait(30)
        raise ValueError("no")

    def other():
        with pytest.raises(ValueError, match="no"):
            kept.get("a", fail)

    thread = threading.Thread(target=other)
    thread.start()
    assert begun.wait(30)
    with pytest.raises(Cancelled):
        kept.get("a", lambda: "thing", lambda: True)
    go.set()
    thread.join(30)
    assert kept.get("a", lambda: "thing") == "thing"


def test_what_is_there_is_found_and_counts_as_used():
    kept = Kept(2)
    assert kept.find("a") is None
    kept.get("a", lambda: 1)
    kept.get("b", lambda: 2)
    assert kept.find("a") == 1
    kept.get("c", lambda: 3)
    assert (kept.find("a"), kept.find("b")) == (1, None)
