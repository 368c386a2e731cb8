"""UMAP and t-SNE in processes of their own: the same points, given up at once, and no process is left or takes others with it."""

from __future__ import annotations

import os
import signal

import numpy as np
import psutil
import pytest

from sslviz.inspect.errors import InspectError
from sslviz.inspect.layouts import apart as room
from sslviz.inspect.layouts import lay_out
from sslviz.inspect.layouts.apart import Apart
from sslviz.inspect.layouts.child import Child
from sslviz.inspect.layouts.layout import silent
from sslviz.inspect.layouts.pipe import Broke, GivenUp, GiveUp, Job, Told
from sslviz.inspect.stopping import never
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import features

UMAP = LayoutPlan("umap", neighbours=6, epochs=30)
LONG = LayoutPlan("umap", neighbours=6, epochs=5_000)
TSNE = LayoutPlan("tsne", perplexity=8, epochs=250)


@pytest.fixture(scope="module")
def shared(warm_umap):
    """One for all tests that leave its process as it is: a process takes a second or two to start."""
    made = Apart()
    lay_out(features(30), UMAP, fit=made.fit)
    yield made
    made.close()


@pytest.fixture
def apart(warm_umap):
    made = Apart()
    yield made
    made.close()


def given_up_when(said, words):
    """A progress and a stop that gives up once `words` are told."""

    def stop():
        if any(doing.startswith(words) for doing in said):
            raise Cancelled("enough")

    return (lambda share, doing: said.append(doing)), stop


def said_more(child):
    """Whether there is another reply before the end of the process."""
    try:
        return child.reply(10)
    except EOFError:
        return None


def children():
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_points_are_those_of_this_process_and_umaps_process_is_kept(shared):
    values, before = features(80), children()
    told = []
    points = lay_out(values, UMAP, progress=lambda *said: told.append(said), fit=shared.fit).points
    np.testing.assert_array_equal(points, lay_out(values, UMAP).points)
    carried = lay_out(values, UMAP, start=points, fit=shared.fit).points
    np.testing.assert_array_equal(carried, lay_out(values, UMAP, start=points).points)
    assert told[0] == (0.0, "getting UMAP ready")
    assert told[-2:] == [(1.0, "round 30 of 30"), (1.0, "laid out")]
    np.testing.assert_array_equal(lay_out(values, TSNE, fit=shared.fit).points, lay_out(values, TSNE).points)
    assert children() == before
    assert shared._kept.pid in before


def test_giving_up_returns_at_once_and_the_process_serves_the_next(shared):
    progress, stop = given_up_when([], "round 0")
    with pytest.raises(Cancelled):
        lay_out(features(400), LONG, progress=progress, stop=stop, fit=shared.fit)
    busy = shared._kept.pid
    assert len(lay_out(features(30), UMAP, fit=shared.fit).points) == 30
    assert shared._kept.pid == busy


def test_a_process_that_does_not_give_up_is_replaced(apart, monkeypatch):
    monkeypatch.setattr(room, "_give_up", lambda child: None)
    monkeypatch.setattr(room, "PATIENCE_S", 0.0)
    progress, stop = given_up_when([], "round 0")
    with pytest.raises(Cancelled):
        lay_out(features(400), LONG, progress=progress, stop=stop, fit=apart.fit)
    busy = apart._kept.pid
    assert len(lay_out(features(30), UMAP, fit=apart.fit).points) == 30
    assert apart._kept.pid != busy
    assert not psutil.pid_exists(busy)


def test_t_sne_is_given_up_by_ending_its_process():
    apart, before = Apart(), children()
    progress, stop = given_up_when([], "finding")
    with pytest.raises(Cancelled):
        lay_out(features(2_000), TSNE, progress=progress, stop=stop, fit=apart.fit)
    assert children() <= before


def test_a_process_that_is_killed_is_told_and_the_next_layout_works(apart):
    def kill(share, doing):
        if doing.startswith("round"):
            os.kill(apart._kept.pid, signal.SIGKILL)

    with pytest.raises(InspectError, match="signal 9") as error:
        lay_out(features(400), LONG, progress=kill, fit=apart.fit)
    assert "fewer images" in error.value.hint
    assert len(lay_out(features(30), UMAP, fit=apart.fit).points) == 30
    kept = apart._kept.pid
    apart.close()
    assert not psutil.pid_exists(kept)


def test_waiting_for_another_layout_can_be_given_up():
    def stop():
        raise Cancelled("enough")

    apart = Apart()
    with apart._free, pytest.raises(Cancelled):
        apart.fit(features(30), UMAP, None, silent, stop)


def test_what_a_library_raises_is_told_with_its_trace(shared):
    with pytest.raises(InspectError, match="layout failed: ValueError: metric is neither") as error:
        shared.fit(features(30), LayoutPlan("umap", "no such distance"), None, silent, never)
    assert "umap_layout.py" in "".join(error.value.__notes__)
    assert len(lay_out(features(30), UMAP, fit=shared.fit).points) == 30


def test_a_child_ends_with_who_started_it_whatever_it_does():
    with Child() as child:
        child.send(Job(TSNE), features(3_000))
        assert isinstance(child.reply(60)[0], Told)
        process = psutil.Process(child.pid)
        child._process.stdin.close()
        process.wait(10)
        assert not child.running
        while said_more(child):
            pass
        with pytest.raises(EOFError):  # and again
            child.reply(10)


def test_a_child_goes_after_others_and_takes_no_interrupt():
    with Child() as child:
        child.send(Job(LayoutPlan("tsne", "no such distance")), features(20))
        reply = child.reply(60)
        while isinstance(reply[0], Told):
            reply = child.reply(60)
        assert isinstance(reply[0], Broke)
        assert psutil.Process(child.pid).nice() == min(19, psutil.Process().nice() + 5)
        os.kill(child.pid, signal.SIGINT)
        child.send(Job(TSNE), features(40))
        child.send(GiveUp())
        while isinstance((reply := child.reply(60))[0], Told):
            pass
        assert isinstance(reply[0], GivenUp)
